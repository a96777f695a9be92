"""A span of the past, as people write it: `7d`, `36h`, a date, an instant. Half-open: from `since` up to `until`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from feuerwache.common.errors import FeuerwacheError

_AGO = re.compile(r"^(\d{1,6})\s*(w|d|h|m)$")
_UNITS = {"w": timedelta(weeks=1), "d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
WAYS = "write 7d, 36h, 2026-11-14 or 2026-11-14T18:00+01:00"


class BadSpan(FeuerwacheError):  # noqa: N818 - it names what was given
    """Not a span of the past."""


@dataclass(frozen=True, slots=True)
class Span:
    """Both in UTC; `until` None: up to the present end. `warm_up` is how long before `since` judging begins, so that
    the state is warm when comparing begins; None: as long as it takes.
    """

    since: datetime
    until: datetime | None = None
    warm_up: timedelta | None = None

    @classmethod
    def of(cls, since: str, until: str | None, warm_up: str | None, now: datetime) -> Span:
        """`warm_up` is a length (`90d`). Raises `BadSpan`."""
        begin = instant(since, now)
        end = None if until is None else instant(until, now)
        if begin >= (end or now):
            raise BadSpan(f"the span from {begin:%Y-%m-%d %H:%MZ} to {end or now:%Y-%m-%d %H:%MZ} is empty")
        return cls(begin, end, None if warm_up is None else length(warm_up))


def instant(text: str, now: datetime) -> datetime:
    """An instant in UTC: so long before `now`, or as written; without a zone it is UTC. Raises `BadSpan`."""
    if _AGO.match(text):
        return now - length(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadSpan(f"{text!r} is no time; {WAYS}") from error
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)


def length(text: str) -> timedelta:
    """`90d`, `36h`, `0d`. Raises `BadSpan`."""
    found = _AGO.match(text)
    if found is None:
        raise BadSpan(f"{text!r} is no length of time; write 7d, 36h or 90m")
    return int(found[1]) * _UNITS[found[2]]
