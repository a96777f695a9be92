"""The busy evenings and ordinary weeks in which nobody is to be woken, and what is wanted of them, fixed beforehand.

- A **football evening** that nobody announced, three to ten times the usual: one volume alarm, high at most, is right
  (nobody told the house); a surging word may be told low. Anything else, above all about the mood, is a false alarm.
- **Prize draw** and **launch day** are announced, with the campaign's own factor rounded up: no alarm at all.
- The **Sunday crime drama** comes every week, so its evening is usual: no alarm at all.
- **Ordinary weeks** strayed as the tweet series do: no alarm at all. The *restless* week has the spikes of the series
  uncut, up to twenty times; it is reported and not part of the goal, as nobody could tell its spikes from small events.
- The **first days** of a community about which nothing is known: no alarm at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import ceil
from random import Random

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.scenarios.milieu import Range, spread
from feuerwache.escalation.crisis.scenarios.noise import CALM, MOST_SPIKE, RESTLESS
from feuerwache.escalation.crisis.scenarios.storms import Storm, burning
from feuerwache.escalation.crisis.scenarios.story import Scenario, Story, at, week, weekend
from feuerwache.escalation.crisis.scenarios.wave import Character, Wave
from feuerwache.escalation.crisis.week import start_of_minute

FACTOR: Range = (3, 10)
#: A crowd of people that is merely there is no less friendly than usual.
NO_WORSE: Range = (0.4, 1.0)
KICK_OFFS = ((0, 20.5), (1, 15.5), (1, 18.5), (2, 15.5), (2, 17.5))
GOALS = (0, 5)
UNANNOUNCED: Mapping[CrisisKind, Severity] = {
    CrisisKind.VOLUME_BURST: Severity.HIGH,
    CrisisKind.TOPIC_SURGE: Severity.LOW,
}
ANNOUNCED_BEFORE, ANNOUNCED_AFTER = timedelta(hours=1), timedelta(hours=12)


def _crowd(random: Random, story: Story, onset: float, character: Character, *, ramp: Range, hold: Range) -> Wave:
    factor = spread(random, FACTOR)
    peak = (factor - 1) * story.milieu.rate(onset + 30)
    return Wave(onset, peak, spread(random, ramp), random.uniform(*hold), random.uniform(15, 40), character)


def _friendly(random: Random, story: Story, terms: tuple[str, ...], **more: float | int | str) -> Character:
    base = Character(
        negative=story.milieu.negative * random.uniform(*NO_WORSE),
        insult=0.2,
        praise=0.3,
        newcomers=random.uniform(0.05, 0.3),
        reports_per_post=story.milieu.reports_per_post,
        terms=terms,
        term_share=random.uniform(0.2, 0.6),
    )
    return replace(base, **more)  # type: ignore[arg-type]  # fields of `Character`, named by the callers below


def _football(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    onset = at(story, *random.choice(KICK_OFFS)) - random.uniform(0, 15)
    match = _crowd(
        random, story, onset, _friendly(random, story, ("Tor", "Spiel", "Schiri")), ramp=(3, 20), hold=(95, 130)
    )
    goals = [
        Wave(onset + random.uniform(15, 100), match.peak * random.uniform(0.3, 1.0), 1.0, 3.0, 3.0, match.character)
        for _ in range(random.randint(*GOALS))
    ]
    return replace(story, waves=(match, *goals), since=match.begins, tolerated=UNANNOUNCED, goal_minutes=None)


def _prize_draw(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    entries = _friendly(
        random,
        story,
        ("Gewinnspiel", "Daumen", "Glück"),
        newcomers=random.uniform(0.2, 0.6),
        thread="draw",
        thread_share=random.uniform(0.7, 1.0),
        cluster="0000d2a3",
        copied=random.uniform(0.1, 0.4),
    )
    onset = at(story, random.choice((1, 2)), random.uniform(10, 20))
    wave = _crowd(random, story, onset, entries, ramp=(5, 30), hold=(120, 360))
    return replace(_announced(story, wave), waves=(wave,), since=wave.begins, goal_minutes=None)


def _launch_day(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    wave = _launch(random, story)
    return replace(_announced(story, wave), waves=(wave,), since=wave.begins, goal_minutes=None)


def _launch_gone_wrong(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    wave = _launch(random, story)
    story = replace(_announced(story, wave), waves=(wave,))
    storm = GONE_WRONG.wave(random, story)
    later = replace(storm, onset=wave.onset + random.uniform(60, 150))
    gone = burning(replace(story, waves=()), later)
    return replace(gone, waves=(later, wave))


def _launch(random: Random, story: Story) -> Wave:
    onset = at(story, 1, random.choice((9, 10, 12, 14, 18)))
    talk = _friendly(random, story, ("Neuheit", "Premiere"), newcomers=random.uniform(0.1, 0.4))
    return _crowd(random, story, onset, talk, ramp=(3, 30), hold=(120, 480))


GONE_WRONG = Storm(
    "launch_gone_wrong",
    "An announced launch day, one to two hours into which the thing turns out to be broken.",
    ramp=(5, 30),
    factor=(6, 20),
    least=(8, 40),
    negative=(0.6, 0.9),
    terms=("defekt", "kaputt", "Rückgabe"),
)


def _announced(story: Story, wave: Wave) -> Story:
    """Told beforehand by a person, for all kinds, with the factor the house expects: the campaign's, rounded up."""
    factor = 1 + ceil(wave.peak / story.milieu.rate(wave.onset + 30) - 1e-9)
    opens = start_of_minute(int(wave.onset))
    bar = BarRaised(
        bar_id=f"{story.name}-{story.seed}",
        community=story.milieu.name,
        start=opens - ANNOUNCED_BEFORE,
        until=opens + ANNOUNCED_AFTER,
        factor=float(factor),
        cause="mute",
        actor=Actor(person_id="manager", via=Via.LOGIN),
    )
    return replace(story, bars=(bar,))


