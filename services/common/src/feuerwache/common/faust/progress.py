"""Whether a Faust app gets anywhere: assigned, recovered, polling. Each of the three is asked of Faust itself."""

from __future__ import annotations

from typing import Any

from feuerwache.common.clock import Clock


class Progress:
    """Follows an app. `problem()` is a health check: None when all is well."""

    def __init__(self, clock: Clock, stalled_seconds: float) -> None:
        self._clock = clock
        self._stalled_seconds = stalled_seconds
        self._app: Any = None

    def follow(self, app: Any) -> None:
        """`app` has started; None: it is stopping."""
        self._app = app

    def problem(self) -> str | None:
        app = self._app
        if app is None:
            return "not running"
        if app.crashed:
            return "crashed"
        if app.rebalancing:
            return "waiting for the assignment of shards"
        if app.in_recovery or not app.tables.recovery.completed.is_set():
            return "rows are being recovered from the changelog"
        polled_at: float | None = app.consumer.polled_at
        if polled_at is None:
            return "nothing polled yet"
        silent = self._clock.monotonic() - polled_at
        return f"no poll for {silent:.0f} s" if silent > self._stalled_seconds else None
