"""Health of a process as gRPC's own protocol asks for it (grpc.health.v1), out of the checks the process has anyway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

#: How often a watcher is told of a change at the latest, in real seconds.
WATCH_SECONDS = 1.0

Context = grpc.aio.ServicerContext[Any, Any]


class HealthService(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # generated, without types
    """SERVING as long as no check has anything to say; "" and the process's own `service` are known."""

    def __init__(self, service: str, report: Callable[[], dict[str, str | None]], stop: asyncio.Event) -> None:
        self._known = {"", service}
        self._service = service
        self._report = report
        self._stop = stop

    async def Check(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        if request.service not in self._known:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"only {self._service} is served here")
        return self._status()

    async def Watch(self, request: Any, _: Context) -> AsyncIterator[Any]:  # noqa: N802 - the name in the proto
        known, last = request.service in self._known, None
        while not self._stop.is_set():
            now = self._status() if known else _health("SERVICE_UNKNOWN")
            if now != last:
                yield now
                last = now
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), WATCH_SECONDS)

    def _status(self) -> Any:
        well = not self._stop.is_set() and not any(self._report().values())
        return _health("SERVING" if well else "NOT_SERVING")


def _health(name: str) -> Any:
    return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.ServingStatus.Value(name))
