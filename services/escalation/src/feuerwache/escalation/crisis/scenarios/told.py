"""A story told: the weeks before it as quarter hours, then beat by beat what the rules would have sent.

A beat is a pulse: a minute in ordinary times, a quarter of a minute from half an hour before the onset to an hour
after it, so that delays are measured finely. The same story is told the same way every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from math import exp
from random import Random

from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.scenarios.milieu import Milieu
from feuerwache.escalation.crisis.scenarios.noise import MINUTES_PER_WEEK, Gusts, poisson
from feuerwache.escalation.crisis.scenarios.story import LIVE_BEFORE, Story
from feuerwache.escalation.crisis.scenarios.talk import Talk, swung
from feuerwache.escalation.crisis.scenarios.wave import Character, Wave
from feuerwache.escalation.crisis.week import start_of_minute

LIVE_MINUTES = int(LIVE_BEFORE.total_seconds() // 60)
FINE_BEFORE, FINE_AFTER = 30, 60
FINE, COARSE = 0.25, 1.0
#: How long the mood of a community swings, in minutes.
MOOD_MINUTES = 90.0
#: A past fire: quarters it lasted, how many times the usual, share negative.
FIRE_QUARTERS, FIRE_FACTOR, FIRE_NEGATIVE = (4, 12), (3.0, 8.0), (0.4, 0.8)
#: A quarrel of the everyday: posts in all, minutes, share hostile, how often it is between two.
QUARREL_POSTS, QUARREL_MINUTES, QUARREL_HOSTILE, QUARREL_PAIR = (4, 14), (15, 60), (0.2, 0.4), 0.3
#: Spread of the logarithm of the minutes until the team answers.
ANSWER_SPREAD = 0.8


@dataclass(frozen=True, slots=True)
class Beat:
    """What came in until `at` (minutes since 1970, with fractions) since the beat before; often nothing at night."""

    at: float
    increments: tuple[Increment, ...]


def history(story: Story) -> list[Quarter]:
    """The weeks before the live talk begins, as `baseline import` would bring them."""
    random = Random(f"history/{story.name}/{story.seed}")
    milieu, gusts, mood = story.milieu, Gusts(random, story.milieu.restlessness, 15.0), _Mood(random, story.milieu, 15)
    end = (story.begins - LIVE_MINUTES) // 15
    start = end - story.history_weeks * 672
    fires = _fires(random, story, start, end)
    result = []
    for index in range(start, end):
        middle = index * 15 + 7.5
        factor, negative = fires.get(index, (1.0, 0.0))
        mean = milieu.rate(middle) * 15 * gusts.next()
        more = mean * (factor - 1) + 15 * sum(wave.rate(middle) for wave in _repeated(story, middle))
        ordinary, added = poisson(random, mean), poisson(random, more)
        share = mood.next()
        angry = _among(random, ordinary, share) + _among(random, added, negative or _negative_of(story))
        result.append(Quarter(index, ordinary + added, angry))
    return result


def beats(story: Story) -> Iterator[Beat]:
    """From a day before the story begins to its end."""
    random = Random(f"told/{story.name}/{story.seed}")
    gusts = Gusts(random, story.milieu.restlessness, 1.0)
    mood, talk, team = _Mood(random, story.milieu, 1), Talk(random, story.milieu), _Team(random, story)
    quarrels: list[Wave] = []
    for minute in range(story.begins - LIVE_MINUTES, story.ends):
        factor, share = gusts.next(), mood.next()
        usual = story.milieu.rate(minute) * factor
        quarrels = [each for each in quarrels if minute < each.full + each.hold + 3 * each.half_life]
        if random.random() < usual * story.milieu.quarrels / 300:
            quarrels.append(_quarrel(random, minute, story.milieu))
        fine = story.onset is not None and -FINE_BEFORE <= minute - story.onset <= FINE_AFTER
        step = FINE if fine else COARSE
        if story.silent and story.onset is not None and minute >= story.onset:
            talk.silent = {story.silent}
        everyday = Character(
            negative=share,
            newcomers=story.milieu.newcomers,
            reports_per_post=story.milieu.reports_per_post,
        )
        for place in range(round(1 / step)):
            begin = minute + place * step
            waves = [*quarrels, *story.waves, *_repeated(story, begin)]
            posts = [(poisson(random, usual * step), everyday)]
            posts += [
                (poisson(random, each.rate(begin) * step), each.character) for each in waves if each.counts == "posts"
            ]
            reports = [
                (poisson(random, each.rate(begin) * step), each.character) for each in waves if each.counts == "reports"
            ]
            end = begin + step
            increment = talk.said(minute, posts, reports, partial(team.asked, end), team.due(end))
            yield Beat(end, () if increment is None else (increment,))


class _Mood:
    """The share of negatives as it swings."""

    def __init__(self, random: Random, milieu: Milieu, minutes: float) -> None:
        self._random, self._share, self._sd = random, milieu.negative, milieu.mood
        self._keeps = exp(-minutes / MOOD_MINUTES)
        self._value = random.gauss(0, milieu.mood)

    def next(self) -> float:
        adds = self._sd * (1 - self._keeps**2) ** 0.5
        self._value = self._value * self._keeps + self._random.gauss(0, adds)
        return swung(self._share, self._value)


class _Team:
    """Answers complaints, in its hours, not all of them; from the onset on none where the story says so."""

    def __init__(self, random: Random, story: Story) -> None:
        self._random, self._story = random, story
        self._due: list[tuple[float, str]] = []

    def asked(self, now: float, thread: str) -> None:
        milieu = self._story.milieu
        if self._random.random() > milieu.answered:
            return
        when = now + milieu.answer_minutes * exp(self._random.gauss(0, ANSWER_SPREAD))
        opens, closes = milieu.team_hours
        while not opens <= start_of_minute(int(when)).astimezone(milieu.calendar.zone).hour < closes:
            when += 15 + 30 * self._random.random()
        heappush(self._due, (when, thread))

    def due(self, now: float) -> list[str]:
        answered = []
        while self._due and self._due[0][0] <= now:
            when, thread = heappop(self._due)
            if not (self._story.unanswered and self._story.onset is not None and when >= self._story.onset):
                answered.append(thread)
        return answered


def _quarrel(random: Random, minute: float, milieu: Milieu) -> Wave:
    posts, minutes = random.uniform(*QUARREL_POSTS), random.uniform(*QUARREL_MINUTES)
    name = f"{random.getrandbits(32):08x}"
    character = Character(
        negative=random.uniform(*QUARREL_HOSTILE),
        insult=0.9,
        hate=0.05,
        newcomers=milieu.newcomers,
        thread=f"q{name}",
        thread_share=1.0,
        pair=name if random.random() < QUARREL_PAIR else "",
    )
    return Wave(minute + 2, posts / minutes, 2.0, minutes, 5.0, character)


def _repeated(story: Story, minute: float) -> tuple[Wave, ...]:
    """Where the waves belong to every week: those of the weeks before, moved there in UTC as the story's weeks are.

    `story.waves` themselves are not among them.
    """
    if not story.weekly or not story.waves or minute >= story.waves[0].begins:
        return ()
    weeks = -int((minute - story.waves[0].begins) // MINUTES_PER_WEEK)
    return tuple(
        Wave(
            each.onset - weeks * MINUTES_PER_WEEK,
            each.peak * (0.8 + 0.4 * ((story.seed * 7 + weeks * 3) % 10) / 10),
            each.ramp,
            each.hold,
            each.half_life,
            each.character,
        )
        for each in story.waves
    )


def _fires(random: Random, story: Story, start: int, end: int) -> dict[int, tuple[float, float]]:
    """quarter → how many times the usual, share negative."""
    fires: dict[int, tuple[float, float]] = {}
    for _ in range(story.past_fires if end - start > 200 else 0):
        first, lasts = random.randrange(start, end - 20), random.randint(*FIRE_QUARTERS)
        factor, negative = random.uniform(*FIRE_FACTOR), random.uniform(*FIRE_NEGATIVE)
        fires |= {first + place: (factor, negative) for place in range(lasts)}
    return fires


def _negative_of(story: Story) -> float:
    return story.waves[0].character.negative if story.weekly and story.waves else story.milieu.negative


def _among(random: Random, count: int, share: float) -> int:
    """Binomial; above 200 its normal approximation."""
    if count > 200:
        deviation = (count * share * (1 - share)) ** 0.5
        return min(count, max(0, round(random.gauss(count * share, deviation))))
    return sum(random.random() < share for _ in range(count))
