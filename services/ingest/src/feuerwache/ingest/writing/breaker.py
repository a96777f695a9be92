"""Whether Kafka is there or away, told from the flushes alone. Pure: real seconds are handed in.

It is away while a flush has been without an answer for `hang` seconds, and after one that failed. Then nobody is made
to wait for it; `pause` seconds after a failure one more flush is let through to see, and its success ends it.
"""

from __future__ import annotations

#: So long a flush may go without an answer before nobody else is made to wait. A healthy broker takes milliseconds;
#: a new leader is elected within a second or two.
HANG_SECONDS = 2.0
PAUSE_SECONDS = 1.0


class Breaker:
    """For one flush at a time."""

    def __init__(self, hang: float = HANG_SECONDS, pause: float = PAUSE_SECONDS) -> None:
        self._hang = hang
        self._pause = pause
        self._began: float | None = None
        self._failed: float | None = None

    def began(self, now: float) -> None:
        self._began = now

    def answered(self) -> None:
        """The flush is on record."""
        self._began = self._failed = None

    def failed(self, now: float) -> None:
        """The flush failed, or was given up."""
        self._began, self._failed = None, now

    def away(self, now: float) -> bool:
        return self._failed is not None or (self._began is not None and now - self._began >= self._hang)

    def refuses(self, now: float) -> bool:
        """Whether whoever comes now is sent away at once; if not, they wait, or are the one who sees."""
        if self._began is not None:  # under way: when Kafka is away, this is the one that sees
            return self.away(now)
        return self._failed is not None and now - self._failed < self._pause
