"""Time as the baseline sees it: minutes and quarter hours counted from 1970, and the local hour of the week.

Windows and quarters are instants (UTC), so no changeover moves them. The hour of the week is wall-clock time in the
community's zone, so on both changeover Sundays ten o'clock is compared with ten o'clock. A public holiday counts as
a Sunday.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
MINUTES_PER_QUARTER = 15
QUARTERS_PER_WEEK = 7 * 24 * 4
HOURS_PER_WEEK = 7 * 24
SUNDAY = 6


def minute_of(instant: datetime) -> int:
    """Whole minutes since 1970."""
    return int(instant.timestamp() // 60)


def quarter_of(instant: datetime) -> int:
    """Whole quarter hours since 1970."""
    return int(instant.timestamp() // 900)


def start_of_minute(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def start_of_quarter(quarter: int) -> datetime:
    return datetime.fromtimestamp(quarter * 900, UTC)


def never_a_holiday(_: date) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where a community lives: its zone and its public holidays."""

    zone: ZoneInfo
    is_holiday: Callable[[date], bool] = never_a_holiday

    def hour_of_week(self, instant: datetime) -> int:
        """0 is Monday from midnight, 167 Sunday from 23:00, in local time; a holiday's hours are those of a Sunday."""
        return _local(self.zone, self.is_holiday, quarter_of(instant))[0]

    def between_hours(self, instant: datetime) -> tuple[int, int, float]:
        """The two hours of the week whose middles lie around `instant`, and the weight (0..1) of the second."""
        minute = minute_of(instant)
        quarter, more = divmod(minute, MINUTES_PER_QUARTER)
        past = (_local(self.zone, self.is_holiday, quarter)[1] + more + 30) % 60
        before, after = (minute - 30) // MINUTES_PER_QUARTER, (minute + 30) // MINUTES_PER_QUARTER
        first, second = (_local(self.zone, self.is_holiday, each)[0] for each in (before, after))
        return first, second, past / 60


@lru_cache(maxsize=1 << 14)
def _local(zone: ZoneInfo, is_holiday: Callable[[date], bool], quarter: int) -> tuple[int, int]:
    """Hour of the week, and minute of the hour, at the beginning of a quarter hour.

    Asked for the same few thousand quarters again and again, for every community of a zone. Since 1972 all zones
    differ from UTC by whole quarter hours, so an hour of the week begins with a quarter.
    """
    local = start_of_quarter(quarter).astimezone(zone)
    day = SUNDAY if is_holiday(local.date()) else local.weekday()
    return day * 24 + local.hour, local.minute
