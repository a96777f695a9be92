"""How far the talk has risen above its usual course, at three scales: minutes, hours, half a day.

The first scale is a window that the caller counts. The two slow ones are sums that fade (e-fold in 1.5 and in 12 hours)
of what was posted and of what was usual in the same time: they see the fire that smoulders, for two numbers each. The
measure is the logarithm of the ratio, with three posts added to both sides, so that nothing is made of next to nothing.
Of each quarter of a day the highest is kept, for `Peaks` to know what is ordinary here.

Posts of any minute may come in any order: each weighs as if it had come in its own. Nothing here looks at a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, log

from feuerwache.escalation.crisis.peaks import BLOCK_MINUTES, REMEMBERED_ABOVE, SCALES, Peaks

#: In how many minutes the slow sums fade to 37 %.
FADING = (90.0, 720.0)
#: Added to both sides of a ratio: with so few posts nothing is said.
ADDED = 3.0
LOWEST = -9.0


def _zeros() -> list[float]:
    return [0.0] * len(FADING)


def _lowest() -> list[float]:
    return [LOWEST] * SCALES


@dataclass(slots=True)
class Surge:
    """`at` is the minute (since 1970) up to which the sums have faded; `highest` belongs to the block of `at`."""

    at: int
    posts: list[float] = field(default_factory=_zeros)
    usual: list[float] = field(default_factory=_zeros)
    highest: list[float] = field(default_factory=_lowest)

    def take(self, minute: int, posts: float, minutes: int = 1) -> None:
        """Counts posts in, spread over the `minutes` that end with `minute`."""
        for scale, fading in enumerate(FADING):
            spread = 1.0 if minutes == 1 else _faded(minutes, fading) / minutes
            self.posts[scale] += posts * spread * exp(min(50.0, (minute - self.at) / fading))

    def step(self, minute: int, usual_per_minute: float) -> tuple[int, list[float]] | None:
        """Moves on to `minute`; a bar is in `usual_per_minute`.

        Where that ends a quarter of a day: its number and its highest ratios.
        """
        minutes = minute - self.at
        if minutes <= 0:
            return None
        for scale, fading in enumerate(FADING):
            faded = exp(-minutes / fading)
            self.posts[scale] *= faded
            self.usual[scale] = self.usual[scale] * faded + usual_per_minute * _faded(minutes, fading)
        block, self.at = self.at // BLOCK_MINUTES, minute
        if minute // BLOCK_MINUTES == block:
            return None
        ended, self.highest = self.highest, _lowest()
        return (block, ended) if ended[0] > LOWEST else None

    def restart(self, minute: int) -> None:
        """Nothing is usual yet: the sums begin here."""
        self.at, self.posts, self.usual = minute, _zeros(), _zeros()

    def ratios(self, window_posts: float, window_usual: float, announced: float = 0.0) -> list[float]:
        """The logarithms of posts by usual posts: of the window given, and at the slow scales.

        `announced`: so many posts a minute count as usual now because of a bar. The sums have taken a bar in minute by
        minute (`step`), so that a crowd is still the announced one after the bar's time; a bar that was raised only
        just now, for a crowd that is there already, holds for what is in the sums, too.
        """
        sums = zip(self.posts, self.usual, FADING, strict=True)
        slow = (log_ratio(posts, max(usual, announced * fading)) for posts, usual, fading in sums)
        return [log_ratio(window_posts, window_usual), *slow]

    def remember(self, ratios: Sequence[float], peaks: Peaks, surprise: float) -> None:
        """Keeps the block's highest; what is above the bar (of so much surprise) counts as a little above it."""
        for scale, ratio in enumerate(ratios):
            if ratio > self.highest[scale]:
                limit = peaks.height(scale, surprise) + REMEMBERED_ABOVE
                self.highest[scale] = max(self.highest[scale], min(ratio, limit))

    def settle(self, peaks: Peaks) -> None:
        """A fire is out: what it left in the slow sums shall not be told again."""
        for scale in range(len(FADING)):
            ordinary = (self.usual[scale] + ADDED) * exp(peaks.fitted[scale + 1].start) - ADDED
            self.posts[scale] = min(self.posts[scale], max(0.0, ordinary))

    def to_row(self) -> list[float]:
        numbers = (*self.posts, *self.usual, *self.highest)
        # Not rounded: what a restart reads must be what a process that went on has.
        return [self.at, *numbers]

    @classmethod
    def from_row(cls, row: Sequence[float]) -> Surge:
        at, *rest = row
        size = len(FADING)
        return cls(int(at), list(rest[:size]), list(rest[size : 2 * size]), list(rest[2 * size :]))


def log_ratio(posts: float, usual: float) -> float:
    return log((max(0.0, posts) + ADDED) / (usual + ADDED))


def _faded(minutes: float, fading: float) -> float:
    """What one post a minute adds up to in so many minutes while it fades."""
    return fading * (1 - exp(-minutes / fading))
