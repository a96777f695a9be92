"""What was usual: counts of posts and negatives for every quarter hour of the last twelve weeks, a row per week.

A quarter is known or it is not; quarters that burned stay unknown. Imported counts are written over what was there
(importing twice changes nothing), stragglers are added to it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from feuerwache.common.faust.rows import Rows
from feuerwache.escalation.crisis.week import QUARTERS_PER_WEEK

WEEKS_KEPT = 12
UNKNOWN = 0xFFFFFFFF
_LAYOUT = struct.Struct(f"<{2 * QUARTERS_PER_WEEK}I")


@dataclass(frozen=True, slots=True)
class Quarter:
    """One known quarter hour, `index` counted from 1970."""

    index: int
    posts: int
    negative: int
    reports: int = 0


@dataclass(slots=True)
class Week:
    """A week of quarters (from a Thursday midnight, UTC: weeks since 1970)."""

    index: int
    posts: list[int] = field(default_factory=lambda: [UNKNOWN] * QUARTERS_PER_WEEK)
    negative: list[int] = field(default_factory=lambda: [UNKNOWN] * QUARTERS_PER_WEEK)

    @classmethod
    def from_row(cls, index: int, row: bytes) -> Week:
        numbers = _LAYOUT.unpack(zlib.decompress(row))
        return cls(index, list(numbers[:QUARTERS_PER_WEEK]), list(numbers[QUARTERS_PER_WEEK:]))

    def to_row(self) -> bytes:
        return zlib.compress(_LAYOUT.pack(*self.posts, *self.negative), 6)

    def set(self, quarter: Quarter) -> None:
        place = quarter.index % QUARTERS_PER_WEEK
        self.posts[place], self.negative[place] = quarter.posts, quarter.negative

    def add(self, quarter: Quarter) -> None:
        place = quarter.index % QUARTERS_PER_WEEK
        if self.posts[place] == UNKNOWN:
            self.set(quarter)
        else:
            self.posts[place] += quarter.posts
            self.negative[place] += quarter.negative

    def known(self) -> Iterator[Quarter]:
        for place in range(QUARTERS_PER_WEEK):
            if self.posts[place] != UNKNOWN:
                yield Quarter(self.index * QUARTERS_PER_WEEK + place, self.posts[place], self.negative[place])


class History:
    """The weeks of one community, read from and written to its shard's rows."""

    def __init__(self, rows: Rows, community: str) -> None:
        self._rows = rows
        self._community = community

    def set(self, quarters: Iterable[Quarter]) -> None:
        """Writes counts over what was there."""
        self._change(quarters, Week.set)

    def add(self, quarters: Iterable[Quarter]) -> None:
        """Adds counts to what was there."""
        self._change(quarters, Week.add)

    def rows_until(self, quarter: int) -> tuple[tuple[int, bytes], ...]:
        """(week, row) of the weeks that count at `quarter`: equal rows make an equal baseline."""
        newest = quarter // QUARTERS_PER_WEEK
        rows = ((index, self._rows.get(self._name(index))) for index in range(newest - WEEKS_KEPT, newest + 1))
        return tuple((index, row) for index, row in rows if row is not None)

    def _change(self, quarters: Iterable[Quarter], change: Callable[[Week, Quarter], None]) -> None:
        weeks: dict[int, Week] = {}
        for quarter in quarters:
            index = quarter.index // QUARTERS_PER_WEEK
            if index not in weeks:
                row = self._rows.get(self._name(index))
                weeks[index] = Week(index) if row is None else Week.from_row(index, row)
                if row is None:
                    self._forget(index - WEEKS_KEPT - 1)
            change(weeks[index], quarter)
        for index, week in weeks.items():
            self._rows.put(self._name(index), week.to_row())

    def _forget(self, index: int) -> None:
        if self._rows.get(self._name(index)) is not None:
            self._rows.delete(self._name(index))

    def _name(self, index: int) -> str:
        return f"week/{self._community}/{index}"
