"""Volume bursts: far more posts than this community has at this hour, far rarer than its own peaks.

`volume.py` judges three scales at once: five minutes, hours, half a day. The count of the ordinary window of a quarter
of an hour speaks for the fire: it is what "twice as much" is measured by, and its calm ends the episode.
"""

from __future__ import annotations

from collections.abc import Iterator

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.volume import Count, surging
from feuerwache.escalation.crisis.window import WINDOW_MINUTES, onset

KIND = CrisisKind.VOLUME_BURST
QUICK_MINUTES = 5
#: Of fewer people it is their quarrel, and a feud's business. 0: nobody knows who wrote.
LEAST_AUTHORS = 4


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    if max(scene.window.posts_within(WINDOW_MINUTES), *scene.surge.posts) < scene.sensitivity.least_posts:
        return
    if 0 < scene.window.authors < LEAST_AUTHORS:
        return
    bar = scene.bar(KIND, WINDOW_MINUTES)
    ordinary, quick = _count(scene, WINDOW_MINUTES, bar), _count(scene, QUICK_MINUTES, bar)
    if ordinary is None or quick is None:
        return
    announced = quick.usual / QUICK_MINUTES if bar > 1 else 0.0
    finding = surging(ordinary, quick, scene.surge, scene.peaks(), scene.sensitivity, bar=bar, announced=announced)
    began = scene.at
    if finding.alarming:
        began -= onset(scene.window.posts, ordinary.usual / WINDOW_MINUTES)
    yield Sighting(finding, began, WINDOW_MINUTES, bar=bar)


def remember(scene: Scene) -> None:
    """Keeps the day's highest peaks, for the bar of days to come. What a bar was raised for is no peak."""
    bar = scene.bar(KIND, WINDOW_MINUTES)
    quick = _count(scene, QUICK_MINUTES, bar)
    if quick is not None:
        announced = quick.usual / QUICK_MINUTES if bar > 1 else 0.0
        ratios = scene.surge.ratios(quick.posts, quick.usual, announced)
        scene.surge.remember(ratios, scene.peaks(), scene.sensitivity.threshold())


def _count(scene: Scene, minutes: int, bar: float) -> Count | None:
    usual = scene.usual(minutes).posts
    return None if usual is None else Count(scene.window.posts_within(minutes), usual * bar)