def _crime_drama(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    onset = at(story, 2, 20.25) + random.uniform(-10, 5)
    talk = _friendly(random, story, ("Tatort", "Kommissar", "Mörder"))
    wave = Wave(
        onset,
        (spread(random, (2, 6)) - 1) * story.milieu.rate(onset + 30),
        spread(random, (5, 20)),
        random.uniform(80, 95),
        random.uniform(15, 40),
        talk,
    )
    return replace(story, waves=(wave,), since=wave.begins, weekly=True, goal_minutes=None)


def _quiet(random: Random, name: str, seed: int) -> Story:
    return replace(week(random, name, seed), goal_minutes=None)


def _restless(random: Random, name: str, seed: int) -> Story:
    uncut = replace(CALM.towards(RESTLESS, random.random()), most_spike=MOST_SPIKE, spike_tail=random.uniform(1.0, 1.4))
    return replace(week(random, name, seed, uncut), goal_minutes=None)


def _first_days(random: Random, name: str, seed: int) -> Story:
    return replace(week(random, name, seed), history_weeks=0, past_fires=0, goal_minutes=None)


CALM_ONES = (
    Scenario("football_evening", "A match that nobody announced: 3 to 10 times the usual, friendly.", _football),
    Scenario(
        "prize_draw", "An announced prize draw: everybody writes nearly the same below one post.", _prize_draw, True
    ),
    Scenario("launch_day", "An announced launch: curious people, one word in many posts.", _launch_day),
    Scenario("crime_drama", "Sunday, 20:15, every week.", _crime_drama),
    Scenario("quiet_week", "An ordinary week, Monday to Sunday.", _quiet),
    Scenario("restless_week", "An ordinary week with the spikes of the tweet series uncut.", _restless, is_goal=False),
    Scenario("first_days", "The first week of a community without any history.", _first_days),
)
LAUNCH_GONE_WRONG = Scenario(GONE_WRONG.name, GONE_WRONG.about, _launch_gone_wrong)
