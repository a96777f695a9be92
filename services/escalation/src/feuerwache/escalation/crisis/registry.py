"""All detectors that look at pulses, in one place. Together they divide the false alarms that a week may cost.

One part each, and two for negativity, which is what this is all about: each part there makes it sooner for every storm.

Two kinds of crisis are seen elsewhere: a single post that cannot wait by the rules (action `escalate`), and silence by
the clock (`silence.py`).
"""

from __future__ import annotations

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis import (
    complaints_piling_up,
    coordinated_posting,
    feud,
    negativity,
    report_flood,
    thread_on_fire,
    topic_surge,
    volume_burst,
)
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.scene import Detector

DETECTORS: tuple[Detector, ...] = (
    Detector(volume_burst.KIND, volume_burst.look),
    Detector(negativity.KIND, negativity.look),
    Detector(report_flood.KIND, report_flood.look),
    Detector(thread_on_fire.KIND, thread_on_fire.look),
    Detector(
        topic_surge.KIND,
        topic_surge.look,
        told_by=frozenset({volume_burst.KIND, negativity.KIND}),
        one_story=True,  # the first alarm names the other words
    ),
    Detector(coordinated_posting.KIND, coordinated_posting.look),
    Detector(feud.KIND, feud.look, learnt=True),
    Detector(complaints_piling_up.KIND, complaints_piling_up.look, learnt=True),
)

#: Every kind this process raises.
KINDS: tuple[CrisisKind, ...] = (*(detector.kind for detector in DETECTORS), CrisisKind.SILENCE)


def sensitivity_of(false_alarms_per_week: float) -> Sensitivity:
    """What each detector may cost when all of them together may cost a community `false_alarms_per_week`."""
    return Sensitivity(false_alarms_per_week / (len(KINDS) - 1 + negativity.PARTS))
