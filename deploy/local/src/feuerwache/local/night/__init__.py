"""A written Saturday night and the four ordinary weeks before it: what the demo plays."""

from feuerwache.local.night.script import BEGIN, END, Kind, NightPost, saturday_night
from feuerwache.local.night.weeks import Count, ordinary_weeks

__all__ = ["BEGIN", "END", "Count", "Kind", "NightPost", "ordinary_weeks", "saturday_night"]
