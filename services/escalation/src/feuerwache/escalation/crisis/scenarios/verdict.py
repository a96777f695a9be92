"""What the alarms of one story are worth, and what many stories say of a detector. Pure arithmetic.

An alarm either catches the story, or is true as well (tolerated), or is false (see `story.py`). An episode that speaks
several times counts once, by its kind, what it is about and its onset; its gravest word decides. A story that is missed
has an infinite delay, so that a median over many stories does not hide misses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, inf
from statistics import median

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.scenarios.noise import MINUTES_PER_WEEK
from feuerwache.escalation.crisis.scenarios.story import Story

GRAVITY = tuple(Severity)
#: The goals of issue 4, for each scenario.
MOST_MISSED, MOST_FALSE_PER_WEEK = 0.02, 0.2


@dataclass(frozen=True, slots=True)
class Heard:
    """An alarm as the judge hears it: `at` is when its pulse came, `onset` what the detector believes (minutes)."""

    at: float
    kind: CrisisKind
    about: str
    onset: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """One story. `minutes` were judged.

    `tenth`: minutes from the onset until ten negative posts of its wave are to be expected, None where it has none.
    `delay`: minutes from the onset to the alarm that caught it, None if it was missed or there is nothing to catch.
    """

    scenario: str
    seed: int
    minutes: float
    to_catch: bool
    tenth: float | None
    delay: float | None
    caught_by: CrisisKind | None
    false: tuple[Heard, ...]
    tolerated: tuple[Heard, ...]

    @property
    def missed(self) -> bool:
        return self.to_catch and self.delay is None


def judged(story: Story, heard: Sequence[Heard], until: float) -> Verdict:
    """`until`: the minute up to which the story was told. What came before it begins does not count."""
    counted = [each for each in heard if each.at > story.begins]
    catching = [each for each in counted if _catches(story, each)]
    first = min(catching, key=lambda each: each.at, default=None)
    others: dict[tuple[CrisisKind, str, int], Heard] = {}
    for each in counted:
        if each not in catching:
            key = (each.kind, each.about, each.onset)
            gravest = others.get(key, each)
            others[key] = max(gravest, each, key=lambda one: GRAVITY.index(one.severity))
    true = tuple(each for each in others.values() if _tolerated(story, each))
    return Verdict(
        scenario=story.name,
        seed=story.seed,
        minutes=until - story.begins,
        to_catch=story.onset is not None,
        tenth=_tenth(story),
        delay=None if first is None or story.onset is None else first.at - story.onset,
        caught_by=None if first is None else first.kind,
        false=tuple(each for each in others.values() if each not in true),
        tolerated=true,
    )


def _tenth(story: Story) -> float | None:
    """What no detector that waits for ten of them can beat; None where nothing negative is to be caught."""
    if story.onset is None or not story.waves:
        return None
    wave = story.waves[0]
    negative = wave.character.negative
    return wave.when(10 / negative) - story.onset if negative >= 0.3 and wave.counts == "posts" else None


def _catches(story: Story, heard: Heard) -> bool:
    if story.onset is None or heard.kind not in story.expected:
        return False
    since = story.onset if story.since is None else story.since
    return since <= heard.at <= story.onset + story.deadline_minutes


def _tolerated(story: Story, heard: Heard) -> bool:
    """What is true as well, and what tells late of what had to be caught."""
    since = story.onset if story.since is None else story.since
    if since is None or heard.at < since:
        return False
    if heard.kind in story.expected:
        return True
    most = story.tolerated.get(heard.kind)
    return most is not None and GRAVITY.index(heard.severity) <= GRAVITY.index(most)


@dataclass(frozen=True, slots=True)
class Row:
    """All stories of a scenario. Delays in minutes, infinite ones are misses; None where nothing is to be caught."""

    scenario: str
    seeds: int
    median_delay: float | None
    p90_delay: float | None
    median_tenth: float | None
    missed: float | None
    caught_by: dict[str, int]
    false: dict[str, int]
    false_per_week: float
    goal_minutes: float | None
    is_goal: bool

    @property
    def met(self) -> bool | None:
        """Whether the goals of issue 4 are met; None where none is set."""
        if self.missed is None:
            return self.false_per_week <= MOST_FALSE_PER_WEEK if self.is_goal else None
        if self.median_delay is None or self.goal_minutes is None:
            return self.missed <= MOST_MISSED
        return self.missed <= MOST_MISSED and self.median_delay <= self.goal_minutes


def row(scenario: str, verdicts: Sequence[Verdict], goal_minutes: float | None, is_goal: bool = True) -> Row:
    catching = [each for each in verdicts if each.to_catch]
    delays = sorted(inf if each.delay is None else each.delay for each in catching)
    tenths = [each.tenth for each in catching if each.tenth is not None]
    weeks = sum(each.minutes for each in verdicts) / MINUTES_PER_WEEK
    false = _by_kind(each.kind for verdict in verdicts for each in verdict.false)
    return Row(
        scenario=scenario,
        seeds=len(verdicts),
        median_delay=median(delays) if delays else None,
        p90_delay=delays[ceil(0.9 * len(delays)) - 1] if delays else None,
        median_tenth=median(tenths) if tenths else None,
        missed=sum(each.missed for each in catching) / len(catching) if catching else None,
        caught_by=_by_kind(each.caught_by for each in catching if each.caught_by is not None),
        false=false,
        false_per_week=sum(false.values()) / weeks if weeks else 0.0,
        goal_minutes=goal_minutes,
        is_goal=is_goal,
    )


def _by_kind(kinds: Iterable[CrisisKind]) -> dict[str, int]:
    return dict(Counter(kind.value for kind in kinds).most_common())
