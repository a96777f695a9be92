"""A recorded weekend: JSON lines, each what an integration would have sent to `/v1/posts` or `/v1/events`.

A line holds one item, a list of them, `{"posts": […]}`, or a CloudEvent. Everything is put into the order of its time;
what is marked as historic comes first, at the beginning. A line that cannot be used is told with its number, field,
value and reason, and the others are taken all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from feuerwache.common.errors import FeuerwacheError
from feuerwache.ingest.envelope import Unreadable, cloudevent, parse
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import Problem, shown
from feuerwache.ingest.submission import SubmittedPost

#: While reading nobody knows yet when a line is "now"; the future is told apart when it is played.
LATER_THAN_ANYTHING = datetime(9000, 1, 1, tzinfo=UTC)
BOM = b"\xef\xbb\xbf"


class NothingToRead(FeuerwacheError):  # noqa: N818 - it names what was found
    """The file cannot be opened, or holds not one line that could be used."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """What is wrong with a line (from 1): the field, its value where that may be repeated, and the reason."""

    line: int
    field: str
    value: str | None
    reason: str

    @classmethod
    def of(cls, line: int, problem: Problem) -> BadLine:
        return cls(line, problem.field, problem.value, f"{problem.reason}; {problem.fix}")


@dataclass(frozen=True, slots=True)
class Line:
    """One item, to be sent by `integration` when the clock shows `at` (UTC)."""

    number: int
    at: datetime
    integration: Integration
    item: Item
    examined: Examined

    @property
    def latest(self) -> datetime:
        """The latest of all times that it tells of."""
        submission = self.examined.submission
        times: list[datetime | None] = [getattr(submission, submission.WHEN)]
        if isinstance(submission, SubmittedPost):
            times += [submission.edited_at, submission.author.created_at]
        return max(time for time in times if time is not None)

    @property
    def body(self) -> Mapping[str, Any]:
        """The item as `POST /v1/events` takes it, also where the file has a CloudEvent."""
        data = self.item.data
        assert isinstance(data, Mapping)
        body = dict(data)
        submission = self.examined.submission
        body.setdefault("kind", self.item.kind or body.get("kind", "post"))
        if self.item.time is not None:
            body.setdefault(submission.WHEN, self.item.time)
        return body


@dataclass(slots=True)
class Recording:
    """The lines in the order of their time, and those that cannot be used. `reordered`: the file had another order."""

    lines: list[Line] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    reordered: bool = False

    @property
    def count(self) -> int:
        """How many lines there are, empty ones left out."""
        return len({line.number for line in self.lines} | {bad.line for bad in self.bad})

    @property
    def begin(self) -> datetime:
        return self.lines[0].at

    @property
    def end(self) -> datetime:
        return self.lines[-1].at


def read(
    path: Path,
    integrations: Integrations,
    sender: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Recording:
    """Reads the whole file. `sender` names the integration of every line; else it is told by platform and community.

    `progress` is given the bytes of each line. Raises `NothingToRead`.
    """
    only = integrations.get(sender) if sender is not None else None
    if sender is not None and only is None:
        known = ", ".join(each.id for each in integrations.integrations)
        raise NothingToRead(f"no integration {sender!r} in integrations.yaml; there is: {known}")
    recording = Recording()
    before = datetime.min.replace(tzinfo=UTC)
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                progress(len(raw))
                for found in _line(number, raw, integrations, only, before):
                    if isinstance(found, BadLine):
                        recording.bad.append(found)
                    else:
                        recording.lines.append(found)
                        before = found.at
    except OSError as error:
        raise NothingToRead(f"{path} cannot be read: {error.strerror}") from error
    if not recording.lines:
        raise NothingToRead(f"{path} holds no line that could be used{_why(recording.bad)}")
    _put_in_order(recording)
    return recording


def _why(bad: list[BadLine]) -> str:
    if not bad:
        return ": it is empty"
    first = f"; line {bad[0].line}: {told(bad[0])}"
    if any(each.field for each in bad):
        return first
    return (
        f"{first}; a recording has one JSON object in each line (feuerwache demo --input makes one of a list of texts)"
    )


def told(bad: BadLine) -> str:
    """Everything but the number of the line, for people."""
    value = f" ({bad.value})" if bad.value is not None else ""
    return f"{bad.field}{value} {bad.reason}" if bad.field else bad.reason


def _line(
    number: int, raw: bytes, integrations: Integrations, only: Integration | None, before: datetime
) -> Iterator[Line | BadLine]:
    text = (raw.removeprefix(BOM) if number == 1 else raw).strip()
    if not text:
        return
    try:
        entries = _entries(parse(text))
    except Unreadable as error:
        yield BadLine(number, "", None, f"is no JSON: {error.detail.replace(' at line 1 column', ' at column')}")
        return
    for entry in entries:
        item = cloudevent(entry) if isinstance(entry, Mapping) and "specversion" in entry else Item(entry)
        integration = only or _sender(item, integrations)
        if isinstance(integration, Problem):
            yield BadLine.of(number, integration)
            continue
        examined = examine(item, integration, LATER_THAN_ANYTHING)
        if isinstance(examined, Examined):
            yield Line(number, _when(examined, before), integration, item, examined)
        else:
            yield from (BadLine.of(number, problem) for problem in examined)


def _entries(document: object) -> list[object]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and len(document) == 1:
        [(name, entries)] = document.items()
        if name in {"posts", "events"} and isinstance(entries, list):
            return entries
    return [document]


def _sender(item: Item, integrations: Integrations) -> Integration | Problem:
    """The integration that sent it, as far as platform and community tell."""
    data: Mapping[str, Any] = item.data if isinstance(item.data, Mapping) else {}
    platform, community = data.get("platform"), data.get("community")
    fitting = [each for each in integrations.integrations if platform in (None, each.platform)]
    if community is not None:
        fitting = [each for each in fitting if community in each.communities]
        if not fitting:
            fix = "name a community of config/integrations.yaml (and its platform)"
            return Problem(
                "foreign_community", "community", "belongs to no integration", fix, shown("community", community)
            )
        return fitting[0]
    if len(fitting) == 1:
        return fitting[0]
    reason = "is missing, and several integrations could have sent this" if fitting else "belongs to no integration"
    where = "community" if fitting else "platform"
    return Problem("missing_field", where, reason, "name it, or say --integration", shown(where, data.get(where)))


def _when(examined: Examined, before: datetime) -> datetime:
    """When it was sent. An edit that does not say so happened after the line before it."""
    submission = examined.submission
    at: datetime = getattr(submission, submission.WHEN)
    if isinstance(submission, SubmittedPost) and submission.revision > 0:
        at = submission.edited_at or max(at, before)
    return at.astimezone(UTC)


def _put_in_order(recording: Recording) -> None:
    live = [line.at for line in recording.lines if not line.examined.submission.historic]
    begin = min(live) if live else max(line.at for line in recording.lines)
    lines = [replace(line, at=begin) if line.examined.submission.historic else line for line in recording.lines]
    recording.lines = sorted(lines, key=lambda line: (line.at, not line.examined.submission.historic))
    recording.reordered = [line.number for line in recording.lines] != [line.number for line in lines]
