"""Sends the script to ingest over HTTP, each line when the shared clock has reached it, again until it is taken.

Whatever ingest answers is counted per item: accepted, a repeat, or refused with its reason. While ingest is away
(being restarted, or told us to try again) the same batch is sent again; repeats do no harm.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from feuerwache.common.clock import Clock
from feuerwache.common.errors import FeuerwacheError
from feuerwache.local.credentials import Credentials
from feuerwache.local.demo.script import Line

#: Real seconds between two looks at the clock.
PACE_SECONDS = 0.1
BATCH = 200
#: Bytes that ingest takes in one request.
LARGEST_REQUEST = 1_000_000
PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, PATIENCE_SECONDS = 0.2, 2.0, 120.0
TRY_AGAIN = {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.BAD_GATEWAY, httpx.codes.TOO_MANY_REQUESTS}


#: Not even sent: no request could hold it.
TOO_LARGE = f"too_long: the post alone is larger than the {LARGEST_REQUEST:,} bytes of a request"


class NotTaken(FeuerwacheError):  # noqa: N818 - reads as what it is
    """Ingest does not take what is sent. The message quotes its answer."""


@dataclass(slots=True)
class Sent:
    """What came of the lines so far. `refused` counts items by ingest's code and reason of their first problem."""

    lines: int = 0
    posts: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    retries: int = 0


class Player:
    """Plays a script once. `sent` may be looked at while it does."""

    def __init__(self, script: Sequence[Line], address: str, credentials: Credentials, clock: Clock) -> None:
        self._script = script
        self._url = f"{address}/v1/events"
        self._credentials = credentials
        self._clock = clock
        self.sent = Sent()

    async def play(self) -> None:
        """Returns when everything is sent; raises `NotTaken`."""
        position = 0
        async with httpx.AsyncClient(timeout=20.0) as client:
            while position < len(self._script):
                now, end = self._clock.now(), position
                while end < len(self._script) and self._script[end].at <= now and end - position < BATCH:
                    end += 1
                if end == position:
                    await asyncio.sleep(PACE_SECONDS)
                    continue
                await self._send(client, self._script[position:end])
                position = end

    async def _send(self, client: httpx.AsyncClient, lines: Sequence[Line]) -> None:
        """One request per integration; the order within an integration is kept."""
        for integration in dict.fromkeys(line.integration for line in lines):
            items = [encoded(line.body) for line in lines if line.integration == integration]
            fitting = [item for item in items if len(item) + 2 <= LARGEST_REQUEST]
            if len(fitting) < len(items):
                self.sent.refused[TOO_LARGE] += len(items) - len(fitting)
            for body in requests(fitting):
                answer = await self._until_taken(client, integration, body)
                for item in answer.json()["items"]:
                    self.sent.accepted += item["status"] == "accepted"
                    self.sent.repeated += item["status"] == "duplicate"
                    self.sent.refused.update(_why(problem) for problem in item.get("problems", [])[:1])
        self.sent.lines += len(lines)
        self.sent.posts += sum(line.is_post for line in lines)

    async def _until_taken(self, client: httpx.AsyncClient, integration: str, body: bytes) -> httpx.Response:
        token = self._credentials.token(integration)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        pause, began, trouble = PAUSE_SECONDS, self._clock.monotonic(), ""
        while self._clock.monotonic() - began < PATIENCE_SECONDS:
            try:
                answer = await client.post(self._url, content=body, headers=headers)
            except httpx.TransportError as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if answer.is_success or "items" in answer.json():
                    return answer
                trouble = f"{answer.status_code} {answer.json().get('detail', '')}"
                if answer.status_code not in TRY_AGAIN:
                    raise NotTaken(f"ingest answered {trouble}")
            self.sent.retries += 1
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
        raise NotTaken(f"ingest did not take a batch for {PATIENCE_SECONDS:.0f} s: {trouble}")


def encoded(item: Mapping[str, Any]) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


def requests(items: Iterable[bytes]) -> Iterator[bytes]:
    """The encoded items as JSON arrays, in order, none larger than ingest takes. Each item must fit alone."""
    batch: list[bytes] = []
    size = 1
    for item in items:
        if batch and size + len(item) + 1 > LARGEST_REQUEST:
            yield b"[" + b",".join(batch) + b"]"
            batch, size = [], 1
        batch.append(item)
        size += len(item) + 1
    if batch:
        yield b"[" + b",".join(batch) + b"]"


def _why(problem: Mapping[str, Any]) -> str:
    return f"{problem['code']}: {problem['field'] or 'item'} {problem['reason']}"
