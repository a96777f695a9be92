"""How often something may be done: a bucket of tokens that fills by itself. Pure; times are monotonic seconds."""

from __future__ import annotations

#: What a full bucket holds: as much as this many seconds bring.
FULL_SECONDS = 10.0


class Bucket:
    """`per_minute` on the long run; after a pause ten seconds' worth at once, at least one."""

    def __init__(self, per_minute: int, now: float) -> None:
        self.per_minute = per_minute
        self._rate = per_minute / 60.0
        self._size = max(1.0, self._rate * FULL_SECONDS)
        self._tokens = self._size
        self._at = now

    def take(self, now: float) -> float:
        """0.0: go on, a token is taken. Else the seconds until there is one; none is taken."""
        self._tokens = min(self._size, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = max(self._at, now)
        # A token that is there but for the rounding of a float is there: else its taker would wait for no time at all.
        if self._tokens > 1.0 - 1e-9:
            self._tokens = max(0.0, self._tokens - 1.0)
            return 0.0
        return (1.0 - self._tokens) / self._rate
