"""The usual course of a community, learned quarter hour by quarter hour: a profile of the week, and its level now.

The profile has 168 local hours of the week. An hour's mean is held towards the same hour of like days (working days,
weekend), that one towards the same hour of any day, and that one towards the mean of all: an hour that is hardly known
borrows from its neighbours, and lets go as it gets known. The level is what the last days had in relation to the
profile; it follows a community that grows. What stands out by far is taken in only up to a limit (2.5 standard
deviations, as in the robust Holt-Winters method of Gelper, Fried and Croux), so that a crisis that was learned does
not hide the next. Older weeks fade: in six weeks to a half.

The dispersion (negative binomial, variance = mean + dispersion * mean²) is estimated by the method of moments from the
errors of one step ahead; the correlation of negatives from the chi-square of quarters.

Gelper, Fried, Croux: Robust forecasting with exponential and Holt-Winters smoothing, J. Forecasting 29 (2010).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from math import sqrt
from statistics import median

from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.week import HOURS_PER_WEEK

#: What a quarter weighs after as many others of its own hour, of all hours for the level, of all hours for the rest.
HOUR_FADING = 0.5 ** (1 / 24)
LEVEL_FADING = 0.5 ** (1 / 672)
FADING = 0.5 ** (1 / 2016)
#: How many quarters of evidence the next wider mean is worth: like days, any day, all hours.
LIKE_WORTH, ANY_WORTH, ALL_WORTH = 12.0, 8.0, 4.0
LEVEL_WORTH = 8.0
#: Counts above so many standard deviations are cut off there, the dispersion taken as no more than that.
CUT = 2.5
CUT_DISPERSION = 0.1
#: While fewer quarters are known of that hour on like days, the quarter before is usual, too: a community's first
#: Monday may be twenty times its first Sunday.
CUT_FROM = 3.5
#: The same for negatives, their correlation taken as no more than this: one fire made everybody's mood seem fickle.
CUT_CORRELATION = 0.03
#: Dispersion before anything is known, and how many quarters of evidence that is worth.
PRIOR_DISPERSION, PRIOR_QUARTERS = 0.1, 40.0
LEAST_DISPERSION, MOST_DISPERSION = 0.01, 1.0
#: Added to the dispersion while an hour is borrowed from any day, and while even that is not known.
BORROWED, UNKNOWN = 0.1, 0.4
#: Share of negatives and reports per post before anything is known, and how many posts that is worth.
PRIOR_SHARE, PRIOR_REPORTS, PRIOR_POSTS = 0.1, 0.02, 50.0
#: Correlation of negatives within a window beyond chance (they come in threads), before and after it is known, and how
#: many posts it is worth: where a quarter has six posts, one fire would be most of what is known.
PRIOR_CORRELATION, LEAST_CORRELATION, MOST_CORRELATION, CORRELATION_POSTS = 0.03, 0.005, 0.2, 2000.0
#: Reports come in heaps: their dispersion before it is known, and its bounds.
PRIOR_REPORT_DISPERSION, LEAST_REPORT_DISPERSION, MOST_REPORT_DISPERSION = 0.5, 0.1, 4.0
#: A quarter with fewer posts says nothing about shares.
FILLED = 5
#: The first hour of the week that is not of a working day.
WEEKEND = 120
#: A quieter hour than this many posts per quarter is taken as this.
LEAST_USUAL = 0.5


@dataclass(slots=True)
class Sums:
    """Faded sums over the quarters that were learned; the names say of what. `before` is the last quarter's posts."""

    known: float = 0.0
    level_posts: float = 0.0
    level_profile: float = 0.0
    all_posts: float = 0.0
    all_quarters: float = 0.0
    excess: float = 0.0
    squares: float = 0.0
    posts: float = 0.0
    negative: float = 0.0
    reports: float = 0.0
    chi: float = 0.0
    filled: float = 0.0
    filled_posts: float = 0.0
    report_excess: float = 0.0
    report_squares: float = 0.0
    before: float = 0.0


