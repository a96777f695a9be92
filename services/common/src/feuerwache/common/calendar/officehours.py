"""Office hours added up: when so much of them has passed, on a wall clock, without weekends and public holidays.

Right on both changeover Sundays: what is counted is real time between the two instants at which the wall shows the
beginning and the end of the office hours. Pure.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from feuerwache.common.calendar.holiday import begins
from feuerwache.common.calendar.timeclass import SATURDAY, TimeClasses
from feuerwache.common.calendar.wallclock import instant_of

DAY = timedelta(days=1)
#: Whoever finds no office hours for so long has none.
MOST_DAYS = 3660


def after(start: datetime, span: timedelta, where: TimeClasses) -> datetime:
    """The instant (UTC) at which `span` of office hours has passed since `start` (aware).

    Raises `ValueError` where there are no office hours at all.
    """
    left, now = span, start.astimezone(UTC)
    day = start.astimezone(where.zone).date()
    for _ in range(MOST_DAYS):
        opens, closes = _hours(day, where)
        begins = max(now, opens)
        if begins < closes:
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        day += DAY
    raise ValueError("there are no office hours there")


def _hours(day: date, where: TimeClasses) -> tuple[datetime, datetime]:
    """When the office opens and closes on this day; it never closes before it opens, and does not open on a holiday."""
    opens = instant_of(day, where.hours.office_from, where.zone)
    holiday = begins(where.region, day, where.half_days_from)
    closes = opens
    if day.weekday() < SATURDAY:
        last = where.hours.office_to if holiday is None else min(holiday, where.hours.office_to)
        closes = max(opens, instant_of(day, last, where.zone))
    return opens, closes
