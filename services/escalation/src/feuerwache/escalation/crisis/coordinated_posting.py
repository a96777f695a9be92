"""Coordinated posting: nearly the same text by many people, most of whom nobody has seen here before.

A prize draw gets the same answer from a hundred regulars, a raid by a board gets it from a hundred new accounts. So two
things are surprising together: how many people posted one text (negative binomial around the few who quote each other
in any hour), and how many of them are new (binomial, with some correlation, against the community's usual share of new
people). Where a campaign was announced, its entries are copies by new people and tell nothing; there the mood is all
the evidence, asked at every pulse for hours, and must be as rare as an alarm by itself. Two independent surprises add
up to less certainty than their sum: Fisher's method, p = e^-s (1 + s).

Fisher: Statistical Methods for Research Workers, 4th ed. 1932, section 21.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import CopyGain
from feuerwache.escalation.crisis.distinct import bitmap
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise, share_surprise
from feuerwache.escalation.crisis.topic_surge import mood_surprise
from feuerwache.escalation.crisis.tracks import Tracks

KIND = CrisisKind.COORDINATED_POSTING
SLICE_MINUTES, SLICES = 15, 5
MINUTES = 60
PEOPLE_BITS, NEW_BITS = 64, 32
TEXTS_KEPT = 4
LEAST_COPIES, LEAST_AUTHORS, LEAST_NEW = 8, 6, 4
#: Part of the authors who must be new.
LEAST_NEW_SHARE = 0.3
#: How many people usually share a text within an hour, and how far that strays.
USUAL_AUTHORS, DISPERSION = 1.5, 0.3
#: New people come together, from one link.
CORRELATION = 0.1


def texts() -> Tracks:
    """The memory of this detector: the texts copied most, each with an example as its mark."""
    return Tracks(SLICE_MINUTES, SLICES, 1, (PEOPLE_BITS, NEW_BITS), TEXTS_KEPT)


def follow(tracks: Tracks, gains: Iterable[CopyGain], minute: int, newest: int) -> None:
    for gain in gains:
        people = (bitmap(gain.authors, PEOPLE_BITS), bitmap(gain.new_authors, NEW_BITS))
        track = tracks.add(gain.cluster, minute, newest, (gain.posts,), people)
        if track is not None and gain.example is not None:
            shown = [gain.example.platform, gain.example.post_id]
            track.mark = shown if track.mark is None else min(track.mark, shown)


def look(scene: Scene) -> Iterator[Sighting]:
    """A sighting for each text with enough copies, about its cluster."""
    bar, alone = scene.bar(KIND, MINUTES), scene.sensitivity.threshold()
    if not scene.copies.by_name or (bar > 1 and mood_surprise(scene) < alone):
        return
    threshold = alone + log(TEXTS_KEPT)
    for cluster, track in scene.copies.by_name.items():
        copies = track.total(0)
        if copies < LEAST_COPIES * bar:
            continue
        authors = min(copies, scene.copies.distinct(track, 0))
        new = min(authors, scene.copies.distinct(track, 1))
        finding = coordinated_posting(authors, new, scene.habit().new_share, bar, threshold)
        # Whoever else writes in the community has no part in it.
        people = {"copy_authors": authors, "new_authors": new, "authors": None, "regular_authors": None}
        figures = {"copies": copies, **people}
        yield Sighting(finding, track.first, MINUTES, about=cluster, bar=bar, example=track.mark, figures=figures)


def coordinated_posting(authors: int, new: int, usual_new_share: float, bar: float, threshold: float) -> Finding:
    """The measure is how many people posted the text."""
    factor = authors / (USUAL_AUTHORS * bar)
    if authors < LEAST_AUTHORS * bar or new < LEAST_NEW or new < LEAST_NEW_SHARE * authors:
        return Finding(authors, factor, 0.0, alarming=False, quiet=True)
    both = count_surprise(authors, USUAL_AUTHORS * bar, DISPERSION)
    both += share_surprise(new, authors, usual_new_share, CORRELATION)
    surprise = both - log(1 + both)
    return Finding(authors, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
