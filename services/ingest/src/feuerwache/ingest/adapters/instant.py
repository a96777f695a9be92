"""Times as platforms write them, and the number of a revision where they have only times. Pure.

A platform says when a post was edited, seldom for the how-manieth time. `revision_of` counts the whole seconds between
both, so that a later edit always has a higher number, whoever counts and whatever was missed in between.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite

from feuerwache.ingest.envelope import Unreadable

#: Years 2000 and 2100, in seconds since 1970: outside of them a number is in another unit, or no time.
_EARLIEST, _LATEST = 946_684_800, 4_102_444_800
LATEST_REVISION = 2**31 - 1


def from_seconds(value: object) -> str:
    """Seconds since 1970, a number or its digits, as RFC 3339 in UTC. Raises `Unreadable`."""
    return _moment(_number(value))


def from_milliseconds(value: object) -> str:
    """Milliseconds since 1970. Raises `Unreadable`."""
    return _moment(_number(value) / 1000)


def instant(text: object) -> datetime:
    """RFC 3339 or ISO 8601 with a zone. Raises `Unreadable`."""
    if isinstance(text, str):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment
    raise Unreadable(400, "Not a time", "a time of the platform is no RFC 3339 with a zone")


def revision_of(created: str, edited: str | None) -> int:
    """0 without an edit; else the seconds between both, 1 at least. Both RFC 3339. Raises `Unreadable`."""
    if edited is None:
        return 0
    seconds = int((instant(edited) - instant(created)).total_seconds())
    return min(max(seconds, 1), LATEST_REVISION)


def _number(value: object) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if not isfinite(number):
        raise Unreadable(400, "Not a time", "a time of the platform is no number")
    return number


def _moment(seconds: float) -> str:
    if not _EARLIEST <= seconds <= _LATEST:
        raise Unreadable(400, "Not a time", "a time of the platform is out of range, or in another unit")
    return datetime.fromtimestamp(seconds, UTC).isoformat()
