"""What is said now and not usually: the words of a burst.

Counts of posts with a word halve every quarter of an hour of event time, and so does the count of posts they are
measured by. What was said in quarters that did not burn fades into the usual words. A word is worth naming when it is
frequent now and its share is far above its usual share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from operator import itemgetter
from typing import Any

HALF_LIFE_MINUTES = 15.0
WORDS_KEPT = 24
#: So many more may gather before they are sorted out again.
WORDS_MORE = 8
USUAL_KEPT = 200
#: Each quarter that is learned weighs this much less than the one after it: a month is a factor of 17.
FADING = 0.999
NAMED = 5
LEAST_COUNT = 3.0
#: Longer ones are cut: no text travels as a word.
LONGEST_WORD = 20


@dataclass(slots=True)
class Words:
    """How many posts, and how many of them with each word; faded."""

    posts: float = 0.0
    counts: dict[str, float] = field(default_factory=dict)

    def hear(self, minutes_since: int, posts: int, new: Mapping[str, int]) -> None:
        """The words of now, `minutes_since` later and with new ones counted in (stragglers count as if said now)."""
        if minutes_since > 0:
            fade = 0.5 ** (minutes_since / HALF_LIFE_MINUTES)
            self.posts = round(self.posts * fade, 2)
            self.counts = {word: count * fade for word, count in self.counts.items()}
        self.posts = round(self.posts + posts, 2)
        for word, count in new.items():
            cut = word[:LONGEST_WORD]
            self.counts[cut] = self.counts.get(cut, 0.0) + count
        if minutes_since > 0 or len(self.counts) > WORDS_KEPT + WORDS_MORE:
            self.counts = top(self.counts, WORDS_KEPT)

    def learn(self, now: Words) -> None:
        """Takes the words of a quarter that did not burn into the usual ones."""
        counts = {word: count * FADING for word, count in self.counts.items()}
        for word, count in now.counts.items():
            counts[word] = counts.get(word, 0.0) + count
        self.counts = top(counts, USUAL_KEPT)
        self.posts = round(self.posts * FADING + now.posts, 2)

    def most_said(self, usual: Words) -> tuple[str, ...]:
        """At most five words, ordered by count times log of now's share over the usual share."""
        total, usual_total = sum(self.counts.values()), sum(usual.counts.values())

        def gain(word: str) -> float:
            share = self.counts[word] / total
            usual_share = (usual.counts.get(word, 0.0) + 0.5) / (usual_total + 50.0)
            return self.counts[word] * log(share / usual_share)

        gains = {word: gain(word) for word, count in self.counts.items() if count >= LEAST_COUNT}
        return tuple(sorted((word for word in gains if gains[word] > 0), key=lambda word: (-gains[word], word))[:NAMED])

    def copy(self) -> Words:
        return Words(self.posts, dict(self.counts))

    def to_row(self) -> list[Any]:
        return [self.posts, self.counts]

    @classmethod
    def from_row(cls, row: list[Any]) -> Words:
        posts, counts = row
        return cls(float(posts), {word: float(count) for word, count in counts.items()})


def top(counts: Mapping[str, float], kept: int) -> dict[str, float]:
    """The most frequent, rounded, in an order that does not depend on the way they came."""
    # Two sorts without a function of ours are quicker than one with it; equal counts stay in the order of the words.
    ordered = sorted(sorted(counts.items()), key=itemgetter(1), reverse=True)
    return {word: round(count, 2) for word, count in ordered[:kept] if count >= 0.05}
