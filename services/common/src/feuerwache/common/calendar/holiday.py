"""The public holidays of a region, and the two half days of December where somebody counts them.

A region is a country with an optional subdivision as the `holidays` package writes it: DE, DE-BY. Christmas Eve and
New Year's Eve are no public holidays in most regions; whoever wants to count them says from which time on the wall:
`00:00` is the whole day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache

import holidays

MIDNIGHT = time(0)
#: Month and day of Christmas Eve and New Year's Eve.
HALF_DAYS = frozenset({(12, 24), (12, 31)})


@cache
def _known(region: str) -> holidays.HolidayBase:
    country, _, subdivision = region.partition("-")
    try:
        # Without a language the names would be in that of the machine.
        spoken = holidays.country_holidays(country).default_language
        return holidays.country_holidays(country, subdiv=subdivision or None, language=spoken)
    # Not left undone: it is how `holidays` says that it does not know the country or subdivision, told on as our error.
    except NotImplementedError as error:
        raise ValueError(f"no public holidays are known for region {region!r}, e.g. DE or DE-BY") from error


@cache
def holidays_of(region: str) -> Callable[[date], bool]:
    """Whether a date is a public holiday there. Raises `ValueError` for a region nobody knows.

    Thousands of communities live in a handful of regions, so a region's days are worked out once.
    """
    return _known(region).__contains__


def holiday_name(region: str, day: date) -> str | None:
    """What the holiday is called there, in the language of the region; None when it is none."""
    return _known(region).get(day)


def is_half_day(day: date) -> bool:
    return (day.month, day.day) in HALF_DAYS


def begins(region: str | None, day: date, half_days_from: time | None = None) -> time | None:
    """From which time on the wall this date is a holiday, until its end; None when it is none.

    `region` None knows no public holidays; `half_days_from` None does not count the half days.
    """
    if region is not None and day in _known(region):
        return MIDNIGHT
    return half_days_from if is_half_day(day) else None


def is_holiday(region: str | None, local: datetime, half_days_from: time | None = None) -> bool:
    """Whether it is a holiday at this time on the wall (`local`: any zone, its own date and time are what counts)."""
    start = begins(region, local.date(), half_days_from)
    return start is not None and local.time() >= start
