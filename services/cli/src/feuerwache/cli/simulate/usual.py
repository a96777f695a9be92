"""What was usual, for the line in the plot: the median of the same quarter hour of the week in the imported counts.

This is for the eye. The detectors' own baseline knows seasons, holidays and its own doubt (docs/detectors).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from feuerwache.escalation.crisis.csvfile import Count

QUARTER_MINUTES = 15
#: Five of the fifteen minutes that are counted.
PART = 5 / QUARTER_MINUTES


class Usual:
    """`zones`: in which time zone each community lives."""

    def __init__(self, counts: Iterable[Count], zones: Mapping[str, ZoneInfo]) -> None:
        self._zones = zones
        posts: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for count in counts:
            if count.community in zones:
                posts[count.community, self._quarter(count.community, count.start)].append(count.posts)
        self._medians = {place: median(counted) for place, counted in posts.items()}

    def of(self, community: str, at: datetime) -> float | None:
        """Posts that are usual in five minutes there; None if nothing is known."""
        found = self._medians.get((community, self._quarter(community, at))) if community in self._zones else None
        return None if found is None else round(found * PART, 2)

    def _quarter(self, community: str, at: datetime) -> int:
        local = at.astimezone(self._zones[community])
        return (local.weekday() * 24 * 60 + local.hour * 60 + local.minute) // QUARTER_MINUTES
