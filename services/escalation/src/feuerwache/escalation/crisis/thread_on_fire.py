"""Threads on fire: many answers in a short time, far too many of them hostile, by several people.

A long thread is a good thread, and two people who shout are a feud. So the hostile answers of an hour are held against
as many as its length explains by the share that is usual in this community, and the few that any thread may have
(negative binomial); and there are least counts for speed, for hostility, its share and for people. Depth, the
longest chain of answers, is told and asked for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import ThreadGain
from feuerwache.escalation.crisis.distinct import bitmap
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import count_surprise
from feuerwache.escalation.crisis.tracks import Tracks

KIND = CrisisKind.THREAD_ON_FIRE
SLICE_MINUTES, SLICES = 10, 6
MINUTES = SLICE_MINUTES * SLICES
POSTS, HOSTILE = 0, 1
PEOPLE_BITS = 64
THREADS_KEPT = 5
#: In the hour that is kept.
LEAST_POSTS, LEAST_HOSTILE, LEAST_AUTHORS = 12, 8, 4
LEAST_FACTOR, LEAST_SHARE = 2.0, 0.2
#: Hostile answers that any thread may have, and how far threads stray: hostile answers follow hostile answers.
ANY_THREAD, DISPERSION = 0.5, 0.2
#: The share above which no habit makes it usual.
MOST_USUAL_SHARE = 0.35


def threads() -> Tracks:
    """The memory of this detector: the busiest threads, each with the deepest chain as its mark."""
    return Tracks(SLICE_MINUTES, SLICES, 2, (PEOPLE_BITS,), THREADS_KEPT)


def follow(tracks: Tracks, gains: Iterable[ThreadGain], minute: int, newest: int) -> None:
    for gain in gains:
        people = [bitmap(gain.authors, PEOPLE_BITS)]
        counts = (gain.posts, min(gain.hostile, gain.posts))
        track = tracks.add(f"{gain.platform}/{gain.thread}", minute, newest, counts, people)
        if track is not None:
            track.mark = max(track.mark or 0, gain.depth)


def look(scene: Scene) -> Iterator[Sighting]:
    """A sighting for each thread, about `platform/thread`."""
    if not scene.threads.by_name:
        return
    threshold = scene.sensitivity.threshold() + log(THREADS_KEPT)
    bar = scene.bar(KIND, MINUTES)
    for name, track in scene.threads.by_name.items():
        posts, hostile = track.total(POSTS), track.total(HOSTILE)
        if hostile < LEAST_HOSTILE * bar:
            continue
        authors = scene.threads.distinct(track, 0)
        usual = min(MOST_USUAL_SHARE, scene.habit().hostile_share * bar)
        finding = thread_on_fire(posts, hostile, authors, usual, threshold)
        figures = {
            "posts": posts,
            # What is usual in the whole community says nothing about a thread.
            "usual_posts": None,
            "hostile": hostile,
            "hostile_share": round(hostile / posts, 3),
            "depth": track.mark,
            "authors": authors,
            # Known of the whole community only.
            "new_authors": None,
            "regular_authors": None,
        }
        yield Sighting(finding, track.first, MINUTES, about=name, bar=bar, figures=figures)


def thread_on_fire(posts: int, hostile: int, authors: int, usual_share: float, threshold: float) -> Finding:
    """`authors` 0: nobody knows who wrote."""
    factor = hostile / (posts * usual_share)
    enough = posts >= LEAST_POSTS and hostile >= max(LEAST_HOSTILE, LEAST_SHARE * posts) and factor >= LEAST_FACTOR
    if not enough or 0 < authors < LEAST_AUTHORS:
        return Finding(hostile, factor, 0.0, alarming=False, quiet=True)
    surprise = count_surprise(hostile, ANY_THREAD + posts * usual_share, DISPERSION)
    return Finding(hostile, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
