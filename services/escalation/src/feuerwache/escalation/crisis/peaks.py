"""The highest peaks of ordinary days, and from them how rare a peak is: the bar a community sets for itself.

Tweets about a company burst every day; a quiet forum hardly ever does. So no fixed number of times the usual can be
the bar. Kept is, for each quarter of a day of the last six weeks, how high the talk rose above its usual course (the
logarithm of the ratio) at each of three scales. The peaks of days are those of any four quarters in a row, so that it
does not matter where a day is cut: sliding blocks tell more than disjoint ones (Bücher and Segers). Above their median
the days' peaks fall off exponentially (the generalised Pareto distribution with shape 0), and so the peak that comes
back once in five weeks can be named before five weeks have passed: peaks over threshold, as Siffer et al. do for
streams. What was far above the bar counts as a little above it, so that past crises raise the bar, but not out of
reach. Before days are known, a guess stands for four of them.

Siffer, Fouque, Termier, Largouët: Anomaly Detection in Streams with Extreme Value Theory, KDD 2017.
Bücher, Segers: Inference for heavy tailed stationary time series based on sliding blocks, EJS 12 (2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log
from statistics import median

from feuerwache.escalation.crisis.finding import INDEPENDENT_LOOKS, WINDOWS_PER_WEEK

#: How many scales there are: the window of minutes, hours, half a day (`surge.py`).
SCALES = 3
#: A block is a quarter of a day (UTC).
BLOCK_MINUTES = 360
BLOCKS_PER_DAY = 4
DAYS_KEPT = 42
BLOCKS_KEPT = DAYS_KEPT * BLOCKS_PER_DAY
#: What stands for the unknown: the median of the days' peaks, and the mean by which the higher half exceeds it.
PRIOR_MEDIAN, PRIOR_EXCESS = (1.0, 0.7, 0.4), (0.5, 0.35, 0.2)
PRIOR_DAYS = 4
#: A peak is remembered up to this much above the bar.
REMEMBERED_ABOVE = 1.0
#: Peaks are kept in steps of 3 %, a byte each: from a third of the usual to 700 times.
STEP, LOWEST = 0.03, -1.0
LOOKS_PER_WEEK = WINDOWS_PER_WEEK * INDEPENDENT_LOOKS
DAYS_PER_WEEK = 7


@dataclass(frozen=True, slots=True)
class Tail:
    """Days' peaks above `start` exceed it by `excess` on average; at `start` the surprise is so many nats.

    `start` is about the median of the days' peaks.
    """

    start: float
    excess: float
    surprise: float


@dataclass(slots=True)
class Peaks:
    """`blocks`: quarter of a day since 1970 (UTC) → the highest log-ratio at each scale. `seen` were watched live."""

    blocks: dict[int, tuple[float, ...]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    _fitted: list[Tail] | None = None

    def remember(self, block: int, highest: Sequence[float], live: bool = True) -> None:
        """Counts a block in. What was watched live is not replaced by what was worked out from counts of quarters.

        Live ones come in the order of time: where there is a later one, a clock was wrong then.
        """
        if not live and block in self.seen:
            return
        if live:
            for wrong in [each for each in self.blocks if each > block]:
                del self.blocks[wrong]
                self.seen.discard(wrong)
        self.blocks[block] = tuple(_rounded(each) for each in highest)
        if live:
            self.seen.add(block)
        oldest = max(self.blocks) - BLOCKS_KEPT
        for old in [each for each in self.blocks if each <= oldest]:
            del self.blocks[old]
            self.seen.discard(old)
        self._fitted = None

    def surprise(self, scale: int, ratio: float) -> float:
        """In nats: ln(looks per week * weeks until a peak as high as `ratio` returns); 0 for what is common."""
        tail = self.fitted[scale]
        return max(0.0, tail.surprise + (ratio - tail.start) / tail.excess)

    def height(self, scale: int, surprise: float) -> float:
        """The log-ratio that is so surprising."""
        tail = self.fitted[scale]
        return tail.start + tail.excess * (surprise - tail.surprise)

    @property
    def fitted(self) -> list[Tail]:
        if self._fitted is None:
            self._fitted = list(self._fit())
        return self._fitted

    def _fit(self) -> Iterator[Tail]:
        days = list(self._days())
        known, weight = len(days) / BLOCKS_PER_DAY, PRIOR_DAYS / 2
        for scale in range(SCALES):
            peaks = [day[scale] for day in days]
            start = PRIOR_MEDIAN[scale]
            if peaks:
                start = (median(peaks) * known + start * PRIOR_DAYS) / (known + PRIOR_DAYS)
            above = [each - start for each in peaks if each > start]
            exceeding = len(above) / BLOCKS_PER_DAY
            excess = (sum(above) / BLOCKS_PER_DAY + PRIOR_EXCESS[scale] * weight) / (exceeding + weight)
            share = (exceeding + weight) / (known + PRIOR_DAYS)
            yield Tail(start, excess, log(LOOKS_PER_WEEK / (DAYS_PER_WEEK * share)))

    def _days(self) -> Iterator[tuple[float, ...]]:
        """The peaks of any four blocks in a row; blocks in which nothing was said have none."""
        if not self.blocks:
            return
        for last in range(min(self.blocks) + BLOCKS_PER_DAY - 1, max(self.blocks) + 1):
            day = [self.blocks[each] for each in range(last - BLOCKS_PER_DAY + 1, last + 1) if each in self.blocks]
            if day:
                yield tuple(map(max, zip(*day, strict=True)))

    def to_row(self) -> bytes:
        """The number of the first block in four bytes; then for each up to the last: whether it is known (1) and was
        seen live (2), and a byte for each scale."""
        if not self.blocks:
            return b""
        first, last = min(self.blocks), max(self.blocks)
        row = bytearray(first.to_bytes(4, "little"))
        for block in range(first, last + 1):
            highest = self.blocks.get(block)
            row.append((highest is not None) + 2 * (block in self.seen))
            row += bytes(SCALES) if highest is None else bytes(map(_code, highest))
        return bytes(row)

    @classmethod
    def from_row(cls, row: bytes) -> Peaks:
        size, peaks = 1 + SCALES, cls()
        first = int.from_bytes(row[:4], "little")
        for place, start in enumerate(range(4, len(row), size)):
            if row[start]:
                peaks.blocks[first + place] = tuple(_value(code) for code in row[start + 1 : start + size])
            if row[start] & 2:
                peaks.seen.add(first + place)
        return peaks


def _code(ratio: float) -> int:
    return min(255, max(0, round((ratio - LOWEST) / STEP)))


def _value(code: int) -> float:
    return LOWEST + code * STEP


def _rounded(ratio: float) -> float:
    return _value(_code(ratio))
