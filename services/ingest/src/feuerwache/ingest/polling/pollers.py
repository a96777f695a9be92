"""Runs a poller for each integration whose adapter has to ask, as the configuration has them now.

One that is added begins, one that is taken away ends, one that is changed begins anew from its cursor, all without a
restart. Nothing connects while there is none.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from feuerwache.common.clock import Clock
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.logging import logger
from feuerwache.ingest.adapters.adapter import Polled
from feuerwache.ingest.adapters.polled import PolledSettings
from feuerwache.ingest.adapters.registry import load
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.fetching import fetched
from feuerwache.ingest.integration import AdapterChoice, Integration, Integrations
from feuerwache.ingest.polling.cursor import Cursors
from feuerwache.ingest.polling.lease import Lease
from feuerwache.ingest.polling.metrics import PollingMetrics
from feuerwache.ingest.polling.poller import Errand, Poller
from feuerwache.ingest.security.keyring import Keyring
from feuerwache.ingest.settings import IngestSettings

LOOK_SECONDS = 1.0
#: A page of a platform is larger than what a webhook's adapter fetches, and nobody waits at the other end.
FETCH_SECONDS = 20.0
FETCH_BYTES = 16_000_000

log = logger(__name__)


@dataclass(slots=True)
class _Route:
    integration: Integration
    stop: asyncio.Event
    task: asyncio.Task[None]


class Pollers:
    def __init__(
        self,
        integrations: Callable[[], Integrations],
        settings: IngestSettings,
        *,
        redis: Redis,
        producer: EventProducer,
        arrivals: Arrivals,
        keyring: Keyring,
        clock: Clock,
        metrics: PollingMetrics,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._integrations = integrations
        self._settings = settings
        self._redis = redis
        self._arrivals = arrivals
        self._keyring = keyring
        self._clock = clock
        self._metrics = metrics
        self._tls = tls
        self._cursors = Cursors(settings, producer)
        self._following = False
        self._routes: dict[str, _Route] = {}

    def health(self) -> str | None:
        """None while the cursors are followed, or nothing has to be; a platform that gives nothing is no illness of
        ours."""
        return self._cursors.health() if self._following else None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; each poller finishes the page in hand. Raises what one of them died of."""
        while not self._wanted():
            if await _stopped(stop):
                return
        async with AsyncExitStack() as stack:
            guard = AddressGuard(self._settings.http_allow)
            client = OutboundClient(guard, seconds=FETCH_SECONDS, limit=FETCH_BYTES, tls=self._tls)
            await stack.enter_async_context(client)
            await stack.enter_async_context(self._cursors.following())
            self._following = True
            stack.push_async_callback(self._end)
            while not stop.is_set():
                self._start_and_end(client)
                await _stopped(stop)

    def _wanted(self) -> dict[str, Integration]:
        """Those that are polled, by their id."""
        return {
            one.id: one
            for one in self._integrations().integrations
            if one.adapter is not None and load(one.adapter.kind).profile.way == "polling"
        }

    def _start_and_end(self, client: OutboundClient) -> None:
        wanted = self._wanted()
        for name, route in list(self._routes.items()):
            if wanted.get(name) != route.integration:
                route.stop.set()
            if route.task.done():
                route.task.result()
                del self._routes[name]
        for name, integration in wanted.items():
            if name not in self._routes:
                ends = asyncio.Event()
                task = asyncio.create_task(self._poller(integration, client).run(ends), name=f"polls {name}")
                self._routes[name] = _Route(integration, ends, task)

    def _poller(self, integration: Integration, client: OutboundClient) -> Poller:
        choice = cast(AdapterChoice, integration.adapter)
        kind = load(choice.kind)
        settings = cast(PolledSettings, kind.settings.model_validate(choice.settings))
        errand = Errand(
            integration,
            cast(Polled, kind.make(settings)),
            settings,
            secrets=lambda: self._keyring.of(choice),
            fetch=lambda fetch, secrets: fetched(client, fetch, secrets),
        )
        seconds, prefix = self._settings.polling_lease_seconds, self._settings.topic_prefix
        return Poller(
            errand,
            self._arrivals,
            self._cursors,
            Lease(self._redis, f"fw:{prefix}poll:{integration.id}", self._clock, seconds),
            clock=self._clock,
            metrics=self._metrics,
            shortest=self._settings.polling_shortest_seconds,
        )

    async def _end(self) -> None:
        for route in self._routes.values():
            route.stop.set()
        await asyncio.gather(*(route.task for route in self._routes.values()))


async def _stopped(stop: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await stop.wait()
    except TimeoutError:
        return False
    return True
