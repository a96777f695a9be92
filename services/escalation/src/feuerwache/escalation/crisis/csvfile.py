"""The two CSV files people bring: counts of earlier weeks, and a series to be scored. Errors name the line."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from feuerwache.common.errors import FeuerwacheError
from feuerwache.escalation.crisis.score import Row
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER

T = TypeVar("T")
MOST_ERRORS = 20


class BadFile(FeuerwacheError):  # noqa: N818 - it names what was found
    """A file that cannot be used, with what is wrong with it, one line each."""


@dataclass(frozen=True, slots=True)
class Count:
    """Posts of one community in the quarter hour from `start`, and how many of them were negative."""

    community: str
    start: datetime
    posts: int
    negative: int


def read_counts(path: Path, community: str | None = None) -> list[Count]:
    """Rows `community,start,posts,negative`. With `community`, the column may be missing, and others are left out."""
    needed = ("start", "posts", "negative") if community is not None else ("community", "start", "posts", "negative")

    def count(row: Mapping[str, str]) -> Count:
        name = row.get("community") or community or ""
        if not name:
            raise ValueError("community: is empty")
        start = _instant(row["start"], "start")
        if start.second or start.microsecond or start.minute % MINUTES_PER_QUARTER:
            raise ValueError(f"start: {row['start']!r} is not the beginning of a quarter hour")
        posts, negative = _whole(row["posts"], "posts"), _whole(row["negative"], "negative")
        if negative > posts:
            raise ValueError(f"negative: {negative} is more than the {posts} posts")
        return Count(name, start.astimezone(UTC), posts, negative)

    counts = _read(path, needed, count)
    return [each for each in counts if community in (None, each.community)]


def read_series(path: Path) -> list[Row]:
    """Rows `timestamp,value`; a timestamp without zone is taken as UTC. They must be in time order."""
    before: datetime | None = None

    def one(row: Mapping[str, str]) -> Row:
        nonlocal before
        at = _moment(row["timestamp"], "timestamp")
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        if before is not None and at < before:
            raise ValueError(f"timestamp: {row['timestamp']!r} is before the one above")
        before = at
        return Row(at, _number(row["value"], "value"), row["timestamp"])

    return _read(path, ("timestamp", "value"), one)


def _read(path: Path, needed: Iterable[str], parse: Callable[[Mapping[str, str]], T]) -> list[T]:
    result: list[T] = []
    errors: list[str] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                raise BadFile(f"{path}:1: column missing: {', '.join(missing)}")
            for line, row in _numbered(reader):
                if None in row.values() or None in row:
                    errors.append(f"{path}:{line}: has not as many fields as the first line has names")
                    continue
                try:
                    result.append(parse(row))
                except ValueError as error:
                    errors.append(f"{path}:{line}: {error}")
    except OSError as error:
        raise BadFile(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path}: is not CSV in UTF-8: {error}") from error
    if errors:
        more = [f"… and {len(errors) - MOST_ERRORS} more"] if len(errors) > MOST_ERRORS else []
        raise BadFile("\n".join([*errors[:MOST_ERRORS], *more]))
    return result


def _numbered(reader: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for row in reader:
        yield reader.line_num, row


def _moment(text: str, field: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{field}: {text!r} is no ISO 8601 time") from None


def _instant(text: str, field: str) -> datetime:
    moment = _moment(text, field)
    if moment.tzinfo is None:
        raise ValueError(f"{field}: {text!r} has no zone, e.g. 2026-10-17T19:30:00+02:00")
    return moment


def _number(text: str, field: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{field}: {text!r} is no number") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"{field}: {text!r} is not 0 or more")
    return number


def _whole(text: str, field: str) -> int:
    number = _number(text, field)
    if number != int(number):
        raise ValueError(f"{field}: {text!r} is not a whole number")
    return int(number)
