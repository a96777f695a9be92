"""Whether the recovery of rows has come to a stop.

After a rebalance that follows another one closely Faust sometimes waits for ever for changelog records that it never
asks for ("No event received for active tp … since recovery start"): seen once in some hundred kills, on a busy
machine. Its shards are then watched by nobody, while the process looks alive. So what does not move for a while ends
the process, and whoever keeps it running starts it anew. (A new Faust app in the same process waited as well.)
"""

from __future__ import annotations

from typing import Any


class StallWatch:
    """To be asked again and again; `patience` in real seconds."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._seen: tuple[int | None, int] = (None, 0)
        self._since = 0.0

    def problem(self, app: Any, now: float) -> str | None:
        """What stands still, once it has done so for too long. `now` is monotonic."""
        remaining = missing_rows(app)
        # Another assignment is another recovery.
        seen = remaining, app.consumer_generation_id
        if seen != self._seen:
            self._seen, self._since = seen, now
        if remaining is None or now - self._since < self._patience:
            return None
        return f"{remaining} changelog records are missing, and none came for {now - self._since:.0f} s"


def missing_rows(app: Any) -> int | None:
    """Changelog records that are still to be read; None while no recovery is running."""
    recovery = app.tables.recovery
    return (int(recovery.active_remaining_total()) or None) if recovery.in_recovery else None
