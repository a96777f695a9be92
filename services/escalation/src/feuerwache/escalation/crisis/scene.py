"""What a detector is: a pure function that looks at the scene of a community and tells what it sees there.

A scene is everything that is known at one moment of event time. A detector asks it for counts, for what is usual and
for the bar, and answers with sightings: a finding, what it is about, and when it began. It keeps no state of its own
and knows nothing of alarms; whether one is raised is the business of episodes (`episode.py`). What it has nothing to
say about it leaves out, and that counts as quiet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.complaints import Complaints
from feuerwache.escalation.crisis.finding import Finding, Sensitivity
from feuerwache.escalation.crisis.habit import Habit
from feuerwache.escalation.crisis.peaks import Peaks
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.tracks import Tracks
from feuerwache.escalation.crisis.window import Window
from feuerwache.escalation.crisis.words import Words

#: Bursts are looked for in these many minutes: the ordinary window first, then the quick one, then the slow burn.
WINDOWS = (15, 5, 60)


@dataclass(frozen=True, slots=True)
class Scene:
    """`at` is the newest minute, since 1970. `usual(minutes)` is what so many last minutes usually hold.

    `stands_out()` is how many times as much is usual about now as at those hours of most days, beyond what today has.

    `bar(kind, minutes)` is how many times the usual counts as usual (1 without a bar). `slot(minute)` is the hour of
    habits of a minute.
    """

    at: int
    window: Window
    surge: Surge
    peaks: Callable[[], Peaks]
    usual: Callable[[int], Usual]
    stands_out: Callable[[], float]
    bar: Callable[[CrisisKind, int], float]
    habit: Callable[[], Habit]
    sensitivity: Sensitivity
    words: Words
    usual_words: Callable[[], Words]
    threads: Tracks
    copies: Tracks
    quarrels: Tracks
    complaints: Complaints
    slot: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Sighting:
    """`about` tells apart what one detector sees at a time: a thread, a word. `began`: minute since 1970.

    `minutes` is the window it was seen in; `figures` are those fields of `Figures` that only this kind knows. `least`
    is the severity with which it begins; one that burns already goes on with `burning` (None: `least`). `example`
    (platform, post id) is one of the posts it is about.
    """

    finding: Finding
    began: int
    minutes: int
    about: str = ""
    bar: float = 1.0
    least: Severity = Severity.HIGH
    burning: Severity | None = None
    example: Sequence[str] | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Detector:
    """`learnt`: whether what is counted while it burns may be learnt as usual all the same.

    `told_by`: while one of these burns, its alarm tells what this one would, and no episode begins. `one_story`: so it
    is with another of its own that is as grave.
    """

    kind: CrisisKind
    look: Callable[[Scene], Iterable[Sighting]]
    learnt: bool = False
    told_by: frozenset[CrisisKind] = frozenset()
    one_story: bool = False
