"""A restriction: the hours of a shift that are kept (`only`) or left out (`never`).

    only:
      - {days: [business_days], from: "20:00", to: "08:00"}   # nights that begin on a business day
      - {days: [weekends, holidays]}                          # whole days

A window opens on each of `days` at `from` and closes when `to` comes round next, or on the next `ends` at `to`.
Without times it is the calendar day. What cuts a shift never changes whose turn it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from feuerwache.common.calendar.holiday import MIDNIGHT
from feuerwache.common.config.source import ConfigModel
from feuerwache.common.config.walltime import WallTime
from feuerwache.notifier.schedule.day import (
    ALL_DAYS,
    Day,
    DayCalendar,
    DayKind,
    OneWeekday,
    Weekday,
)
from feuerwache.notifier.schedule.wallclock import instant_of

DAY = timedelta(days=1)
#: No window is longer than a week; a day more covers any zone's distance to UTC.
LOOK_BACK_DAYS = 8


def days_until(begin: date, start: time, ends: Weekday | None, end: time) -> int:
    """How many calendar days after `begin` at `start` the wall shows `end` next (on `ends`, if given): 0 to 7."""
    if ends is None:
        return 0 if end > start else 1
    days = (ends - begin.weekday()) % 7
    return 7 if days == 0 and end <= start else days


def without_zone(*times: time | None) -> None:
    """Raises `ValueError` for a wall-clock time that carries a zone of its own."""
    if any(at is not None and at.tzinfo is not None for at in times):
        raise ValueError("the zone stands at the schedule or the shift, once")


class Window(ConfigModel):
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = ALL_DAYS
    start: Annotated[WallTime | None, Field(alias="from")] = None
    end: Annotated[WallTime | None, Field(alias="to")] = None
    ends: OneWeekday | None = None

    @model_validator(mode="after")
    def both_times_or_none(self) -> Window:
        if (self.start is None) != (self.end is None):
            raise ValueError("give both `from` and `to`, or neither: then it is the whole day")
        if self.ends is not None and self.start is None:
            raise ValueError("`ends` needs `from` and `to`")
        without_zone(self.start, self.end)
        return self


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` until before `end`, instants in UTC."""

    start: datetime
    end: datetime


def opened(window: Window, calendar: DayCalendar, zone: ZoneInfo, first: date, last: date) -> Iterator[Span]:
    """When the window is open, for every day from `first` to `last` on which it opens. Spans may overlap."""
    start, end = window.start or MIDNIGHT, window.end or MIDNIGHT
    for number in range((last - first).days + 1):
        day = first + number * DAY
        for kind in window.days:
            since = calendar.holiday_from(day) if kind in (DayKind.HOLIDAYS, DayKind.BUSINESS_DAYS) else None
            if not _opens(kind, day, since):
                continue
            left = instant_of(day, start, zone)
            right = instant_of(day + days_until(day, start, window.ends, end) * DAY, end, zone)
            if since is not None:
                noon = instant_of(day, since, zone)
                left, right = (max(left, noon), right) if kind is DayKind.HOLIDAYS else (left, min(right, noon))
            if left < right:
                yield Span(left, right)


def _opens(kind: Weekday | DayKind, day: date, holiday_since: time | None) -> bool:
    match kind:
        case Weekday():
            return day.weekday() == kind
        case DayKind.WEEKENDS:
            return day.weekday() >= Weekday.SATURDAY
        case DayKind.HOLIDAYS:
            return holiday_since is not None
        case DayKind.BUSINESS_DAYS:
            return day.weekday() < Weekday.SATURDAY and holiday_since != MIDNIGHT


def union(spans: Sequence[Span]) -> list[Span]:
    """The same instants as disjoint spans, in order."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def kept(of: Span, spans: Sequence[Span]) -> list[Span]:
    """What of a span lies in one of the disjoint, ordered `spans`."""
    return [Span(max(of.start, span.start), min(of.end, span.end)) for span in _touching(of, spans)]


def left_out(of: Span, spans: Sequence[Span]) -> list[Span]:
    """What of a span lies in none of the disjoint, ordered `spans`."""
    if not spans:
        return [of]
    rest, start = [], of.start
    for span in _touching(of, spans):
        if span.start > start:
            rest.append(Span(start, span.start))
        start = span.end
    return [*rest, Span(start, of.end)] if start < of.end else rest


def _touching(of: Span, spans: Sequence[Span]) -> Iterator[Span]:
    first = bisect_right(spans, of.start, key=lambda span: span.end)
    return takewhile(lambda span: span.start < of.end, islice(spans, first, None))


def seconds(spans: Iterable[Span]) -> int:
    """Real seconds: a day at a changeover has an hour more or fewer."""
    return sum(int((span.end - span.start).total_seconds()) for span in spans)
