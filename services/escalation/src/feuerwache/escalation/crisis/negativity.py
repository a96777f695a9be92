"""The negativity detector: do far more people complain, and a far larger share of them, than is usual here?

Both must be surprising. A large share alone is three grumblers at night; a large count alone is a busy evening, and
the volume detector's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.burst import strongest
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding, Sensitivity
from feuerwache.escalation.crisis.scene import WINDOWS, Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise, share_surprise
from feuerwache.escalation.crisis.window import onset

KIND = CrisisKind.NEGATIVITY_BURST
#: While nobody knows how much is usual, twice as many negatives are needed.
UNKNOWN_FACTOR = 2
#: More posts than this say no more about a share, as it varies by itself; but each of them would cost time.
MOST_POSTS = 2000


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    window = scene.window
    if window.negative_within(WINDOWS[-1]) < scene.sensitivity.least_negative:
        return
    threshold = scene.sensitivity.threshold() + log(len(WINDOWS))

    def judged(minutes: int) -> Finding:
        usual = barred(scene.usual(minutes), scene.bar(KIND, minutes))
        return negativity(
            window.posts_within(minutes), window.negative_within(minutes), usual, scene.sensitivity, threshold
        )

    minutes, finding = strongest(judged)
    bar = scene.bar(KIND, minutes)
    usual = barred(scene.usual(minutes), bar)
    began = scene.at
    if finding.alarming:
        began -= onset(window.negative, (usual.posts or 0.0) * usual.share / minutes)
    yield Sighting(finding, began, minutes, bar=bar)


def barred(usual: Usual, bar: float) -> Usual:
    """What is usual under a bar: so many times the negatives. Their share stays: an announced crowd is no angrier."""
    return usual if usual.posts is None else replace(usual, posts=usual.posts * bar)


def negativity(
    posts: int, negative: int, usual: Usual, sensitivity: Sensitivity, threshold: float | None = None
) -> Finding:
    """The surprise is the smaller one of the beta-binomial tail of the share and the negative binomial of the count.

    While the usual volume is unknown, the share alone is judged, against a share that is a guess at first.
    """
    hits = min(negative, posts)
    expected = posts * usual.share
    factor = hits / expected if expected > 0 else 0.0
    least = sensitivity.least_negative * (UNKNOWN_FACTOR if usual.negative is None else 1)
    if hits < least or factor < sensitivity.least_factor:
        return Finding(hits, factor, 0.0, alarming=False, quiet=True)
    part = min(1.0, MOST_POSTS / posts)
    surprise = share_surprise(round(hits * part), round(posts * part), usual.share, usual.correlation)
    if usual.negative is not None:
        surprise = min(surprise, count_surprise(hits, usual.negative, usual.negative_dispersion))
    needed = sensitivity.threshold() if threshold is None else threshold
    return Finding(hits, factor, surprise, alarming=surprise >= needed, quiet=surprise < needed * QUIET_PART)
