"""Whose turn it is: what has gone by since `since`, counted as the shift's `rotate` says.

The order that comes out begins with the one whose turn it is; whoever is absent is passed over in that order.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from functools import lru_cache

from feuerwache.notifier.schedule.day import DayCalendar, Weekday
from feuerwache.notifier.schedule.plan import Rotate, Shift
from feuerwache.notifier.schedule.window import DAY


def begins(shift: Shift, calendar: DayCalendar, day: date) -> bool:
    """Whether a turn of the shift begins on this calendar day."""
    return day >= first_day(shift) and calendar.matches(day, shift.start, shift.begins)


def first_day(shift: Shift) -> date:
    """The day from which on the shift exists."""
    return monday(shift.since) if shift.rotate is Rotate.WEEKLY else shift.since


def order(shift: Shift, calendar: DayCalendar, begin: date) -> tuple[str, ...]:
    """The people of the shift for the turn that begins on `begin`; not for `fair`, which counts nothing."""
    people = shift.people or ()
    if len(people) < 2:
        return people
    at = _gone_by(shift, calendar, begin) // shift.every % len(people)
    return tuple(dict.fromkeys(people[at:] + people[:at]))


def _gone_by(shift: Shift, calendar: DayCalendar, begin: date) -> int:
    """How many calendar weeks, days or turns there were since `since`."""
    if shift.rotate is Rotate.WEEKLY:
        return (monday(begin) - monday(shift.since)).days // 7
    if shift.rotate is Rotate.DAILY:
        return (begin - shift.since).days
    weekdays = {day for day in shift.begins if isinstance(day, Weekday)}
    if len(weekdays) == len({*shift.begins}):
        weeks, rest = divmod((begin - shift.since).days, 7)
        return weeks * len(weekdays) + sum((shift.since + n * DAY).weekday() in weekdays for n in range(rest))
    return sum(
        bisect_left(days, begin) - bisect_left(days, shift.since)
        for days in (_beginnings(shift, calendar, year) for year in range(shift.since.year, begin.year + 1))
    )


@lru_cache(maxsize=4096)
def _beginnings(shift: Shift, calendar: DayCalendar, year: int) -> tuple[date, ...]:
    """Every day of the year on which the shift may begin: with holidays there is no formula."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = (first + number * DAY for number in range((last - first).days + 1))
    return tuple(day for day in days if calendar.matches(day, shift.start, shift.begins))


def monday(day: date) -> date:
    return day - day.weekday() * DAY
