"""The time class of an instant: is it office hours there, evening, night, the weekend, a public holiday?

By the wall clock of a zone and the holidays of a region. An instant may be several of them: three o'clock on Sunday
morning is weekend and night, and whoever asks for either is answered yes. Office hours are on working days alone, and
what is neither office hours nor night is evening (the early morning too). So every instant has at least one class but
the daytime of a weekend or holiday, which has that one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.holiday import is_holiday

SATURDAY = 5


class TimeClass(StrEnum):
    OFFICE = "office"
    EVENING = "evening"
    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Hours:
    """When it is what, on the wall: office and night, each until before its end; a night may pass midnight."""

    office_from: time = time(8)
    office_to: time = time(18)
    night_from: time = time(22)
    night_to: time = time(6)


DEFAULT_HOURS = Hours()


@dataclass(frozen=True, slots=True)
class TimeClasses:
    """Asked with an instant, answers with its classes. `region` None knows no holidays; see `holiday` for half days."""

    zone: ZoneInfo
    region: str | None = None
    hours: Hours = DEFAULT_HOURS
    half_days_from: time | None = None

    def at(self, instant: datetime) -> frozenset[TimeClass]:
        """`instant` is aware."""
        return _classes(self, instant.astimezone(self.zone).replace(second=0, microsecond=0, tzinfo=None))


@lru_cache(maxsize=1 << 12)
def _classes(where: TimeClasses, local: datetime) -> frozenset[TimeClass]:
    """Asked for the same minute for every post and every incident of a zone."""
    days = set()
    if is_holiday(where.region, local, where.half_days_from):
        days.add(TimeClass.HOLIDAY)
    if local.weekday() >= SATURDAY:
        days.add(TimeClass.WEEKEND)
    hours, clock = where.hours, local.time()
    if between(clock, hours.night_from, hours.night_to):
        days.add(TimeClass.NIGHT)
    elif not between(clock, hours.office_from, hours.office_to):
        days.add(TimeClass.EVENING)
    elif not days:
        days.add(TimeClass.OFFICE)
    return frozenset(days)


def between(clock: time, start: time, end: time) -> bool:
    """Whether a time on the wall lies from `start` until before `end`, past midnight if need be; never if equal."""
    return start <= clock < end if start <= end else clock >= start or clock < end


def holds(when: Collection[TimeClass], classes: Collection[TimeClass]) -> bool:
    """Whether something that is for these time classes (empty: always) is for an instant of those."""
    return not when or any(each in classes for each in when)


def moments() -> Iterator[frozenset[TimeClass]]:
    """All sets of classes an instant may have: working day, weekend, holiday, holiday on a weekend, three each."""
    day = {TimeClass.WEEKEND}, {TimeClass.HOLIDAY}, {TimeClass.HOLIDAY, TimeClass.WEEKEND}
    for clock in (TimeClass.OFFICE, TimeClass.EVENING, TimeClass.NIGHT):
        yield frozenset({clock})
        for each in day:
            yield frozenset(each if clock is TimeClass.OFFICE else each | {clock})
