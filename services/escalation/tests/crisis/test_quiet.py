"""Weeks in which nothing happens: how often the detectors cry wolf."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from feuerwache.escalation.crisis.baseline import Baseline
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.negativity import negativity
from feuerwache.escalation.crisis.volume import volume
from feuerwache.escalation.crisis.week import Calendar, quarter_of
from support.pulses import BERLIN, EVENING

WEEKS = 20
NEGATIVE = 0.06


def minutes_of_a_week(random: Random) -> list[tuple[int, int]]:
    """(posts, negative) per minute: a daily curve, a mood per day, gusts per quarter hour, Poisson on top."""
    result = []
    mood = gust = 1.0
    for minute in range(7 * 24 * 60):
        if minute % 1440 == 0:
            mood = random.gauss(1.0, 0.08)
        if minute % 15 == 0:
            gust = random.gammavariate(20.0, 1 / 20.0)
        hour = minute // 60 % 24
        rate = (0.4 + 2.6 * max(0.0, 1 - abs(hour - 19) / 12)) * mood * gust
        posts, passed = 0, random.expovariate(rate)
        while passed < 1:
            posts += 1
            passed += random.expovariate(rate)
        result.append((posts, sum(random.random() < NEGATIVE for _ in range(posts))))
    return result


def quarters(week: list[tuple[int, int]], first: int) -> list[Quarter]:
    return [
        Quarter(first + place, sum(p for p, _ in week[15 * place :][:15]), sum(n for _, n in week[15 * place :][:15]))
        for place in range(672)
    ]


def test_twenty_quiet_weeks_cost_less_than_they_may() -> None:
    """At 0.05 per week, detector and community, one is expected of each; four of one would be one chance in fifty."""
    random, sensitivity = Random(20261114), Sensitivity(0.05)
    start = quarter_of(EVENING) // 672 * 672
    history = [each for back in range(4, 0, -1) for each in quarters(minutes_of_a_week(random), start - back * 672)]
    baseline = Baseline(history, Calendar(BERLIN))
    episodes = {"volume": 0, "negativity": 0}
    for _ in range(WEEKS):
        last = dict.fromkeys(episodes, -1000)
        week = minutes_of_a_week(random)
        begin = EVENING - timedelta(seconds=EVENING.timestamp() % (7 * 86400))
        for minute in range(15, len(week)):
            window = week[minute - 14 : minute + 1]
            posts, negative = sum(p for p, _ in window), sum(n for _, n in window)
            if posts < sensitivity.least_posts and negative < sensitivity.least_negative:
                continue
            usual = baseline.usual(begin + timedelta(minutes=minute - 6.5))
            for name, finding in (
                ("volume", volume(posts, usual, sensitivity)),
                ("negativity", negativity(posts, negative, usual, sensitivity)),
            ):
                if finding.alarming:
                    episodes[name] += minute - last[name] > 30
                    last[name] = minute
    assert episodes["volume"] <= 3
    assert episodes["negativity"] <= 3
