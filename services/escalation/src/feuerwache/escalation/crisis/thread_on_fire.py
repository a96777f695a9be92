"""Threads on fire: many answers in a short time, far too many of them hostile, by several people.

A long thread is a good thread, and two people who shout are a feud. So the hostile answers are held against the share
that is usual in this community (beta-binomial, with the correlation threads have), and there are least counts for
speed, for hostility and for people. Depth, the longest chain of answers, is told and asked for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import ThreadGain
from feuerwache.escalation.crisis.distinct import bitmap
from feuerwache.escalation.crisis.finding import QUIET_PART, Finding
from feuerwache.escalation.crisis.scene import Scene, Sighting
from feuerwache.escalation.crisis.tails import share_surprise
from feuerwache.escalation.crisis.tracks import Tracks

KIND = CrisisKind.THREAD_ON_FIRE
SLICE_MINUTES, SLICES = 5, 4
MINUTES = SLICE_MINUTES * SLICES
POSTS, HOSTILE = 0, 1
PEOPLE_BITS = 64
THREADS_KEPT = 8
#: In the twenty minutes that are kept.
LEAST_POSTS, LEAST_HOSTILE, LEAST_AUTHORS = 15, 8, 4
LEAST_FACTOR = 2.0
#: Hostile answers follow hostile answers: how alike two posts of one thread are, beyond chance.
CORRELATION = 0.06
#: So hostile that nothing else is needed; and the share above which no habit makes it usual.
MOST_USUAL_SHARE = 0.35
MOST_POSTS = 500


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
    for name, track in scene.threads.by_name.items():
        posts, hostile = track.total(POSTS), track.total(HOSTILE)
        bar = scene.bar(KIND, MINUTES)
        if hostile < LEAST_HOSTILE * bar:
            continue
        authors = scene.threads.distinct(track, 0)
        usual = min(MOST_USUAL_SHARE, scene.habit().hostile_share * bar)
        finding = thread_on_fire(posts, hostile, authors, usual, threshold)
        figures = {
            "posts": posts,
            "hostile": hostile,
            "hostile_share": round(hostile / posts, 3),
            "depth": track.mark,
            "authors": authors,
        }
        yield Sighting(finding, track.first, MINUTES, about=name, bar=bar, figures=figures)


def thread_on_fire(posts: int, hostile: int, authors: int, usual_share: float, threshold: float) -> Finding:
    """`authors` 0: nobody knows who wrote."""
    factor = hostile / (posts * usual_share)
    enough = posts >= LEAST_POSTS and hostile >= LEAST_HOSTILE and factor >= LEAST_FACTOR
    if not enough or 0 < authors < LEAST_AUTHORS:
        return Finding(hostile, factor, 0.0, alarming=False, quiet=True)
    part = min(1.0, MOST_POSTS / posts)
    surprise = share_surprise(round(hostile * part), round(posts * part), usual_share, CORRELATION)
    return Finding(hostile, factor, surprise, alarming=surprise >= threshold, quiet=surprise < threshold * QUIET_PART)
