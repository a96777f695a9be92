"""What comes on top of the everyday: how many posts a minute, from when on, and what they are like.

A wave grows as rumours do, exponentially at first, levelling off later (logistic). Its **onset** is the minute in which
its intensity passes a tenth of its peak; `ramp` is the time from there to nine tenths. It begins when a hundredth is
reached, holds, and falls off by half in every `half_life`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

#: Logistic: from a tenth to nine tenths is 2 ln 9 of its own time units; from a hundredth to a tenth ln 99 - ln 9.
_RAMP = 2 * log(9)
_HEAD = (log(99) - log(9)) / _RAMP


@dataclass(frozen=True, slots=True)
class Character:
    """What the posts of a wave are like. Shares 0..1 of its posts; of the negative ones: `insult`, `hate`, `complaint`.

    `term_share` of the posts name `terms`. `thread_share` stand in `thread`; `copied` repeat the text `cluster`.
    `crowd`: how many people write (0: anyone of the community, or newcomers, who are new only with their first post).
    `pair`: two people who answer each other, each hostile post a blow.
    """

    negative: float = 0.0
    insult: float = 0.25
    hate: float = 0.05
    complaint: float = 0.4
    praise: float = 0.1
    newcomers: float = 0.05
    reports_per_post: float = 0.0
    reporters: int = 0
    terms: tuple[str, ...] = ()
    term_share: float = 0.0
    thread: str = ""
    thread_share: float = 0.0
    cluster: str = ""
    copied: float = 0.0
    crowd: int = 0
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """`onset` in minutes since 1970, `peak` in posts per minute (reports, if `counts` says so)."""

    onset: float
    peak: float
    ramp: float
    hold: float
    half_life: float
    character: Character
    counts: str = "posts"

    @property
    def begins(self) -> float:
        return self.onset - _HEAD * self.ramp

    @property
    def full(self) -> float:
        """When nine tenths are reached."""
        return self.onset + self.ramp

    def when(self, count: float) -> float:
        """The minute by which that many posts are to be expected, if it lasts: the integral of `rate`, inverted."""
        speed = _RAMP / self.ramp
        head = 9 + exp(speed * (self.begins - self.onset))
        return self.onset + log(head * exp(min(700.0, speed * count / self.peak)) - 9) / speed

    def rate(self, minute: float) -> float:
        if minute < self.begins:
            return 0.0
        rise = 1 / (1 + 9 * exp(-_RAMP * (minute - self.onset) / self.ramp))
        over = minute - self.full - self.hold
        if over <= 0:
            return self.peak * rise
        halves = over / self.half_life
        return 0.0 if halves > 12 else self.peak * rise * 0.5**halves
