"""What is said now and not usually: the words of a burst.

Counts of words halve every quarter of an hour of event time. What was said in quarters that did not burn fades into
the usual words. A word is worth naming when it is frequent now and its share is far above its usual share.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log

HALF_LIFE_MINUTES = 15.0
WORDS_KEPT = 28
USUAL_KEPT = 200
#: Each quarter that is learned weighs this much less than the one after it: a month is a factor of 17.
FADING = 0.999
NAMED = 5
LEAST_COUNT = 3.0


def heard(now: Mapping[str, float], minutes_since: int, new: Mapping[str, int]) -> dict[str, float]:
    """The words of now, `minutes_since` later and with new ones counted in (stragglers count as if said now)."""
    fade = 0.5 ** (max(0, minutes_since) / HALF_LIFE_MINUTES)
    counts = {word: count * fade for word, count in now.items()}
    for word, count in new.items():
        counts[word] = counts.get(word, 0.0) + count
    return top(counts, WORDS_KEPT)


def learned(usual: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """The usual words, with a quarter that did not burn taken in."""
    counts = {word: count * FADING for word, count in usual.items()}
    for word, count in now.items():
        counts[word] = counts.get(word, 0.0) + count
    return top(counts, USUAL_KEPT)


def most_said(now: Mapping[str, float], usual: Mapping[str, float]) -> tuple[str, ...]:
    """At most five words, ordered by count times log of now's share over the usual share."""
    total, usual_total = sum(now.values()), sum(usual.values())

    def gain(word: str) -> float:
        share = now[word] / total
        usual_share = (usual.get(word, 0.0) + 0.5) / (usual_total + 50.0)
        return now[word] * log(share / usual_share)

    candidates = [word for word, count in now.items() if count >= LEAST_COUNT and gain(word) > 0]
    return tuple(sorted(candidates, key=lambda word: (-gain(word), word))[:NAMED])


def top(counts: Mapping[str, float], kept: int) -> dict[str, float]:
    """The most frequent, rounded, in an order that does not depend on the way they came."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return {word: round(count, 2) for word, count in ordered[:kept] if count >= 0.05}
