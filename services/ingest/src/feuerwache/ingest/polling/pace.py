"""How long a platform is left alone that gave nothing: doubled with jitter, and at least what it asked for. Pure."""

from __future__ import annotations

import random
from collections.abc import Callable

from feuerwache.common.http.retry import backoff

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 900.0


class Pace:
    """`first` and `longest` in seconds; of the doubled time at least half is waited."""

    def __init__(
        self,
        first: float = FIRST_SECONDS,
        longest: float = LONGEST_SECONDS,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._first = first
        self._longest = longest
        self._uniform = uniform
        self._failures = 0

    def failed(self, asked: float | None = None) -> float:
        """Seconds to wait. `asked`: what the platform asked for; never less than that, nor less than a failure costs
        by itself."""
        self._failures += 1
        own = backoff(self._failures, first=self._first, longest=self._longest, uniform=self._uniform)
        return own if asked is None else max(own, asked + self._uniform(0.0, self._first))

    def worked(self) -> None:
        self._failures = 0
