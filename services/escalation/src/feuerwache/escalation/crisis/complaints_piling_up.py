"""Complaints that pile up: far more of them have been open for an hour than is usual at this time of the day.

What is usual is remembered by the hour of the day, working days and weekends apart; at night nobody answers, and that
is no crisis. Says nothing where the team is not known to answer at all (its accounts are not in
config/communities.yaml, or it works elsewhere): there, everything is always open. Nor before most hours are known.
On a first weekend the hours of working days count, if the team is at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.complaints import LIMIT_MINUTES
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise

KIND = CrisisKind.COMPLAINTS_PILING_UP
LEAST_OPEN = 10
LEAST_FACTOR = 2.0
#: Never fewer than this are taken for usual.
LEAST_USUAL = 2.0
DISPERSION = 0.1
#: Added to it: one divided by the quarters of this hour that are known. One day is no habit yet.
KNOWN_WORTH = 1.0
#: Below so many quarters of this hour (five days) it stays a quiet page, whatever the number.
HABIT_QUARTERS = 20
#: A team that answered anybody in so many minutes is at work today.
AT_WORK_MINUTES = 6 * 60
#: So many times the usual is more than a quiet page.
LOUD_FACTOR = 8.0


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    complaints = scene.complaints
    scale = complaints.scale
    if len(complaints.open) * scale < LEAST_OPEN or not scene.habit().answers:
        return
    found = scene.habit().usually_open(scene.slot(), complaints.answered_since(scene.at - AT_WORK_MINUTES))
    if found is None:
        return
    mean, known = found
    bar = scene.bar(KIND, LIMIT_MINUTES)
    usual = max(LEAST_USUAL, mean) * bar
    waiting = complaints.waiting(scene.at)
    finding = complaints_piling_up(waiting, scale, usual, bar, scene.sensitivity.threshold(), known=known)
    oldest = complaints.oldest()
    began = scene.at if oldest is None else oldest
    figures = {"open_complaints": waiting * scale, "oldest_complaint_minutes": scene.at - began}
    least = Severity.HIGH if finding.factor >= LOUD_FACTOR and known >= HABIT_QUARTERS else Severity.LOW
    yield Sighting(finding, began, LIMIT_MINUTES, bar=bar, least=least, figures=figures)


def complaints_piling_up(
    waiting: int, scale: int, usual: float, bar: float, threshold: float, *, known: float = inf
) -> Finding:
    """`waiting` followed complaints, each of which stands for `scale`; `usual` are open at this time of the day.

    `known`: from how many quarters that is known.
    """
    measure = waiting * scale
    factor = measure / usual
    if waiting < LEAST_OPEN * bar / scale or waiting < 2 or factor < LEAST_FACTOR:
        return Finding(measure, factor, 0.0, alarming=False, quiet=True)
    surprise = count_surprise(waiting, usual / scale, DISPERSION + KNOWN_WORTH / known)
    return Finding(measure, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
