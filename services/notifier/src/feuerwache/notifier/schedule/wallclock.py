"""Wall-clock times as instants (`common.calendar.wallclock`), each worked out once.

Schedules of a house share a few zones and handover hours, and a quarter has ninety days: nearly all of what is asked
has been asked before.
"""

from __future__ import annotations

from functools import lru_cache

from feuerwache.common.calendar import wallclock

instant_of = lru_cache(maxsize=1 << 16)(wallclock.instant_of)
