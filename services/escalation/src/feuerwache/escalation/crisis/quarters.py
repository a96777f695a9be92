"""The quarter hours that are not history yet: counted until stragglers are in and it is known whether they burned.

A quarter is learned 45 minutes after its end, so that a fire that is noticed late can still be kept out. A quarter
that burned is never learned, nor is the first one of a community, of which only the end was seen. A quarter in which
nothing was said is learned as zero, unless the silence lasted a day: then nobody was listening.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER

LEARNED_AFTER_MINUTES = 45
SILENCE_QUARTERS = 96


@dataclass(slots=True)
class Open:
    posts: int = 0
    negative: int = 0
    reports: int = 0
    burned: bool = False


@dataclass(slots=True)
class OpenQuarters:
    """`learned` is the last quarter that became history (or was kept out of it)."""

    learned: int
    quarters: dict[int, Open] = field(default_factory=dict)

    @classmethod
    def beginning_with(cls, quarter: int) -> OpenQuarters:
        return cls(quarter - 1, {quarter: Open(burned=True)})

    def count(self, quarter: int, posts: int, negative: int, reports: int = 0) -> bool:
        """False if that quarter is history already."""
        if quarter <= self.learned:
            return False
        place = self.quarters.setdefault(quarter, Open())
        place.posts += posts
        place.negative += negative
        place.reports += reports
        return True

    def burn(self, first: int, last: int) -> None:
        """Keeps these quarters, as far as they are open, out of history."""
        for quarter in range(max(first, self.learned + 1), last + 1):
            self.quarters.setdefault(quarter, Open()).burned = True

    def recent(self, newest_minute: int) -> float | None:
        """Mean posts of the full quarters that ended at least a window ago; None if there are none."""
        last = newest_minute // MINUTES_PER_QUARTER - 2
        ripe = [place.posts for quarter, place in self.quarters.items() if quarter <= last and not place.burned]
        return sum(ripe) / len(ripe) if ripe else None

    def ripe(self, newest_minute: int) -> list[Quarter]:
        """Takes out the quarters that are old enough, and gives those that are to be learned."""
        limit = (newest_minute - LEARNED_AFTER_MINUTES) // MINUTES_PER_QUARTER - 1
        if limit - self.learned > SILENCE_QUARTERS:
            self.learned = limit - 1
            self.quarters = {quarter: place for quarter, place in self.quarters.items() if quarter > self.learned}
        ripe = []
        while self.learned < limit:
            self.learned += 1
            place = self.quarters.pop(self.learned, None) or Open()
            if not place.burned:
                ripe.append(Quarter(self.learned, place.posts, place.negative, place.reports))
        return ripe

    def to_row(self) -> dict[str, Any]:
        places = sorted(self.quarters.items())
        return {"l": self.learned, "q": [[q, p.posts, p.negative, int(p.burned), p.reports] for q, p in places]}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> OpenQuarters:
        places = {}
        for quarter, posts, negative, burned, *reports in row["q"]:
            places[quarter] = Open(posts, negative, sum(reports), bool(burned))
        return cls(row["l"], places)
