"""The restlessness of ordinary days: how talk strays from its usual course though nothing happens.

The logarithm of the rate is a sum of three Ornstein-Uhlenbeck processes: moods of days, swells of hours, gusts of
minutes. Posts are Poisson on top of that. Besides, small spikes come at a rate of their own. The numbers are those of
the five tweet series of the Numenta Anomaly Benchmark (Lavin, Ahmad 2015) outside their labelled windows: logarithms of
the counts of five minutes against a profile by half hour and weekend. `python -m bench.noise DIR` works them out again;
`docs/detectors/scenarios.md` has the table, and the generator's own weeks measured in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, sqrt
from random import Random

MINUTES_PER_WEEK = 7 * 24 * 60
#: Moods of days: correlated with the day before as in the series, whose lag of a day is about that of six hours.
DAY_MINUTES = 3 * 24 * 60.0
#: A spike falls off with this time constant, in minutes: so that half of them last two to four rows of five minutes.
SPIKE_MINUTES = (8.0, 25.0)
#: Ordinary days have no spike above three times the usual: a quarter hour above that is an event of its own (in the
#: series: news that nobody labelled). The calm scenarios have those, and the restless week has them uncut.
MOST_ORDINARY_SPIKE, MOST_SPIKE = 2.0, 20.0


@dataclass(frozen=True, slots=True)
class Restlessness:
    """Standard deviations of the logarithm (`day`, `slow`, `fast`), their times in minutes, and the spikes.

    A spike multiplies the rate by `1 + h`, h a Pareto variable from `least_spike` on with exponent `spike_tail`, cut
    off at `most_spike`.
    """

    day: float
    slow: float
    slow_minutes: float
    fast: float
    fast_minutes: float
    spikes_per_week: float
    least_spike: float = 0.5
    spike_tail: float = 1.4
    most_spike: float = MOST_ORDINARY_SPIKE

    def towards(self, other: Restlessness, share: float) -> Restlessness:
        """`share` 0 is this one, 1 the other one; the tail and the cut are this one's."""

        def between(one: float, two: float) -> float:
            return one + (two - one) * share

        return Restlessness(
            between(self.day, other.day),
            between(self.slow, other.slow),
            between(self.slow_minutes, other.slow_minutes),
            between(self.fast, other.fast),
            between(self.fast_minutes, other.fast_minutes),
            between(self.spikes_per_week, other.spikes_per_week),
            self.least_spike,
            self.spike_tail,
            self.most_spike,
        )


#: AMZN, the calmest of the series that are busy enough to tell.
CALM = Restlessness(0.07, 0.13, 80.0, 0.19, 8.0, 16.0)
#: AAPL, the most restless one.
RESTLESS = Restlessness(0.19, 0.31, 280.0, 0.24, 14.0, 45.0)


class Gusts:
    """The factor by which the rate strays, step by step (`minutes` each). Its mean is 1 but for the spikes."""

    def __init__(self, random: Random, restlessness: Restlessness, minutes: float) -> None:
        self._random = random
        self._of = restlessness
        self._minutes = minutes
        self._parts = [
            _Part(random, sd, time, minutes)
            for sd, time in (
                (restlessness.day, DAY_MINUTES),
                (restlessness.slow, restlessness.slow_minutes),
                (restlessness.fast, restlessness.fast_minutes),
            )
        ]
        self._centre = sum(part.sd**2 for part in self._parts) / 2
        self._spikes: list[tuple[float, float]] = []

    def __iter__(self) -> Iterator[float]:
        while True:
            yield self.next()

    def next(self) -> float:
        strayed = exp(sum(part.next() for part in self._parts) - self._centre)
        return strayed * (1 + self._spiked())

    def _spiked(self) -> float:
        of = self._of
        self._spikes = [(height * fall, fall) for height, fall in self._spikes if height > 0.05]
        if self._random.random() < of.spikes_per_week * self._minutes / MINUTES_PER_WEEK:
            height = min(of.most_spike, of.least_spike * self._random.paretovariate(of.spike_tail))
            self._spikes.append((height, exp(-self._minutes / self._random.uniform(*SPIKE_MINUTES))))
        return sum(height for height, _ in self._spikes)


class _Part:
    def __init__(self, random: Random, sd: float, time: float, minutes: float) -> None:
        self._random = random
        self.sd = sd
        self._keeps = exp(-minutes / time)
        self._adds = sd * sqrt(1 - self._keeps**2)
        self._value = random.gauss(0, sd)

    def next(self) -> float:
        self._value = self._value * self._keeps + self._random.gauss(0, self._adds)
        return self._value


def poisson(random: Random, mean: float) -> int:
    """A Poisson number: by products of uniform numbers (Knuth), from 30 on by the rounded normal approximation."""
    if mean <= 0:
        return 0
    if mean >= 30:
        return max(0, round(random.gauss(mean, sqrt(mean))))
    count, product, limit = 0, random.random(), exp(-mean)
    while product > limit:
        count += 1
        product *= random.random()
    return count
