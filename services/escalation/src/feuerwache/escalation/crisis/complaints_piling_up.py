"""Complaints that pile up: far more of them have been open for an hour than is usual at this time of the day.

What is usual is remembered by the hour of the day, working days and weekends apart; at night nobody answers, and that
is no crisis. Says nothing where the team is not known to answer at all (its accounts are not in
config/communities.yaml, or it works elsewhere): there, everything is always open. Nor before most hours are known.
"""

from __future__ import annotations

from collections.abc import Iterator

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
#: So many times the usual is more than a quiet page.
LOUD_FACTOR = 8.0


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    complaints = scene.complaints
    if len(complaints.open) < LEAST_OPEN or not scene.habit().answers:
        return
    known = scene.habit().usually_open(scene.slot())
    if known is None:
        return
    bar = scene.bar(KIND, LIMIT_MINUTES)
    usual = max(LEAST_USUAL, known) * bar
    waiting, scale = complaints.waiting(scene.at), complaints.scale
    finding = complaints_piling_up(waiting, scale, usual, bar, scene.sensitivity.threshold())
    oldest = complaints.oldest()
    began = scene.at if oldest is None else oldest
    figures = {"open_complaints": waiting * scale, "oldest_complaint_minutes": scene.at - began}
    least = Severity.HIGH if finding.factor >= LOUD_FACTOR else Severity.LOW
    yield Sighting(finding, began, LIMIT_MINUTES, bar=bar, least=least, figures=figures)


def complaints_piling_up(waiting: int, scale: int, usual: float, bar: float, threshold: float) -> Finding:
    """`waiting` followed complaints, each of which stands for `scale`; `usual` are open at this time of the day."""
    measure = waiting * scale
    factor = measure / usual
    if waiting < LEAST_OPEN * bar / scale or waiting < 2 or factor < LEAST_FACTOR:
        return Finding(measure, factor, 0.0, alarming=False, quiet=True)
    surprise = count_surprise(waiting, usual / scale, DISPERSION)
    return Finding(measure, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
