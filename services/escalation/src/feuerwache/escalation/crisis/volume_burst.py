"""Volume bursts: far more posts than this community has at this hour, in a quarter of an hour, quickly, or slowly.

`volume.py` judges one window; here it is asked about three of them, and the threshold pays for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.burst import strongest
from feuerwache.escalation.crisis.finding import Finding
from feuerwache.escalation.crisis.scene import WINDOWS, Scene, Sighting
from feuerwache.escalation.crisis.volume import volume
from feuerwache.escalation.crisis.window import onset

KIND = CrisisKind.VOLUME_BURST


def look(scene: Scene) -> Iterator[Sighting]:
    """One sighting, about the whole community."""
    if scene.window.posts_within(WINDOWS[-1]) < scene.sensitivity.least_posts:
        return
    threshold = scene.sensitivity.threshold() + log(len(WINDOWS))

    def judged(minutes: int) -> Finding:
        usual, bar = scene.usual(minutes), scene.bar(KIND, minutes)
        raised = usual if usual.posts is None else replace(usual, posts=usual.posts * bar)
        return volume(scene.window.posts_within(minutes), raised, scene.sensitivity, threshold)

    minutes, finding = strongest(judged)
    usual = scene.usual(minutes)
    bar = scene.bar(KIND, minutes)
    began = scene.at
    if finding.alarming:
        began -= onset(scene.window.posts, (usual.posts or 0.0) * bar / minutes)
    yield Sighting(finding, began, minutes, bar=bar)
