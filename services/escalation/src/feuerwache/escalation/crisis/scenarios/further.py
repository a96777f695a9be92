"""One scenario at least for each further detector: what is small in numbers, and still wants somebody.

A delay of three minutes is asked of the report flood. The others are slower by nature (a thread of a post a minute, an
integration that may be pausing, complaints that wait): their delays are reported, and a deadline bounds them.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.scenarios.milieu import Range, Ranges, spread
from feuerwache.escalation.crisis.scenarios.story import Scenario, Story, at, weekend
from feuerwache.escalation.crisis.scenarios.wave import Character, Wave

DAYTIME: Range = (9, 21.5)
#: Sizes in which there is something to be silent, or a usual talk to surge from.
BUSY = Ranges(posts_per_day=(1_000, 20_000))
MIDDLING = Ranges(posts_per_day=(200, 20_000))


def _onset(random: Random, story: Story) -> float:
    return at(story, random.choice((1, 2)), random.uniform(*DAYTIME)) + random.random()


def _told(story: Story, wave: Wave, kind: CrisisKind, *also_true: CrisisKind, goal: float | None = None) -> Story:
    return replace(
        story.with_waves(wave),
        expected=frozenset({kind}),
        tolerated=dict.fromkeys(also_true, Severity.CRITICAL),
        goal_minutes=goal,
    )


def _thread_on_fire(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed, MIDDLING)
    insults = Character(
        negative=random.uniform(0.5, 0.8),
        insult=random.uniform(0.5, 0.8),
        hate=random.uniform(0.0, 0.2),
        complaint=0.1,
        newcomers=random.uniform(0.05, 0.3),
        reports_per_post=random.uniform(0.0, 0.03),
        thread="fire",
        thread_share=1.0,
    )
    wave = Wave(
        _onset(random, story), spread(random, (0.7, 4)), spread(random, (5, 20)), random.uniform(60, 180), 30, insults
    )
    told = _told(story, wave, CrisisKind.THREAD_ON_FIRE, CrisisKind.VOLUME_BURST, CrisisKind.REPORT_FLOOD)
    return replace(told, expected=told.expected | {CrisisKind.NEGATIVITY_BURST})


def _report_flood(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    reporting = Character(reporters=random.randint(15, 150), cluster="f100d")
    wave = Wave(
        _onset(random, story),
        spread(random, (3, 20)),
        spread(random, (1, 8)),
        random.uniform(30, 90),
        20,
        reporting,
        counts="reports",
    )
    return _told(story, wave, CrisisKind.REPORT_FLOOD, goal=3.0)


def _integration_silence(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed, BUSY)
    shares = story.milieu.integrations
    return replace(
        story,
        onset=_onset(random, story),
        since=None,
        silent=max(shares, key=lambda each: shares[each]),
        expected=frozenset({CrisisKind.SILENCE}),
        deadline_minutes=240.0,
        goal_minutes=None,
    )


def _topic_surge(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed, BUSY)
    onset = _onset(random, story)
    asking = Character(
        negative=random.uniform(0.1, 0.3),
        complaint=0.6,
        newcomers=random.uniform(0.05, 0.3),
        terms=("Rückruf", "Charge"),
        term_share=random.uniform(0.8, 1.0),
    )
    peak = max(1.0, random.uniform(0.2, 0.5) * story.milieu.rate(onset))
    wave = Wave(onset, peak, spread(random, (5, 30)), random.uniform(60, 180), 60, asking)
    return _told(story, wave, CrisisKind.TOPIC_SURGE, CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST)


def _coordinated(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed, MIDDLING)
    copying = Character(
        negative=random.uniform(0.0, 0.1),
        newcomers=random.uniform(0.8, 1.0),
        crowd=random.randint(12, 60),
        cluster="5ca1ab1e",
        copied=random.uniform(0.85, 1.0),
        terms=("Petition", "Wahrheit"),
        term_share=0.9,
    )
    wave = Wave(
        _onset(random, story), spread(random, (0.5, 3)), spread(random, (3, 20)), random.uniform(30, 120), 30, copying
    )
    return _told(story, wave, CrisisKind.COORDINATED_POSTING, CrisisKind.TOPIC_SURGE, CrisisKind.VOLUME_BURST)


def _feud(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed)
    blows = Character(
        negative=random.uniform(0.7, 1.0), insult=0.85, hate=0.1, thread="feud", thread_share=1.0, pair="fe0d1e55"
    )
    wave = Wave(
        _onset(random, story), spread(random, (0.3, 1.2)), spread(random, (2, 10)), random.uniform(40, 90), 20, blows
    )
    told = _told(story, wave, CrisisKind.FEUD, CrisisKind.THREAD_ON_FIRE, CrisisKind.NEGATIVITY_BURST)
    return replace(told, deadline_minutes=90.0)


def _unanswered(random: Random, name: str, seed: int) -> Story:
    story = weekend(random, name, seed, BUSY)
    onset = at(story, random.choice((1, 2)), random.uniform(9, 15)) + random.random()
    complaining = Character(negative=0.95, insult=0.05, hate=0.0, complaint=0.9, newcomers=0.2)
    wave = Wave(onset, max(0.1, 0.05 * story.milieu.rate(onset)), 30.0, 480.0, 120, complaining)
    told = _told(story, wave, CrisisKind.COMPLAINTS_PILING_UP, CrisisKind.NEGATIVITY_BURST)
    return replace(told, unanswered=True, deadline_minutes=480.0)


FURTHER = (
    Scenario("thread_on_fire", "One thread in which more and more answers are hostile.", _thread_on_fire),
    Scenario("report_flood", "A dozen to 150 people report what others write.", _report_flood),
    Scenario("integration_silence", "The largest integration stops delivering.", _integration_silence),
    Scenario("topic_surge", "One word in every fifth post, and hardly more posts than usual.", _topic_surge),
    Scenario("coordinated_copies", "The same friendly text by many, mostly new, accounts.", _coordinated),
    Scenario("feud", "Two people, dozens of hostile answers.", _feud),
    Scenario("unanswered", "The team answers nobody any more, and there is a little more to complain of.", _unanswered),
)
