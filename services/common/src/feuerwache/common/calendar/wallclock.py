"""Wall-clock times as instants, right on both changeover Sundays.

A handover written as "03:00 in Europe/Berlin" happens at the first instant at which a clock on that wall shows the
time or one past it. In spring, when 02:00 to 03:00 is skipped, a handover at 02:30 therefore happens at 03:00 summer
time; in autumn, when 02:00 to 03:00 comes twice, at the first of the two. Every wall-clock time of a day leads to
exactly one instant, so two shifts that meet on the wall meet in time: no hour is left out, none is given twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def next_at(instant: datetime, at: time, zone: ZoneInfo) -> datetime:
    """The next instant (UTC) after this one at which a clock in `zone` comes to `at`."""
    day = instant.astimezone(zone).date()
    for later in range(3):
        found = instant_of(day + timedelta(days=later), at, zone)
        if found > instant:
            return found
    raise AssertionError("a clock comes to every time within two days")


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a wall clock in `zone` first shows `at` or later on `day`."""
    wall = datetime.combine(day, at)
    before = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if before.astimezone(zone).replace(tzinfo=None) == wall:
        return before
    return _end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), before, wall, zone)


def _end_of_gap(low: datetime, high: datetime, wall: datetime, zone: ZoneInfo) -> datetime:
    """The first whole second after `low`, up to `high`, at which the clock in `zone` is past `wall`."""
    while high - low > SECOND:
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if middle.astimezone(zone).replace(tzinfo=None) > wall:
            high = middle
        else:
            low = middle
    return high
