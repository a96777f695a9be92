"""Feuds: two people who go for each other, in both directions, within an hour.

One who pursues another who does not answer is a case for the rules. Counted is the direction that is weaker: it takes
two. Usually nobody answers anybody with hostility twice in an hour, so a handful of rounds is surprising; it wakes
nobody up at first, for it burns two people and not the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.pulse import QuarrelGain
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise
from feuerwache.escalation.crisis.tracks import Tracks

KIND = CrisisKind.FEUD
SLICE_MINUTES, SLICES = 15, 5
MINUTES = 60
BOTH, FORTH, BACK = 0, 1, 2
PAIRS_KEPT = 4
#: Hostile answers in each direction, and of both.
LEAST_EACH, LEAST_BOTH = 3, 8
#: Hostile answers of the quieter one that are usual in an hour: of ten pairs that quarrel at all, one gets an answer.
#: Quarrels of the everyday (docs/detectors/scenarios.md) reach two; a feud that goes on for half an hour reaches five.
USUAL_EACH, DISPERSION = 0.1, 0.3
#: So many answers of the quieter one are more than two people's business.
LOUD = 12


def pairs() -> Tracks:
    """The memory of this detector: the pairs that quarrel most, each with an example and its place as mark."""
    return Tracks(SLICE_MINUTES, SLICES, 3, (), PAIRS_KEPT)


def follow(tracks: Tracks, gains: Iterable[QuarrelGain], minute: int, newest: int) -> None:
    for gain in gains:
        counts = (gain.forth + gain.back, gain.forth, gain.back)
        track = tracks.add(gain.pair, minute, newest, counts, ())
        if track is not None and gain.example is not None:
            shown = [gain.example.platform, gain.example.post_id]
            track.mark = shown if track.mark is None else min(track.mark, shown)


def look(scene: Scene) -> Iterator[Sighting]:
    """A sighting for each pair that is loud enough, about the pair."""
    if not scene.quarrels.by_name:
        return
    bar = scene.bar(KIND, MINUTES)
    usual = scene.usual(MINUTES).posts
    hostile = 0.0 if usual is None else usual * bar * scene.habit().hostile_share
    # Each hostile post of an hour may be of another pair: the more of them there are, the rarer the rarest must be.
    threshold = scene.sensitivity.threshold() + log(max(PAIRS_KEPT, hostile))
    for pair, track in scene.quarrels.by_name.items():
        forth, back = track.total(FORTH), track.total(BACK)
        if forth + back < LEAST_BOTH * bar:
            continue
        finding = feud(forth, back, bar, threshold)
        least = Severity.HIGH if min(forth, back) >= LOUD * bar else Severity.LOW
        figures = {"forth": forth, "back": back}
        yield Sighting(
            finding, track.first, MINUTES, about=pair, bar=bar, least=least, example=track.mark, figures=figures
        )


def feud(forth: int, back: int, bar: float, threshold: float) -> Finding:
    """The measure is what both said; the surprise that of the quieter one."""
    quieter = min(forth, back)
    factor = quieter / (USUAL_EACH * bar)
    if quieter < LEAST_EACH * bar or forth + back < LEAST_BOTH * bar:
        return Finding(forth + back, factor, 0.0, alarming=False, quiet=True)
    surprise = count_surprise(quieter, USUAL_EACH * bar, DISPERSION)
    return Finding(
        forth + back, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART
    )
