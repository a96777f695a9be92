"""What was counted in every quarter hour of the last eight weeks: posts, negatives and reports, a byte each.

Counts up to 31 are exact, larger ones are kept in steps of 5 %, up to a million. A quarter is known or it is not;
quarters that burned stay unknown. Imported counts are written over what was there (importing twice changes nothing),
stragglers are added to it. Where the weeks do not fit into `MOST_BYTES`, the oldest are dropped.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from math import log

from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.week import QUARTERS_PER_WEEK

WEEKS_KEPT = 8
MOST_BYTES = 5500
PLANES = 3
UNKNOWN = 255
EXACT = 31
STEP = log(1.05)
MOST_CODE = 254


def code_of(count: int) -> int:
    """0 to 254: exact up to 31, then in steps of 5 %."""
    if count <= EXACT:
        return max(0, count)
    return min(MOST_CODE, EXACT + round(log(count / EXACT) / STEP))


def _count_of(code: int) -> int:
    return code if code <= EXACT else round(EXACT * 1.05 ** (code - EXACT))


COUNTS = tuple(_count_of(code) for code in range(MOST_CODE + 1))


def kept(quarter: Quarter) -> Quarter:
    """The quarter as it will be read again."""
    posts, negative, reports = (COUNTS[code_of(each)] for each in (quarter.posts, quarter.negative, quarter.reports))
    return Quarter(quarter.index, posts, negative, reports)


class Archive:
    """Weeks since 1970 (from a Thursday midnight, UTC) → three planes of quarters."""

    def __init__(self, weeks: dict[int, bytearray] | None = None) -> None:
        self._weeks = weeks or {}

    def __iter__(self) -> Iterator[Quarter]:
        """All known quarters, in the order of time."""
        size = QUARTERS_PER_WEEK
        for index, week in sorted(self._weeks.items()):
            for place in range(size):
                if week[place] != UNKNOWN:
                    posts, negative, reports = week[place], week[size + place], week[2 * size + place]
                    yield Quarter(index * size + place, COUNTS[posts], COUNTS[negative], COUNTS[reports])

    @property
    def span(self) -> tuple[int, int]:
        """The first quarter of its first week, and the first one after its last week; (0, 0) when empty."""
        if not self._weeks:
            return 0, 0
        return min(self._weeks) * QUARTERS_PER_WEEK, (max(self._weeks) + 1) * QUARTERS_PER_WEEK

    def set(self, quarters: Iterable[Quarter]) -> bool:
        """Writes counts over what was there. Whether that changed anything."""
        changed = False
        for quarter in quarters:
            changed |= self._write(quarter.index, quarter.posts, quarter.negative, quarter.reports)
        return changed

    def add(self, quarters: Iterable[Quarter]) -> None:
        """Adds counts to what was there. Less than half a step (2.5 %) of a count above 31 is lost."""
        for quarter in quarters:
            week, place = self._weeks.get(quarter.index // QUARTERS_PER_WEEK), quarter.index % QUARTERS_PER_WEEK
            before = [0, 0, 0]
            if week is not None and week[place] != UNKNOWN:
                before = [COUNTS[week[plane * QUARTERS_PER_WEEK + place]] for plane in range(PLANES)]
            more = (quarter.posts, quarter.negative, quarter.reports)
            self._write(quarter.index, *(one + two for one, two in zip(before, more, strict=True)))

    def to_bytes(self) -> bytes:
        """At most `MOST_BYTES`: what does not fit is forgotten, the oldest week first."""
        while True:
            weeks = sorted(self._weeks.items())
            # Posts of all weeks together, then negatives, then reports: like beside like packs best.
            planes = (
                week[plane * QUARTERS_PER_WEEK : (plane + 1) * QUARTERS_PER_WEEK]
                for plane in range(PLANES)
                for _, week in weeks
            )
            packed = zlib.compress(b"".join(planes), 6)
            head = len(weeks).to_bytes(1, "little") + b"".join(index.to_bytes(4, "little") for index, _ in weeks)
            if len(head) + len(packed) <= MOST_BYTES:
                return head + packed
            del self._weeks[weeks[0][0]]

    @classmethod
    def from_bytes(cls, data: bytes) -> Archive:
        count = data[0]
        indexes = [int.from_bytes(data[1 + 4 * place : 5 + 4 * place], "little") for place in range(count)]
        planes = zlib.decompress(data[1 + 4 * count :])
        size = QUARTERS_PER_WEEK
        weeks = {
            index: bytearray(b"".join(planes[(plane * count + place) * size :][:size] for plane in range(PLANES)))
            for place, index in enumerate(indexes)
        }
        return cls(weeks)

    def _write(self, quarter: int, posts: int, negative: int, reports: int) -> bool:
        index, place = divmod(quarter, QUARTERS_PER_WEEK)
        week = self._weeks.get(index)
        if week is None:
            if len(self._weeks) >= WEEKS_KEPT and index < min(self._weeks):
                return False
            week = self._weeks[index] = bytearray(b"\xff" * (PLANES * QUARTERS_PER_WEEK))
            for old in [each for each in self._weeks if each <= max(self._weeks) - WEEKS_KEPT]:
                del self._weeks[old]
        codes = (code_of(posts), code_of(negative), code_of(reports))
        places = [plane * QUARTERS_PER_WEEK + place for plane in range(PLANES)]
        changed = any(week[at] != code for at, code in zip(places, codes, strict=True))
        for at, code in zip(places, codes, strict=True):
            week[at] = code
        return changed
