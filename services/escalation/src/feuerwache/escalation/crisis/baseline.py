"""What is usual in a community at an hour of the week, and how far it usually strays from that.

Counts of known quarters are gathered into 168 local hours of the week. An hour's mean is robust: quarters far above
the others weigh less, (limit / residual)² as in Farrington et al. 1996 and Noufaily et al. 2013, so that a past crisis
that was learnt does not hide the next. Between the middles of hours it is interpolated. The dispersion is one number
per community, from the residuals of all hours, held towards a prior while there is little to go by; where few weeks
are known, the uncertainty of the mean itself is added. An hour that is not known yet borrows from its neighbours
(same hour on like days, any day, then everything), with more dispersion each time.

Farrington, Andrews, Beale, Catchpole: A statistical algorithm for the early detection of outbreaks of infectious
disease, J. R. Statist. Soc. A 159 (1996). Noufaily et al.: An improved algorithm for outbreak detection in multiple
surveillance systems, Statistics in Medicine 32 (2013).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import median

from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.week import HOURS_PER_WEEK, Calendar, start_of_quarter

#: Residuals above this many standard deviations weigh less.
RESIDUAL_LIMIT = 2.58
#: Dispersion before anything is known, and how many quarters of evidence that is worth.
PRIOR_DISPERSION, PRIOR_QUARTERS = 0.1, 40.0
LEAST_DISPERSION, MOST_DISPERSION = 0.01, 1.0
#: Share of negatives before anything is known, and how many posts that is worth.
PRIOR_SHARE, PRIOR_POSTS = 0.1, 50.0
#: Correlation of negatives within a window beyond chance (they come in threads), before and after it is known.
PRIOR_CORRELATION, LEAST_CORRELATION, MOST_CORRELATION = 0.03, 0.005, 0.2
#: A quieter hour than this many posts per window is taken as this.
LEAST_USUAL = 0.5
#: Quarters needed before anything is said about volume: two hours.
LEAST_KNOWN = 8
#: What borrowing from like days, any day, everything adds to the dispersion.
BORROWED = (0.0, 0.1, 0.2, 0.5)
EVERYTHING = len(BORROWED) - 1


@dataclass(frozen=True, slots=True)
class Usual:
    """What a window of 15 minutes usually holds. `posts` None: nobody knows yet."""

    posts: float | None
    dispersion: float
    share: float
    correlation: float

    @property
    def negative(self) -> float | None:
        return None if self.posts is None else max(self.posts * self.share, LEAST_USUAL * self.share)

    @property
    def negative_dispersion(self) -> float:
        """Negatives stray as posts do, and as their share does."""
        return self.dispersion + self.correlation * (1 - self.share) / self.share


@dataclass(frozen=True, slots=True)
class _Hour:
    mean: float
    days: int
    borrowed: int


class Baseline:
    """Built once from known quarters; asked for any instant."""

    def __init__(self, quarters: Iterable[Quarter], calendar: Calendar) -> None:
        self._calendar = calendar
        self._quarters = list(quarters)
        self._by_hour: dict[int, list[Quarter]] = {}
        for quarter in self._quarters:
            hour = calendar.hour_of_week(start_of_quarter(quarter.index))
            self._by_hour.setdefault(hour, []).append(quarter)
        self._hours: dict[int, _Hour | None] = {}
        self._dispersion = self._estimated_dispersion()
        self._share, self._correlation = self._estimated_share()

    @property
    def known(self) -> int:
        """How many quarters it knows."""
        return len(self._quarters)

    def usual(self, at: datetime, recent: float | None = None) -> Usual:
        """What is usual in the 15 minutes around `at`.

        `recent`: the mean of the quarters just before. It counts only while the community is so new that its hours
        are not told apart: its first morning must not be measured by its first night.
        """
        first, second, weight = self._calendar.between_hours(at)
        before, after = self._hour(first), self._hour(second)
        if before is None or after is None:
            return Usual(None, PRIOR_DISPERSION, self._share, self._correlation)
        mean = max(LEAST_USUAL, before.mean * (1 - weight) + after.mean * weight)
        borrowed, days = max(before.borrowed, after.borrowed), min(before.days, after.days)
        if borrowed == EVERYTHING and recent is not None:
            mean = max(mean, recent)
        dispersion = self._dispersion + BORROWED[borrowed]
        return Usual(mean, dispersion + (dispersion + 1 / mean) / days, self._share, self._correlation)

    def _hour(self, hour: int) -> _Hour | None:
        if hour not in self._hours:
            self._hours[hour] = self._looked_up(hour)
        return self._hours[hour]

    def _looked_up(self, hour: int) -> _Hour | None:
        if self.known < LEAST_KNOWN:
            return None
        for borrowed, hours in enumerate(_alike(hour)):
            quarters = [quarter for each in hours for quarter in self._by_hour.get(each, ())]
            days = len({quarter.index // 96 for quarter in quarters})
            if days >= (2 if borrowed < EVERYTHING else 1):
                return _Hour(robust_mean([quarter.posts for quarter in quarters]), days, borrowed)
        return None

    def _estimated_dispersion(self) -> float:
        """Method of moments over all hours: Σ weight ((x - m)² - m) / Σ m²."""
        excess = squares = 0.0
        count = 0
        for quarters in self._by_hour.values():
            posts = [quarter.posts for quarter in quarters]
            if len(posts) < 4:
                continue
            mean = robust_mean(posts)
            for value, weight in zip(posts, weights(posts, mean), strict=True):
                excess += weight * ((value - mean) ** 2 * len(posts) / (len(posts) - 1) - mean)
                squares += mean**2
            count += len(posts)
        if squares <= 0:
            return PRIOR_DISPERSION
        prior = PRIOR_QUARTERS * squares / count
        found = (excess + PRIOR_DISPERSION * prior) / (squares + prior)
        return min(MOST_DISPERSION, max(LEAST_DISPERSION, found))

    def _estimated_share(self) -> tuple[float, float]:
        """The usual share of negatives and its correlation (method of moments from the chi-square of quarters)."""
        posts = sum(quarter.posts for quarter in self._quarters)
        negative = sum(min(quarter.negative, quarter.posts) for quarter in self._quarters)
        share = (negative + PRIOR_SHARE * PRIOR_POSTS) / (posts + PRIOR_POSTS)
        filled = [quarter for quarter in self._quarters if quarter.posts >= 5]
        if len(filled) < LEAST_KNOWN:
            return share, PRIOR_CORRELATION
        chi = sum((each.negative - each.posts * share) ** 2 / (each.posts * share * (1 - share)) for each in filled)
        mean_posts = sum(each.posts for each in filled) / len(filled)
        found = (chi / len(filled) - 1) / (mean_posts - 1)
        held = (found * len(filled) + PRIOR_CORRELATION * PRIOR_QUARTERS) / (len(filled) + PRIOR_QUARTERS)
        return share, min(MOST_CORRELATION, max(LEAST_CORRELATION, held))


def _alike(hour: int) -> Sequence[Sequence[int]]:
    """The hour itself, the same hour on like days (working days or weekend), on any day, and all hours."""
    day, of_day = divmod(hour, 24)
    like = range(5, 7) if day >= 5 else range(5)
    return (
        (hour,),
        [each * 24 + of_day for each in like],
        [each * 24 + of_day for each in range(7)],
        range(HOURS_PER_WEEK),
    )


def robust_mean(counts: Sequence[int]) -> float:
    """A mean in which counts far above the rest weigh less."""
    start = median(counts) or sum(counts) / len(counts)
    by_weight = weights(counts, start)
    return sum(value * weight for value, weight in zip(counts, by_weight, strict=True)) / sum(by_weight)


def weights(counts: Sequence[int], mean: float) -> list[float]:
    """1 for ordinary counts, (limit / residual)² for those further above `mean` than the limit."""
    deviation = sqrt(mean + PRIOR_DISPERSION * mean**2) or 1.0
    residuals = [(value - mean) / deviation for value in counts]
    return [1.0 if each <= RESIDUAL_LIMIT else (RESIDUAL_LIMIT / each) ** 2 for each in residuals]
