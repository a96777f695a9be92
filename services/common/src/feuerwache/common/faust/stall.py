"""Whether the recovery of rows has come to a stop.

It waits for the broker without limit, and meanwhile its shards are watched by nobody, while the process looks alive.
So what does not move for a while ends the process, and whoever keeps it running starts it anew.
"""

from __future__ import annotations

from typing import Any


class StallWatch:
    """To be asked every `interval` seconds; `patience` in real seconds.

    Time in which it was not asked does not count: then it was the process that was held up (a long step, a stopped
    machine), and what it waits for may have come.
    """

    def __init__(self, patience: float, interval: float) -> None:
        self._patience = patience
        self._interval = interval
        self._seen: tuple[int | None, int] | None = None
        self._waited = 0.0
        self._asked_at = 0.0

    def problem(self, app: Any, now: float) -> str | None:
        """What stands still, once it has done so for too long. `now` is monotonic."""
        passed, self._asked_at = now - self._asked_at, now
        missing = missing_rows(app)
        # Another assignment is another recovery.
        seen = missing, app.consumer_generation_id
        if missing is None or seen != self._seen:
            self._seen, self._waited = seen, 0.0
            return None
        self._waited += min(passed, 2 * self._interval)
        if self._waited < self._patience:
            return None
        return f"{missing} changelog records are missing, and none came for {self._waited:.0f} s"


def missing_rows(app: Any) -> int | None:
    """Changelog records that are still to be read; None while no recovery is running."""
    recovery = app.tables.recovery
    return (int(recovery.active_remaining_total()) or None) if recovery.in_recovery else None
