"""Runs a consumer group per integration whose platform is called, each for itself, as the configuration has them now.

`outbound.<integration>` is its own runner with its own offsets, valve, places and connections: one whose platform is
slow, gone or wrongly configured holds up nobody. An integration that is added begins, one that is taken away ends, both
without a restart; what the configuration says of one that goes on is in force with its next decision.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.events.outbound import OutboundPaused
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.kafka.runner.limits import Backoff
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.common.logging import logger
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.outbound.actions.platform import ActionPlatform
from feuerwache.ingest.outbound.beginning import begin
from feuerwache.ingest.outbound.courier import Courier
from feuerwache.ingest.outbound.metrics import Metrics
from feuerwache.ingest.outbound.office import Office, stage_of
from feuerwache.ingest.outbound.outlet import Webhook
from feuerwache.ingest.outbound.pauses import Pauses, say_if_possible
from feuerwache.ingest.outbound.settings import OutboundSettings
from feuerwache.ingest.outbound.shelf import read_shelf
from feuerwache.ingest.outbound.valve import Valve
from feuerwache.ingest.outbound.webhook import WebhookPlatform

LOOK_SECONDS = 0.5
#: Decisions that are carried out at once on one platform by a client of ours.
ACTS_AT_ONCE = 4
#: Small batches: each is held until its first tries are over. A platform may take its time within that.
OPTIONS = RunnerOptions(max_records=20, stall_seconds=90.0)

log = logger(__name__)


@dataclass(slots=True)
class Route:
    """One integration at work. `last` is its configuration, kept for the moment in which it is taken away."""

    last: Integration
    office: Office
    runner: Runner
    stop: asyncio.Event
    task: asyncio.Task[None]
    acts: bool


class Fleet:
    """`integrations` says which there are now, with the webhook or the actions of each."""

    def __init__(  # noqa: PLR0917 - what it is made of, in the one place that makes it
        self,
        integrations: Callable[[], dict[str, Integration]],
        settings: OutboundSettings,
        clock: Clock,
        metrics: Metrics,
        producer: EventProducer,
        echo: Echo,
        *,
        options: RunnerOptions = OPTIONS,
    ) -> None:
        self._integrations = integrations
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._producer = producer
        self._echo = echo
        self._options = options
        self._guard = AddressGuard(settings.http_allow)
        self._tls = ssl.create_default_context()
        if settings.http_ca_file is not None:
            self._tls.load_verify_locations(settings.http_ca_file)
        self._routes: dict[str, Route] = {}
        self.pauses = Pauses(settings, self._pause_changed)

    def health(self) -> str | None:
        """None while each integration's consumer is at work; a platform that takes nothing is no illness of ours."""
        if (trouble := self.pauses.health()) is not None:
            return trouble
        for name, route in self._routes.items():
            if not route.stop.is_set() and (trouble := route.runner.health()) is not None:
                return f"{name}: {trouble}"
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop. Raises the `FatalError` of the first runner that cannot go on."""
        try:
            while self.pauses.health() is not None and not stop.is_set():
                await _wait(stop, LOOK_SECONDS / 5)  # who is paused must be known before anything is sent
            while not stop.is_set():
                self._start_and_end()
                for route in self._routes.values():
                    if route.task.done():
                        route.task.result()
                await _wait(stop, LOOK_SECONDS)
        finally:
            await self._end(list(self._routes))

    def _start_and_end(self) -> None:
        wanted = self._integrations()
        for name, route in list(self._routes.items()):
            other_way = name in wanted and route.acts != acts(wanted[name])
            if (name not in wanted or other_way) and not route.stop.is_set():
                log.info("outbound ends", integration=name)
                route.stop.set()
            if route.stop.is_set() and route.task.done():  # also one that is wanted again by now
                route.task.result()
                del self._routes[name]
                self._metrics.forget(name)
        for name, integration in wanted.items():
            if name not in self._routes:
                log.info("outbound begins", integration=name)
                self._routes[name] = self._route(integration)

    def _route(self, integration: Integration) -> Route:
        name, settings, limits = integration.id, self._settings, self._settings.limits()
        outlet = integration.outbound
        assert outlet is not None and outlet.delivers

        def current() -> Integration:
            route = self._routes.get(name)
            now = self._integrations().get(name) or (integration if route is None else route.last)
            if route is not None:
                route.last = now
            return now

        def webhook() -> Webhook | None:
            outbound = current().outbound
            return None if outbound is None else outbound.webhook

        async def pause(reason: str) -> None:
            if office.valve.paused is None:
                office.valve.paused = reason
                self._metrics.paused.labels(name).set(1)
                await say_if_possible(self._producer, settings, self._clock, name, reason)

        office = Office(
            integration=current,
            platform=ActionPlatform(current, self._guard, self._clock, self._echo, self._tls)
            if acts(integration)
            else WebhookPlatform(webhook, self._guard, self._clock, self._tls),
            valve=Valve(limits.first, limits.longest),
            clock=self._clock,
            names=settings.topics(),
            metrics=self._metrics,
            limits=limits,
            places=asyncio.Semaphore(ACTS_AT_ONCE if outlet.webhook is None else outlet.webhook.parallel),
            pause=pause,
        )
        office.valve.paused = self.pauses.of(name)
        self._metrics.paused.labels(name).set(office.valve.paused is not None)
        runner = Runner(
            stage=stage_of(name),
            inputs=(DECISIONS_MADE,),
            make_handler=lambda partition: Courier(
                partition, office, lambda number: read_shelf(settings, self._clock, name, number)
            ),
            settings=settings,
            clock=self._clock,
            options=self._options,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(self._work(integration, office, runner, stop), name=stage_of(name))
        return Route(integration, office, runner, stop, task, acts(integration))

    async def _work(self, integration: Integration, office: Office, runner: Runner, stop: asyncio.Event) -> None:
        assert integration.outbound is not None
        group = f"{self._settings.topic_prefix}{stage_of(integration.id)}"
        pauses = Backoff(0.5, 15.0)
        try:
            while not stop.is_set():
                try:
                    await begin(self._settings, self._clock, group, integration.outbound.begin)
                    break
                except TransientError as error:
                    log.warning("cannot begin yet", integration=integration.id, error=str(error))
                    await _wait(stop, pauses.next())
            if not stop.is_set():
                await runner.run(stop)
        finally:
            await office.platform.close()

    def _pause_changed(self, change: OutboundPaused) -> None:
        route = self._routes.get(change.integration)
        if route is None:
            return
        if change.paused:
            route.office.valve.paused = change.reason or "paused"
        elif route.office.valve.paused is not None:
            log.info("resumed", integration=change.integration)
            route.office.valve.reopened()
        self._metrics.paused.labels(change.integration).set(change.paused)

    async def _end(self, names: list[str]) -> None:
        for name in names:
            self._routes[name].stop.set()
        tasks = [self._routes[name].task for name in names]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


def acts(integration: Integration) -> bool:
    """Whether a client of ours does it there; else its webhook is told to."""
    return integration.outbound is not None and bool(integration.outbound.acts)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass  # the time is over, which is what it was for
