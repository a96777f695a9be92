"""Kinds of days, and the calendar of a region that tells them apart.

A day is a weekday, part of the weekend, a public holiday or a business day. 24 and 31 December are holidays from an
hour on, where a schedule says so (`half_days`), and ordinary days where it does not: until that hour they are business
days, from it on holidays. Whether a day is of a kind is therefore a question about a day and a time on the wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from feuerwache.common.calendar.holiday import begins


class Weekday(IntEnum):
    """As `date.weekday()` counts."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class DayKind(StrEnum):
    """`business_days`: Monday to Friday, unless a public holiday. `weekends`: Saturday and Sunday, holiday or not."""

    WEEKENDS = "weekends"
    HOLIDAYS = "holidays"
    BUSINESS_DAYS = "business_days"


def weekday(value: Any) -> Any:
    """A weekday by its English name."""
    if isinstance(value, str):
        try:
            return Weekday[value.upper()]
        except KeyError:
            raise ValueError(f"{value!r} is no weekday; write monday … sunday") from None
    return value


def day(value: Any) -> Any:
    """A weekday, or a kind of days, by its English name."""
    if not isinstance(value, str):
        return value
    if value.upper() in Weekday.__members__:
        return Weekday[value.upper()]
    try:
        return DayKind(value)
    except ValueError:
        kinds = ", ".join(DayKind)
        raise ValueError(f"{value!r} is no weekday and no kind of days; write monday … sunday, {kinds}") from None


OneWeekday = Annotated[Weekday, BeforeValidator(weekday)]
Day = Annotated[Weekday | DayKind, BeforeValidator(day)]

#: Asked for every day of every shift, and the days of a region are the same for all of them.
_begins = lru_cache(maxsize=1 << 15)(begins)

ALL_DAYS: tuple[Weekday | DayKind, ...] = tuple(Weekday)


@dataclass(frozen=True, slots=True)
class DayCalendar:
    """`region` as the `holidays` package writes it (DE, DE-BY), None: no holidays are known.

    `half_days` is the hour from which 24 and 31 December are holidays; None: they are none.
    """

    region: str | None = None
    half_days: time | None = None

    def holiday_from(self, of: date) -> time | None:
        """The wall-clock time from which this day is a public holiday: 00:00 for a whole one, None for none."""
        return _begins(self.region, of, self.half_days)

    def matches(self, of: date, at: time, kinds: tuple[Weekday | DayKind, ...]) -> bool:
        """Whether `at` on this day belongs to one of the `kinds`."""
        number = of.weekday()
        for kind in kinds:
            if isinstance(kind, Weekday):
                if number == kind:
                    return True
            elif kind is DayKind.WEEKENDS:
                if number >= Weekday.SATURDAY:
                    return True
            else:
                since = self.holiday_from(of)
                holiday = since is not None and at >= since
                if holiday if kind is DayKind.HOLIDAYS else (number < Weekday.SATURDAY and not holiday):
                    return True
        return False
