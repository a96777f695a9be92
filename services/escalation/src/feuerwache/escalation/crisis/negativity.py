"""The negativity detector: is a far larger share of the posts negative than is usual here, and are there more posts?

Two surprises add up, as they are independent: how many of the posts are negative (the share), and how many posts there
are (the crowd). A merely busy evening has no strange share; so the crowd counts for no more than happy crowds are rare,
an hour or two a week, whatever a distribution says of its tail. Three grumblers at night are below the least count.

Its windows are a quarter of an hour, five minutes and two: what grows within minutes is surprising in two of them while
fifteen still dilute it. The same evidence gathered over every length is the scan statistic of Kulldorff, Prospective
time periodic geographical disease surveillance using a scan statistic, J. R. Stat. Soc. A 164 (2001); three lengths in
a row of 2.7 lose next to nothing to all of them (docs/detectors/scenarios.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.burst import strongest
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding, Sensitivity
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise, share_surprise
from feuerwache.escalation.crisis.window import onset

KIND = CrisisKind.NEGATIVITY_BURST
#: The ordinary window first; in minutes.
WINDOWS = (15, 5, 2)
#: Of the false alarms that a week may cost, it takes so many parts where others take one.
PARTS = 2.0
#: Happy crowds: two hours of the 168 of a week. The crowd counts for no more than that, ln 84, in nats.
CROWD = 4.43
#: Where it is known who writes: two people who shout at each other are a feud.
LEAST_AUTHORS = 4
#: While nobody knows how much is usual, twice as many negatives are needed.
UNKNOWN_FACTOR = 2
#: More posts than this say no more about a share, as it varies by itself; but each of them would cost time.
MOST_POSTS = 2000


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    window = scene.window
    if window.negative_within(WINDOWS[0]) < scene.sensitivity.least_negative or 0 < window.authors < LEAST_AUTHORS:
        return
    threshold = needed(scene.sensitivity)

    def judged(minutes: int) -> Finding:
        usual = barred(scene.usual(minutes), scene.bar(KIND, minutes))
        return negativity(
            window.posts_within(minutes), window.negative_within(minutes), usual, scene.sensitivity, threshold
        )

    minutes, finding = strongest(judged, WINDOWS)
    bar = scene.bar(KIND, minutes)
    usual = barred(scene.usual(minutes), bar)
    began = scene.at
    if finding.alarming:
        began -= onset(window.negative, (usual.posts or 0.0) * usual.share / minutes)
    yield Sighting(finding, began, minutes, bar=bar)


def needed(sensitivity: Sensitivity) -> float:
    """The surprise, in nats, that is an alarm.

    A sum of two exponential surprises, one of them held to `CROWD`, reaches s with probability e^-s (1 + CROWD).
    """
    return sensitivity.threshold(parts=PARTS) + log(len(WINDOWS)) + log(1 + CROWD)


def barred(usual: Usual, bar: float) -> Usual:
    """What is usual under a bar: so many times the posts. Their share stays: an announced crowd is no angrier."""
    return usual if usual.posts is None or bar == 1.0 else replace(usual, posts=usual.posts * bar)


def negativity(
    posts: int, negative: int, usual: Usual, sensitivity: Sensitivity, threshold: float | None = None
) -> Finding:
    """The surprise is the beta-binomial tail of the share, and up to `CROWD` the negative binomial one of the posts.

    While the usual volume is unknown, the share alone is judged, against a share that is a guess at first.
    """
    hits = min(negative, posts)
    expected = posts * usual.share
    factor = hits / expected if expected > 0 else 0.0
    least = float(sensitivity.least_negative)
    if usual.negative is None:
        least *= UNKNOWN_FACTOR
    else:
        least = max(least, sensitivity.least_factor * usual.negative)
    if hits < least or factor < sensitivity.least_factor:
        return Finding(hits, factor, 0.0, alarming=False, quiet=True)
    part = min(1.0, MOST_POSTS / posts)
    surprise = share_surprise(round(hits * part), round(posts * part), usual.share, usual.correlation)
    if usual.posts is not None:
        surprise += min(CROWD, count_surprise(posts, usual.posts, usual.dispersion))
    limit = needed(sensitivity) if threshold is None else threshold
    return Finding(hits, factor, surprise, alarming=surprise >= limit, quiet=surprise < limit * QUIET_PART)
