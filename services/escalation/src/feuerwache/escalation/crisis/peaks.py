"""The highest peaks of ordinary days, and from them how rare a peak is: the bar a community sets for itself.

Tweets about a company burst every day; a quiet forum hardly ever does. So no fixed number of times the usual can be
the bar. Kept is, for each of the last six weeks' days, how high the talk rose above its usual course (the logarithm of
the ratio) at each of three scales. Above their median the days' peaks fall off exponentially (the generalised Pareto
distribution with shape 0), and so the peak that comes back once in five weeks can be named before five weeks have
passed: peaks over threshold, as Siffer et al. do for streams. What was far above the bar counts as a little above it,
so that past crises raise the bar, but not out of reach. Before days are known, a guess stands for four of them.

Siffer, Fouque, Termier, Largouët: Anomaly Detection in Streams with Extreme Value Theory, KDD 2017.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import log
from statistics import median

from feuerwache.escalation.crisis.finding import INDEPENDENT_LOOKS, WINDOWS_PER_WEEK

#: How many scales there are: the window of minutes, hours, half a day (`surge.py`).
SCALES = 3
DAYS_KEPT = 42
#: What stands for the unknown: the median of the days' peaks, and the mean by which the higher half exceeds it.
PRIOR_MEDIAN, PRIOR_EXCESS = (1.0, 0.6, 0.4), (0.5, 0.3, 0.2)
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
    """`days`: day since 1970 (UTC) → the highest log-ratio at each scale. `seen` days were watched live."""

    days: dict[int, tuple[float, ...]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    _fitted: list[Tail] | None = None

    def remember(self, day: int, highest: Sequence[float], live: bool = True) -> None:
        """Counts a day in. What was watched live is not replaced by what was worked out from counts of quarters."""
        if not live and day in self.seen:
            return
        self.days[day] = tuple(_rounded(each) for each in highest)
        if live:
            self.seen.add(day)
        for old in sorted(self.days)[:-DAYS_KEPT]:
            del self.days[old]
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
        known, weight = len(self.days), PRIOR_DAYS / 2
        for scale in range(SCALES):
            peaks = [day[scale] for day in self.days.values()]
            start = PRIOR_MEDIAN[scale]
            if peaks:
                start = (median(peaks) * known + start * PRIOR_DAYS) / (known + PRIOR_DAYS)
            above = [each - start for each in peaks if each > start]
            excess = (sum(above) + PRIOR_EXCESS[scale] * weight) / (len(above) + weight)
            share = (len(above) + weight) / (known + PRIOR_DAYS)
            yield Tail(start, excess, log(LOOKS_PER_WEEK / (DAYS_PER_WEEK * share)))

    def to_row(self) -> bytes:
        """Per day: two bytes of its number, one whether it was seen live, one per scale."""
        rows = (
            day.to_bytes(2, "little") + bytes((day in self.seen, *map(_code, highest)))
            for day, highest in sorted(self.days.items())
        )
        return b"".join(rows)

    @classmethod
    def from_row(cls, row: bytes) -> Peaks:
        size = 3 + SCALES
        peaks = cls()
        for start in range(0, len(row), size):
            day = int.from_bytes(row[start : start + 2], "little")
            peaks.days[day] = tuple(_value(code) for code in row[start + 3 : start + size])
            if row[start + 2]:
                peaks.seen.add(day)
        return peaks


def _code(ratio: float) -> int:
    return min(255, max(0, round((ratio - LOWEST) / STEP)))


def _value(code: int) -> float:
    return LOWEST + code * STEP


def _rounded(ratio: float) -> float:
    return _value(_code(ratio))
