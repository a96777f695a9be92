"""Wall-clock times as instants: see `common.calendar.wallclock`, which everybody shares."""

from feuerwache.common.calendar.wallclock import instant_of

__all__ = ["instant_of"]
