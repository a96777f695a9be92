"""A community as the generator imagines it: how big, when it talks, in what mood, on which platforms, who answers.

Drawn from a seed within `Ranges`; nothing here is taken from a real community but the restlessness (`noise.py`).
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log
from random import Random
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.escalation.crisis.scenarios.noise import CALM, RESTLESS, Restlessness
from feuerwache.escalation.crisis.week import HOURS_PER_WEEK, Calendar, start_of_minute

Range = tuple[float, float]
REGIONS = ("DE", "DE-BY", "DE-NW", "DE-BE", "DE-SN", "AT", "CH")
#: Content words of the everyday, most frequent first (Zipf): made up, so that no text of anybody is needed.
WORDS = tuple(
    first + second
    for first in (
        "Kaffee",
        "Tasse",
        "Bohne",
        "Filter",
        "Morgen",
        "Garten",
        "Lampe",
        "Tisch",
        "Reise",
        "Koffer",
        "Schuh",
    )
    for second in (
        "",
        "tipp",
        "frage",
        "laden",
        "farbe",
        "test",
        "probe",
        "liebe",
        "zeit",
        "preis",
        "teil",
        "plan",
        "bild",
    )
)
#: Share of posts of the everyday that name each word, if every post names three.
_CUMULATIVE = [sum(1 / (place + 2) for place in range(last + 1)) for last in range(len(WORDS))]


@dataclass(frozen=True, slots=True)
class Ranges:
    """What is drawn evenly, `posts_per_day` evenly in its logarithm."""

    posts_per_day: Range = (30, 20_000)
    negative: Range = (0.03, 0.18)
    #: Standard deviation of the share's logit over hours: moods swing.
    mood: Range = (0.1, 0.4)
    newcomers: Range = (0.02, 0.10)
    reports_per_post: Range = (0.002, 0.015)
    #: Quarrels per 300 posts: threads in which some posts are hostile, so that negatives come in clumps.
    quarrels: Range = (0.5, 1.5)
    growth_per_week: Range = (-0.03, 0.05)
    #: Share of complaints that the team answers, and the median minutes until it does, in its hours.
    answered: Range = (0.6, 0.95)
    answer_minutes: Range = (10, 60)


@dataclass(slots=True)
class Milieu:
    """One community. Rates are posts per minute; shares 0..1; times minutes since 1970."""

    name: str
    calendar: Calendar
    region: str
    posts_per_day: float
    curve: tuple[float, ...]
    grows_from: float
    growth_per_week: float
    restlessness: Restlessness
    negative: float
    mood: float
    newcomers: float
    reports_per_post: float
    quarrels: float
    integrations: dict[str, float]
    answered: float
    answer_minutes: float
    team_hours: tuple[int, int]
    people: int
    _rates: dict[int, float] = field(default_factory=dict)

    def rate(self, minute: float) -> float:
        """Posts per minute that are usual then, by hour of the week (holidays as Sundays) and growth."""
        quarter = int(minute // 15)
        if quarter not in self._rates:
            first, second, weight = self.calendar.between_hours(start_of_minute(quarter * 15 + 7))
            curve = self.curve[first] * (1 - weight) + self.curve[second] * weight
            weeks = (minute - self.grows_from) / (7 * 24 * 60)
            self._rates[quarter] = self.posts_per_day / 1440 * curve * (1 + self.growth_per_week) ** weeks
        return self._rates[quarter]


def drawn(random: Random, ranges: Ranges, from_minute: float, restlessness: Restlessness | None = None) -> Milieu:
    region = random.choice(REGIONS)
    size = spread(random, ranges.posts_per_day)
    works = random.random() < 0.15
    return Milieu(
        name="written",
        calendar=Calendar(ZoneInfo("Europe/Berlin"), holidays_of(region)),
        region=region,
        posts_per_day=size,
        curve=_working_hours(random) if works else _evenings(random),
        grows_from=from_minute,
        growth_per_week=random.uniform(*ranges.growth_per_week),
        restlessness=restlessness or CALM.towards(RESTLESS, random.random()),
        negative=random.uniform(*ranges.negative),
        mood=random.uniform(*ranges.mood),
        newcomers=random.uniform(*ranges.newcomers),
        reports_per_post=random.uniform(*ranges.reports_per_post),
        quarrels=random.uniform(*ranges.quarrels),
        integrations=_integrations(random),
        answered=random.uniform(*ranges.answered),
        answer_minutes=random.uniform(*ranges.answer_minutes),
        team_hours=(random.choice((7, 8, 9)), random.choice((18, 20, 22))),
        people=max(10, int(size * random.uniform(0.3, 1.2))),
    )


def spread(random: Random, between: Range) -> float:
    """Evenly in the logarithm."""
    low, high = between
    return exp(random.uniform(log(low), log(high)))


def everyday_words(random: Random, count: int) -> list[str]:
    total = _CUMULATIVE[-1]
    return [WORDS[bisect(_CUMULATIVE, random.random() * total)] for _ in range(count)]


def _integrations(random: Random) -> dict[str, float]:
    names = ("facebook", "forum", "instagram")[: random.randint(1, 3)]
    weights = [random.uniform(0.3, 1.0) for _ in names]
    return {name: weight / sum(weights) for name, weight in zip(names, weights, strict=True)}


def _evenings(random: Random) -> tuple[float, ...]:
    peak, width, noon = random.uniform(18.5, 21.5), random.uniform(3.0, 4.5), random.uniform(0.3, 0.7)
    floor, weekend = random.uniform(0.04, 0.15), random.uniform(0.8, 1.4)
    day = [floor + _bump(hour, peak, width) + noon * _bump(hour, 12.5, 2.5) for hour in range(24)]
    return _level([each * (weekend if of_week >= 5 else 1.0) for of_week in range(7) for each in day])


def _working_hours(random: Random) -> tuple[float, ...]:
    floor, weekend = random.uniform(0.02, 0.06), random.uniform(0.05, 0.2)
    day = [floor + _bump(hour, 10.5, 1.8) + 0.8 * _bump(hour, 14.5, 1.8) for hour in range(24)]
    return _level([each * (weekend if of_week >= 5 else 1.0) for of_week in range(7) for each in day])


def _bump(hour: int, peak: float, width: float) -> float:
    """Around the clock: what peaks at 21 o'clock is still felt at one."""
    away = min((hour + 0.5 - peak) % 24, (peak - hour - 0.5) % 24)
    return exp(-((away / width) ** 2) / 2)


def _level(curve: Sequence[float]) -> tuple[float, ...]:
    mean = sum(curve) / HOURS_PER_WEEK
    return tuple(each / mean for each in curve)
