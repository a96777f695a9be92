"""How much is written when: the ordinary rate by hour and weekday, and four ordinary weeks of it as counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
BUCKET = timedelta(minutes=15)

#: Posts per minute on a weekday at the busiest hour, by community.
BUSIEST = {"morgenrot-facebook": 10.0, "morgenrot-forum": 5.0}
#: Share of the busiest hour, local time, from midnight on.
BY_HOUR = (
    *(0.18, 0.10, 0.06, 0.04, 0.04, 0.08, 0.22, 0.45, 0.55, 0.55, 0.55, 0.60),
    *(0.68, 0.62, 0.55, 0.55, 0.60, 0.70, 0.82, 0.95, 1.00, 0.95, 0.70, 0.40),
)
#: Monday to Sunday.
BY_WEEKDAY = (0.90, 0.88, 0.90, 0.94, 1.00, 1.08, 1.12)
#: Share of ordinary posts that complain or grumble.
USUALLY_NEGATIVE = 0.04


@dataclass(frozen=True, slots=True)
class Count:
    """Posts of one community in the 15 minutes from `start` (UTC), and how many of them were negative."""

    community: str
    start: datetime
    posts: int
    negative: int


def ordinary_rate(community: str, at: datetime) -> float:
    """Posts per minute that are usual in this community at this instant, interpolated between the hours."""
    local = at.astimezone(BERLIN)
    share = local.minute / 60
    level = BY_HOUR[local.hour] * (1 - share) + BY_HOUR[(local.hour + 1) % 24] * share
    return BUSIEST[community] * level * BY_WEEKDAY[local.weekday()]


def ordinary_weeks(until: datetime, weeks: int = 4, seed: int = 20261114) -> Iterator[Count]:
    """Counts of the weeks before `until`, in time order: rate times a day's mood, with more spread than Poisson's."""
    random = Random(seed)
    start = until.astimezone(UTC) - timedelta(weeks=weeks)
    moods: dict[tuple[str, object], float] = {}
    while start < until:
        for community in BUSIEST:
            mood = moods.setdefault((community, start.date()), random.gauss(1.0, 0.08))
            mean = max(0.05, ordinary_rate(community, start) * 15 * mood)
            posts = poisson(random.gammavariate(20.0, mean / 20.0), random)
            yield Count(community, start, posts, sum(random.random() < USUALLY_NEGATIVE for _ in range(posts)))
        start += BUCKET


def poisson(mean: float, random: Random) -> int:
    """A Poisson number: arrivals at unit rate counted until `mean` has passed (exact, slow for large means)."""
    count, passed = 0, random.expovariate(1.0)
    while passed < mean:
        count += 1
        passed += random.expovariate(1.0)
    return count