class Season:
    """Learns in the order of time; asked by hour of the week."""

    def __init__(self) -> None:
        self.counts = array("f", bytes(4 * HOURS_PER_WEEK))
        self.weights = array("f", bytes(4 * HOURS_PER_WEEK))
        self.sums = Sums()
        self._profiles: dict[int, float] = {}
        self._dates: dict[int, float] = {}

    @property
    def level(self) -> float:
        held = LEVEL_WORTH * self._overall()
        sums = self.sums
        return (sums.level_posts + held) / (sums.level_profile + held)

    def mean(self, first: int, second: int, weight: float) -> float:
        """Posts of a quarter hour between the middles of two hours of the week; `weight` (0..1) is the second's."""
        return self.level * (self.profile(first) * (1 - weight) + self.profile(second) * weight)

    def profile(self, hour: int) -> float:
        """Posts of a quarter of that hour of the week at level 1. Asked far more often than learned, so kept."""
        found = self._profiles.get(hour)
        if found is None:
            found = self._profiles[hour] = self._profile(hour)
        return found

    def stands_out(self, hour: int) -> float:
        """How many times as much that hour of the week has as the same hour of most days, beyond what its day has.

        On a Sunday on which more is said from morning to night, no hour is a date for it. Kept, as profiles are.
        """
        found = self._dates.get(hour)
        if found is None:
            first = hour - hour % 24
            day = median(self._of_most(each) for each in range(first, first + 24))
            found = self._dates[hour] = self._of_most(hour) / day
        return found

    def _of_most(self, hour: int) -> float:
        """How many times the median of the same hour of all days."""
        return self.profile(hour) / median(self.profile(each) for each in range(hour % 24, HOURS_PER_WEEK, 24))

    def known_hour(self, hour: int) -> float:
        """How many quarters are known of this hour of any day."""
        return sum(self.weights[hour % 24 :: 24])

    def known_alike(self, hour: int) -> float:
        """How many quarters are known of this hour on like days: working days, or the weekend."""
        hours = slice(WEEKEND + hour % 24, None, 24) if hour >= WEEKEND else slice(hour % 24, WEEKEND, 24)
        return sum(self.weights[hours])

    def uncertainty(self, hour: int) -> float:
        """What has to be added to the dispersion because the hour is borrowed."""
        own = BORROWED * LIKE_WORTH / (self.weights[hour] + LIKE_WORTH)
        return own + UNKNOWN * ALL_WORTH / (self.known_hour(hour) + ALL_WORTH)

    @property
    def dispersion(self) -> float:
        sums = self.sums
        if sums.squares <= 0:
            return PRIOR_DISPERSION
        prior = PRIOR_QUARTERS * sums.squares / max(1.0, sums.all_quarters)
        found = (sums.excess + PRIOR_DISPERSION * prior) / (sums.squares + prior)
        return min(MOST_DISPERSION, max(LEAST_DISPERSION, found))

    @property
    def share(self) -> float:
        return (self.sums.negative + PRIOR_SHARE * PRIOR_POSTS) / (self.sums.posts + PRIOR_POSTS)

    @property
    def correlation(self) -> float:
        sums = self.sums
        held = CORRELATION_POSTS * PRIOR_CORRELATION
        found = (sums.chi - sums.filled + held) / (sums.filled_posts - sums.filled + CORRELATION_POSTS)
        return min(MOST_CORRELATION, max(LEAST_CORRELATION, found))

    @property
    def reports_per_post(self) -> float:
        return (self.sums.reports + PRIOR_REPORTS * PRIOR_POSTS) / (self.sums.posts + PRIOR_POSTS)

    @property
    def report_dispersion(self) -> float:
        sums = self.sums
        prior = max(0.1, PRIOR_QUARTERS * sums.report_squares / max(1.0, sums.all_quarters))
        found = (sums.report_excess + PRIOR_REPORT_DISPERSION * prior) / (sums.report_squares + prior)
        return min(MOST_REPORT_DISPERSION, max(LEAST_REPORT_DISPERSION, found))

    def learn(self, quarter: Quarter, hours: tuple[int, int, float], hour: int) -> float:
        """Takes a quarter in; `hour` is its hour of the week, `hours` those around its middle. Gives what was usual."""
        sums = self.sums
        profile = self.profile(hours[0]) * (1 - hours[2]) + self.profile(hours[1]) * hours[2]
        level = self.level
        usual = max(LEAST_USUAL, level * profile) if sums.known else float(max(quarter.posts, LEAST_USUAL))
        posts = float(quarter.posts)
        if sums.known >= 8:
            near = usual if self.known_alike(hour) >= CUT_FROM else max(usual, sums.before)
            posts = min(posts, near + CUT * sqrt(near + min(CUT_DISPERSION, self.dispersion) * near**2) + 1)
            self._learn_spread(posts, quarter, near)
        self._profiles.clear()
        self._dates.clear()
        detrended = posts / sqrt(level)
        self.counts[hour] = self.counts[hour] * HOUR_FADING + detrended
        self.weights[hour] = self.weights[hour] * HOUR_FADING + 1
        sums.level_posts = sums.level_posts * LEVEL_FADING + posts
        sums.level_profile = sums.level_profile * LEVEL_FADING + (profile if sums.known else posts)
        sums.all_posts = sums.all_posts * FADING + posts
        sums.all_quarters = sums.all_quarters * FADING + 1
        self._learn_shares(quarter)
        sums.before = posts
        sums.known += 1
        return usual

    def _learn_spread(self, posts: float, quarter: Quarter, usual: float) -> None:
        sums = self.sums
        sums.excess = sums.excess * FADING + (posts - usual) ** 2 - usual
        sums.squares = sums.squares * FADING + usual**2
        reports = self.reports_per_post * usual
        found = min(float(quarter.reports), reports + 5 * sqrt(reports + reports**2) + 3)
        sums.report_excess = sums.report_excess * FADING + (found - reports) ** 2 - reports
        sums.report_squares = sums.report_squares * FADING + reports**2

    def _learn_shares(self, quarter: Quarter) -> None:
        sums, share = self.sums, self.share
        negative = float(min(quarter.negative, quarter.posts))
        if sums.known >= 8:
            clumped = 1 + max(0, quarter.posts - 1) * min(CUT_CORRELATION, self.correlation)
            spread = sqrt(quarter.posts * share * (1 - share) * clumped)
            negative = min(negative, quarter.posts * share + CUT * spread)
        if quarter.posts >= FILLED:
            chi = (negative - quarter.posts * share) ** 2 / (quarter.posts * share * (1 - share))
            sums.chi = sums.chi * FADING + chi
            sums.filled = sums.filled * FADING + 1
            sums.filled_posts = sums.filled_posts * FADING + quarter.posts
        sums.posts = sums.posts * FADING + quarter.posts
        sums.negative = sums.negative * FADING + negative
        sums.reports = sums.reports * FADING + quarter.reports

    def _profile(self, hour: int) -> float:
        counts, weights = self.counts, self.weights
        of_day = hour % 24
        any_count = any_weight = like_count = like_weight = 0.0
        weekend = hour >= WEEKEND
        for each in range(of_day, HOURS_PER_WEEK, 24):
            any_count += counts[each]
            any_weight += weights[each]
            if (each >= WEEKEND) is weekend:
                like_count += counts[each]
                like_weight += weights[each]
        mean = (any_count + ALL_WORTH * self._overall()) / (any_weight + ALL_WORTH)
        mean = (like_count + ANY_WORTH * mean) / (like_weight + ANY_WORTH)
        return (counts[hour] + LIKE_WORTH * mean) / (weights[hour] + LIKE_WORTH)

    def _overall(self) -> float:
        return (self.sums.all_posts + LEAST_USUAL) / (self.sums.all_quarters + 1)
