"""Exported posts as JSON lines: each a CloudEvent in its JSON form, or the bare `PostClassified` that a record holds.

Decisions (`feuerwache.decision.made.v1`) and reviews may stand between them, in the order in which they were made.
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from feuerwache.common.errors import FeuerwacheError, InvalidRecord
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.codec import describe
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.events.post import PostCreated, PostDeleted, PostEdited, PostModerated, PostReported
from feuerwache.common.events.registry import BY_TYPE

_COMMUNITY = re.compile(rb'"community"\s*:\s*"((?:[^"\\]|\\.)*)"')
_MADE = DecisionMade.TYPE.encode()


class BadFile(FeuerwacheError):  # noqa: N818 - it names what was found
    """The file cannot be read, or holds no posts."""


def communities(path: Path) -> tuple[Counter[str], bool]:
    """Lines per community, and whether decisions stand among them. Raises `BadFile`."""
    counts: Counter[str] = Counter()
    decided = False
    for _, line in lines(path):
        decided = decided or _MADE in line
        counts[community_of(line)] += 1
    counts.pop("", None)
    if not counts:
        raise BadFile(f"{path} holds no classified posts (one JSON object per line)")
    return counts, decided


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered from 1; empty ones are left out. Raises `BadFile`."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise BadFile(f"{path}: {error.strerror}") from error


def community_of(line: bytes) -> str:
    """Of the post that the line is about; empty where there is none."""
    found = _COMMUNITY.search(line)
    return str(from_json(b'"' + found[1] + b'"')) if found is not None else ""


def is_decision(line: bytes) -> bool:
    return _MADE in line


def event_of(line: bytes) -> Event[Any]:
    """Raises `InvalidRecord` with the reason."""
    try:
        document = from_json(line)
    except ValueError as error:
        raise InvalidRecord(f"is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRecord("is no JSON object")
    if "data" not in document:
        return _bare(document)
    model = BY_TYPE.get(str(document.get("type")))
    if model is None:
        raise InvalidRecord(f"unknown event type {document.get('type')!r}")
    try:
        data = model.model_validate(document["data"])
        time = datetime.fromisoformat(str(document.get("time")))
        event_id = UUID(str(document.get("id")))
    except ValidationError as error:
        raise InvalidRecord(describe(error)) from error
    except ValueError as error:
        raise InvalidRecord(f"CloudEvents attribute not readable: {error}") from error
    if time.tzinfo is None:
        raise InvalidRecord("time has no time zone")
    return Event(event_id, str(document.get("source", "")), time.astimezone(UTC), data)


def _bare(document: Mapping[str, Any]) -> Event[PostClassified]:
    try:
        data = PostClassified.model_validate(document)
    except ValidationError as error:
        raise InvalidRecord(describe(error)) from error
    match data.received:
        case PostCreated(post=post):
            at = post.created_at
        case PostEdited(received_at=at) | PostDeleted(deleted_at=at):
            pass
        case PostReported(reported_at=at) | PostModerated(moderated_at=at):
            pass
    return Event(derived_id("classifier", data.cause_id), "/classifier", at.astimezone(UTC), data)


async def decisions(path: Path, only: Collection[str] | None) -> AsyncIterator[bytes]:
    """What was decided, as records hold it."""
    for _, line in lines(path):
        if is_decision(line) and (only is None or community_of(line) in only):
            yield to_json(from_json(line).get("data", {}))


def written(event: Event[Any]) -> str:
    """The line of an event: what an export writes and `event_of` reads."""
    document = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": event.source,
        "type": event.type,
        "time": event.time.astimezone(UTC).isoformat(),
        "data": event.data.model_dump(mode="json"),
    }
    return to_json(document).decode()


def first(path: Path) -> datetime:
    """The time of the first event that can be read, in UTC; now where there is none."""
    for _, line in lines(path):
        if not is_decision(line):
            try:
                return event_of(line).time
            except InvalidRecord:
                continue  # the replay itself counts and tells it
    return datetime.now(UTC)
