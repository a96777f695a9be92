"""What a process says about itself over HTTP: alive, ready, and in figures.

`/healthz` answers as long as the event loop turns. `/readyz` asks every check and answers 503 with the reasons when
one of them has something to say; checks are tied to the work itself (the poll loop, the last answer of a server), so
none can be well while nothing moves. Notes are told beside the checks and leave the process ready. `/metrics` is the
Prometheus exposition of the process. Both answers name the service and the process id: whoever started a process can
tell whether it is this one that answers on a port.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from types import TracebackType

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest

#: None when all is well, else why not, in words for an operator. Called from the event loop; returns at once.
HealthCheck = Callable[[], str | None]


class Health:
    """The checks of one process, by name."""

    def __init__(self) -> None:
        self._checks: dict[str, HealthCheck] = {}
        self._notes: dict[str, HealthCheck] = {}

    def note(self, name: str, said: HealthCheck) -> None:
        """Something to be told that does not keep the process from its work."""
        self._notes[name] = said

    def notes(self) -> dict[str, str]:
        return {name: text for name, said in self._notes.items() if (text := said())}

    def add(self, name: str, check: HealthCheck) -> None:
        if name in self._checks:
            raise ValueError(f"there is a health check {name!r} already")
        self._checks[name] = check

    def report(self) -> dict[str, str | None]:
        """A process that has nothing to check yet is still reading its configuration, and may find that it cannot."""
        return {name: check() for name, check in self._checks.items()} or {"start": "is starting"}


class HealthServer:
    """The HTTP server for it. `port` 0 takes a free one; `address` says which, once entered."""

    def __init__(
        self, health: Health, host: str, port: int, registry: CollectorRegistry = REGISTRY, *, service: str = ""
    ) -> None:
        self._health = health
        self._who = {"service": service, "pid": os.getpid()}
        self._host = host
        self._port = port
        self._registry = registry
        app = web.Application()
        app.router.add_get("/healthz", self._alive)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)

    @property
    def address(self) -> str:
        """`http://host:port` it listens on."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def __aenter__(self) -> HealthServer:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _alive(self, _: web.Request) -> web.Response:
        return web.json_response({**self._who, "alive": True})

    async def _ready(self, _: web.Request) -> web.Response:
        report = self._health.report()
        ready = not any(report.values())
        told = {**self._who, "ready": ready, "checks": report, "notes": self._health.notes()}
        return web.json_response(told, status=200 if ready else 503)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
