"""How much of a platform's quota is left today, and how far apart passes have to be so that it lasts. Pure.

A platform counts units by its own calendar day. What was spent is kept beside the cursor, so it is known after a
restart and by whoever polls next. A call that fails costs as much as one that works.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Budget:
    """`units` a day, None for as many as one likes; the day ends at midnight in `zone` (IANA)."""

    units: int | None
    zone: str = "UTC"

    def day(self, real_now: datetime) -> str:
        """The platform's date now, ISO 8601."""
        return real_now.astimezone(ZoneInfo(self.zone)).date().isoformat()

    def reset(self, real_now: datetime) -> datetime:
        """The next midnight over there, also where that day has 23 or 25 hours. In UTC or whatever `real_now` is in."""
        there = real_now.astimezone(ZoneInfo(self.zone))
        tomorrow = there.date() + timedelta(days=1)
        midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=ZoneInfo(self.zone))
        return midnight.astimezone(real_now.tzinfo)

    def left(self, day: str, spent: int, real_now: datetime) -> int | None:
        """Units of today, `spent` having been used on `day`. None: there is no limit."""
        if self.units is None:
            return None
        return max(0, self.units - (spent if day == self.day(real_now) else 0))

    def pause(self, units: int, left: int | None, real_now: datetime) -> float:
        """Seconds to wait before something that costs `units`: none, or until the next day."""
        if left is None or left >= units:
            return 0.0
        return (self.reset(real_now) - real_now).total_seconds()

    def interval(self, wanted: float, cost: int, left: int | None, real_now: datetime) -> float:
        """Seconds between two passes that cost as much as the last one: `wanted`, or more where the quota would not
        last until midnight."""
        if left is None or cost <= 0:
            return wanted
        until_midnight = (self.reset(real_now) - real_now).total_seconds()
        if left < cost:
            return max(wanted, until_midnight)
        return max(wanted, until_midnight * cost / left)
