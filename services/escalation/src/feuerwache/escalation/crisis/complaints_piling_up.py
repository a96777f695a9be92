"""Complaints that pile up: the team answers nobody any more, or far more of them wait than usual at this hour.

Two kinds of evidence, of which one is enough. Answers that are missing (`unanswered.py`) tell within hours of a team
that falls silent, from its second day on. How many complaints have been open for an hour tells of a team that answers
and is swamped, once that is a habit: remembered by the hour of the day, working days and weekends apart, five days of
it. Says nothing where the team is not known to answer at all (its accounts are not in config/communities.yaml, or it
works elsewhere): there, everything is always open.
"""

from __future__ import annotations

from collections.abc import Iterator

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis import unanswered
from feuerwache.escalation.crisis.complaints import LIMIT_MINUTES
from feuerwache.escalation.crisis.finding import NOTHING, QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise
from feuerwache.escalation.crisis.unanswered import Missing

KIND = CrisisKind.COMPLAINTS_PILING_UP
LEAST_OPEN = 10
LEAST_FACTOR = 2.0
#: Never fewer than this are taken for usual.
LEAST_USUAL = 2.0
DISPERSION = 0.1
#: Added to it: one divided by the quarters of this hour that are known.
KNOWN_WORTH = 1.0
#: So many times the usual, or so many answers expected for each that came, is more than a quiet page.
LOUD_FACTOR = 8.0


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community: of the evidence that says more."""
    complaints = scene.complaints
    bar = scene.bar(KIND, LIMIT_MINUTES)
    few = unanswered.missing(complaints.flow, lambda: scene.habit().replies, scene.at, scene.slot, bar)
    piled = _piled(scene, bar)
    if few is None and piled is NOTHING:
        return
    waiting = complaints.waiting(scene.at) * complaints.scale
    oldest = complaints.oldest()
    began = scene.at if oldest is None else oldest
    figures = {"open_complaints": waiting, "oldest_complaint_minutes": scene.at - began}
    silent = NOTHING if few is None else answers_missing(few, waiting, unanswered.threshold(scene.sensitivity))
    if few is None or (piled.alarming and not silent.alarming):
        least = Severity.HIGH if piled.factor >= LOUD_FACTOR else Severity.LOW
        yield Sighting(piled, began, LIMIT_MINUTES, bar=bar, least=least, figures=figures)
        return
    least = Severity.HIGH if few.habit and silent.factor >= LOUD_FACTOR else Severity.LOW
    yield Sighting(silent, few.since, LIMIT_MINUTES, bar=bar, least=least, figures=figures)


def _piled(scene: Scene, bar: float) -> Finding:
    complaints = scene.complaints
    scale = complaints.scale
    if len(complaints.open) * scale < LEAST_OPEN or not scene.habit().answers:
        return NOTHING
    found = scene.habit().usually_open(scene.slot(scene.at))
    if found is None:
        return NOTHING
    mean, known = found
    usual = max(LEAST_USUAL, mean) * bar
    return complaints_piling_up(
        complaints.waiting(scene.at), scale, usual, bar, scene.sensitivity.threshold(), known=known
    )


def complaints_piling_up(
    waiting: int, scale: int, usual: float, bar: float, threshold: float, *, known: float
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


def answers_missing(few: Missing, waiting: int, threshold: float) -> Finding:
    """What is counted is how many wait, as in the other evidence; the factor is how many answers each stands for."""
    factor = few.expected / max(1, few.answers)
    alarming, quiet = few.surprise >= threshold, few.surprise < threshold * QUIET_PART
    return Finding(waiting, factor, few.surprise, alarming=alarming, quiet=quiet)
