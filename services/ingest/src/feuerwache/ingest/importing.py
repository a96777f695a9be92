"""Sends the posts of a file to a running ingest, in batches, in order, and says of each line what became of it.

Repeats do no harm: events have the ids of what they tell, so a batch whose answer got lost is sent again whole, and an
import that stopped goes on at the line it names. Nothing is sent that the adapter itself could not read.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from feuerwache.common.errors import FeuerwacheError
from feuerwache.ingest.adapters.adapter import Skipped
from feuerwache.ingest.adapters.table import LONGEST_LINE
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.item import Item

BATCH = 200
#: Of a request: under the limit of a megabyte, headers and all.
BATCH_BYTES = 800_000
TRIES = 8
LONGEST_WAIT = 30.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Stopped(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The import cannot go on; everything before the line that `Tally.next_line` names is done."""


@dataclass(slots=True)
class Tally:
    """What became of the lines so far. `next_line`: where another import would go on."""

    accepted: int = 0
    duplicate: int = 0
    pending: int = 0
    rejected: int = 0
    skipped: int = 0
    next_line: int = 1

    @property
    def items(self) -> int:
        return self.accepted + self.duplicate + self.pending + self.rejected


@dataclass(slots=True)
class _Batch:
    lines: list[int] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, line: int, item: str) -> None:
        self.lines.append(line)
        self.items.append(item)
        self.size += len(item.encode()) + 1


def connected(url: str, token: str) -> httpx.Client:
    """To a running ingest. The token goes nowhere else: redirects are not followed."""
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file with their ends. Raises `Unreadable` for one that is too long or no UTF-8."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(raw) > LONGEST_LINE:
                raise Unreadable(413, "Too long", f"line {number}: has more than {LONGEST_LINE:,} bytes")
            try:
                yield raw.decode()
            except UnicodeDecodeError as error:
                raise Unreadable(400, "Not UTF-8", f"line {number}: is not UTF-8; save the file as UTF-8") from error


class Import:
    """One import. `tell` is given what is wrong with a line; `wait` sleeps (real seconds)."""

    def __init__(
        self, client: httpx.Client, tell: Callable[[str], None], wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._tell = tell
        self._wait = wait
        self.tally = Tally()

    def run(self, lines: Iterable[tuple[int, Item | Skipped]], from_line: int = 1) -> Iterator[Tally]:
        """Sends everything from that line on; gives the tally after each batch. Raises `Stopped`."""
        batch = _Batch()
        self.tally.next_line = from_line
        try:
            for number, item in lines:
                if number < from_line:
                    continue
                if isinstance(item, Skipped):
                    self.tally.skipped += 1
                    continue
                if item.problems:
                    self._reject(number, [str(problem) for problem in item.problems])
                    continue
                written = json.dumps(item.data, ensure_ascii=False, separators=(",", ":"))
                if batch.items and (len(batch.items) == BATCH or batch.size + len(written.encode()) > BATCH_BYTES):
                    self._send(batch, number)
                    yield self.tally
                    batch = _Batch()
                batch.add(number, written)
                last = number
        except Unreadable as error:
            # What came before is right: it is sent, and the file is mended from the line that is named.
            if batch.items:
                self._send(batch, last + 1)
                yield self.tally
            raise Stopped(str(error)) from error
        if batch.items:
            self._send(batch, last + 1)
        yield self.tally

    def _reject(self, line: int, reasons: Iterable[str]) -> None:
        self.tally.rejected += 1
        self._tell(f"line {line}: {' | '.join(reasons)}")

    def _send(self, batch: _Batch, next_line: int) -> None:
        answer = self._asked(batch)
        if answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE and len(batch.items) > 1:
            middle = len(batch.items) // 2
            for part in (slice(0, middle), slice(middle, None)):
                half = _Batch()
                for line, item in zip(batch.lines[part], batch.items[part], strict=True):
                    half.add(line, item)
                self._send(half, half.lines[-1] + 1)
            self.tally.next_line = next_line
            return
        items = _items(answer)
        if items is None or len(items) != len(batch.items):
            raise Stopped(_refusal(answer))
        for line, said in zip(batch.lines, items, strict=True):
            status = said.get("status")
            if status in {"accepted", "duplicate", "pending"}:
                setattr(self.tally, status, getattr(self.tally, status) + 1)
            else:
                self._reject(line, (_problem(each) for each in said.get("problems", [])))
        self.tally.next_line = next_line

    def _asked(self, batch: _Batch) -> httpx.Response:
        body = f'{{"events":[{",".join(batch.items)}]}}'.encode()
        reason = ""
        for turn in range(TRIES):
            asked: float | None = None
            try:
                answer = self._client.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
                if answer.status_code not in _AGAIN:
                    return answer
                reason, asked = f"it answers {answer.status_code}", _retry_after(answer)
            except httpx.TransportError as error:
                reason = type(error).__name__  # its words may hold the address with what stands in it
            if turn < TRIES - 1:
                self._wait(asked if asked is not None else min(LONGEST_WAIT, 2.0**turn) * random.uniform(0.5, 1))
        raise Stopped(f"ingest cannot take more now: {reason}")


def _items(answer: httpx.Response) -> list[dict[str, Any]] | None:
    try:
        found = answer.json().get("items")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, list) and all(isinstance(each, dict) for each in found) else None


def _problem(found: Any) -> str:
    if not isinstance(found, dict):
        return "refused"
    value = f" ({found['value']})" if found.get("value") is not None else ""
    return f"{found.get('field') or 'item'}{value}: {found.get('reason')}; {found.get('fix')}"


def _refusal(answer: httpx.Response) -> str:
    try:
        said = answer.json().get("detail", "")
    except (ValueError, AttributeError):
        said = ""
    return f"ingest answers {answer.status_code}{f': {said}' if said else ''}"


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("retry-after", "")
    return min(float(value), LONGEST_WAIT) if value.isascii() and value.isdecimal() else None
