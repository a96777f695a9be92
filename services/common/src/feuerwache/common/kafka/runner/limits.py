"""How much a runner puts up with: growing pauses after transient errors, a bounded share of bad records."""

from __future__ import annotations

import random
from collections import deque

from feuerwache.common.errors import FatalError

EX_DATAERR = 65


class Backoff:
    """Pauses that double from `first` to `limit` seconds, each drawn between half and the whole of it."""

    def __init__(self, first: float, limit: float) -> None:
        self._first = first
        self._limit = limit
        self._attempts = 0

    def next(self) -> float:
        """The pause before the next attempt, in seconds."""
        whole = min(self._limit, self._first * 2.0 ** min(self._attempts, 32))
        self._attempts += 1
        return whole * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        self._attempts = 0


class DeadLetterLimit:
    """Tells a bad record from a bad deploy: at most `share` of the last `window` records may be dead letters.

    The share is of the whole window, also while it fills: the first bad record of a fresh process stops nothing, and
    a process that can handle nothing stops after `share * window` records instead of emptying the topic.
    """

    def __init__(self, window: int, share: float) -> None:
        self._window: deque[bool] = deque(maxlen=window)
        self._allowed = int(window * share)

    def count(self, good: int, bad: int) -> None:
        """Takes in one batch before it is committed. Raises `FatalError` when that is too much."""
        self._window.extend([False] * good)
        self._window.extend([True] * bad)
        seen = sum(self._window)
        if seen > self._allowed:
            raise FatalError(
                f"{seen} of the last {len(self._window)} records are dead letters, {self._allowed} are allowed. "
                "This looks like a broken deploy, not like broken records: nothing more is moved to the dead-letter "
                "topic. Look at `feuerwache dlq list`, mend the stage, start it again.",
                EX_DATAERR,
            )
