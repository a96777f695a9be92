"""The two clocks. `now()` is civil time and may run faster in a demo; `monotonic()` is always real.

Event times, schedules, step waits and quotas use `now()`. Sockets, retries, flushes, leases, signatures, tokens and
TLS use real time: `monotonic()` or `real_now()`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Civil time, UTC, possibly accelerated."""

    def monotonic(self) -> float:
        """Real seconds since an arbitrary start."""

    def real_now(self) -> datetime:
        """The real wall clock, UTC, for signatures and token lifetimes."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def real_now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AcceleratedClock:
    """Civil time that was `start` when real time was `epoch`, and runs `factor` times as fast since.

    All processes of a demo share the three numbers, so they agree without talking. Before `epoch` it stands still.
    """

    start: datetime
    epoch: datetime
    factor: float

    def now(self) -> datetime:
        elapsed = max(timedelta(0), datetime.now(UTC) - self.epoch)
        return self.start + elapsed * self.factor

    def monotonic(self) -> float:
        return time.monotonic()

    def real_now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock for tests: it moves when told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def real_now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta) -> None:
        self._now += by
        self._monotonic += by.total_seconds()
