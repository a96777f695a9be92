"""What puts a rule out that fails or is slow on too many posts, and lets it back in.

A rule is asked until it has failed `failures` times, or until its evaluation takes longer than `cost_us` on average
(exponentially weighted, so a single slow moment of the machine does nothing). Then it is out, for `pause_seconds`;
after that it is asked once: if that works it is back, else it is out again. New files make new fuses.

Cost is real time and cannot be replayed: a decision names the rules that were skipped in its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """`cost_us` is in microseconds per post, `pause_seconds` in seconds of real time."""

    failures: int = 50
    cost_us: float = 1000.0
    pause_seconds: float = 300.0


class Change(StrEnum):
    """What is told of a rule: it failed on a post, is out from now on (for failing, for its cost), is back."""

    FAILED = "failed"
    OUT = "out"
    SLOW = "slow"
    BACK = "back"


#: Weight of one evaluation in the mean, how many there must be, and how many times the limit one counts at most.
_WEIGHT, _ENOUGH, _AT_MOST = 0.02, 100, 10.0


class Fuse:
    """The fuse of one rule. `now` is in seconds of a clock that only goes forward."""

    __slots__ = ("_evaluations", "_failures", "_limits", "_mean_us", "_trial", "out_until")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._failures = 0
        self._evaluations = 0
        self._mean_us = 0.0
        self._trial = False
        self.out_until: float | None = None

    def asks(self, now: float) -> bool:
        """Whether the rule may be asked now; the first time after a pause is its trial."""
        if self.out_until is None:
            return True
        self._trial = now >= self.out_until
        return self._trial

    def failed(self, now: float) -> Change:
        self._failures += 1
        if self._trial or self._failures >= self._limits.failures:
            self._blow(now)
            return Change.OUT
        return Change.FAILED

    def worked(self, seconds: float, now: float) -> Change | None:
        """The evaluation gave an answer within `seconds`."""
        cost_us = min(seconds * 1e6, _AT_MOST * self._limits.cost_us)
        if self._trial and cost_us <= self._limits.cost_us:
            self._failures, self._evaluations, self._mean_us = 0, 0, 0.0
            self._trial, self.out_until = False, None
            return Change.BACK
        self._evaluations += 1
        weight = max(_WEIGHT, 1 / self._evaluations)
        self._mean_us += weight * (cost_us - self._mean_us)
        if self._trial or (self._evaluations >= _ENOUGH and self._mean_us > self._limits.cost_us):
            self._blow(now)
            return Change.SLOW
        return None

    def _blow(self, now: float) -> None:
        self._trial = False
        self.out_until = now + self._limits.pause_seconds
