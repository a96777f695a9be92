"""Whether a platform is sent anything now. Pure; one per integration and process, shared by its partitions.

Closed by a platform that asks to wait, or by several decisions in a row that did not get through (one alone may be to
blame for itself). Then it opens by a crack after a growing pause: one parcel may try, and its success opens it.
Shut while the integration is paused (HTTP 410, until a human resumes it). Times are monotonic seconds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from uuid import UUID

from feuerwache.common.http.retry import backoff

#: Different decisions in a row that failed, after which it is the platform and not the decision.
IN_A_ROW = 3


class Valve:
    """`first` and `longest` are the bounds of the pause in seconds."""

    def __init__(self, first: float, longest: float, uniform: Callable[[float, float], float] = random.uniform) -> None:
        self._first = first
        self._longest = longest
        self._uniform = uniform
        self._failed: set[UUID] = set()
        self._rounds = 0
        self._opens_at = 0.0
        self._trying: UUID | None = None
        self.paused: str | None = None
        self.reason = ""

    @property
    def closed(self) -> bool:
        return self._rounds > 0 or self.paused is not None

    @property
    def trying(self) -> bool:
        """Whether the one that may try while it is closed is under way."""
        return self._trying is not None

    def seconds_left(self, now: float) -> float:
        """How long nothing is sent yet; 0 when something may be tried."""
        return max(0.0, self._opens_at - now) if self._rounds else 0.0

    def admits(self, parcel: UUID, now: float) -> bool:
        """Whether this one may be sent now. While closed, the one that is admitted has to be `ended`."""
        if self.paused is not None:
            return False
        if not self._rounds:
            return True
        if now < self._opens_at or self._trying is not None:
            return False
        self._trying = parcel
        return True

    def released(self, parcel: UUID) -> None:
        """The admitted one was not sent after all (its process is leaving)."""
        if self._trying == parcel:
            self._trying = None

    def answered(self, parcel: UUID) -> None:
        """The platform took or refused it: it is there."""
        self.released(parcel)
        self._failed.clear()
        self._rounds, self.reason = 0, ""

    def failed(self, parcel: UUID, now: float, reason: str, asked: float | None = None) -> None:
        """It did not get through. `asked` are the seconds the platform wants to be left alone."""
        self.reason = reason
        self._failed.add(parcel)
        tried = self._trying == parcel
        self.released(parcel)
        was_open = not self._rounds
        if tried or (was_open and (asked is not None or len(self._failed) >= IN_A_ROW)):
            self._rounds += 1
            pause = backoff(self._rounds, asked, first=self._first, longest=self._longest, uniform=self._uniform)
            self._opens_at = now + pause
        elif asked is not None:
            self._opens_at = max(self._opens_at, now + asked)

    def reopened(self) -> None:
        """A human has resumed the integration: what was before does not count."""
        self.paused, self.reason = None, ""
        self._failed.clear()
        self._rounds, self._trying = 0, None
