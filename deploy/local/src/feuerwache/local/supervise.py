"""The supervisor: one process that starts a stack, keeps it running, and ends it in order.

Servers first, then topics, then the services; ready when each says so itself. A service that crashes is started again
after a pause that grows while it keeps crashing; one that ended for a reason no start mends (`ending.py`) is not. The
end, by signal or because whoever started the stack is gone: ingest, then the services that consume, then Redis and
Kafka. Started by `handle.launch`; the plan says what to do.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.logging import configure, logger
from feuerwache.common.settings import CommonSettings
from feuerwache.local import credentials, ending, ports
from feuerwache.local.group import Child, ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.ledger import Ledger, Phase, Running
from feuerwache.local.mailbox import Mailbox
from feuerwache.local.plan import Plan, clock_environment
from feuerwache.local.readiness import NotReady, answering, wait_until
from feuerwache.local.redis import EmbeddedRedis
from feuerwache.local.services import (
    SERVICES,
    Addresses,
    Service,
    port_names,
    service_environment,
    shared_environment,
)

READY_SECONDS = 90.0
#: Above what a service takes to finish its transactions after SIGTERM.
STOP_SECONDS = 28.0
FIRST_PAUSE, LONGEST_PAUSE, CALM_SECONDS = 0.5, 30.0, 60.0
PROBE_SECONDS = 2.0
FIRST_COMMAND_SECONDS = 300.0

log = logger("supervisor")


class Supervisor:
    """One stack, from start to end. `run` returns the process's exit code."""

    def __init__(self, plan: Plan, group: ProcessGroup) -> None:
        self._plan = plan
        self._places = plan.places
        self._group = group
        self._wanted = [service for service in SERVICES if not plan.only or service.name in plan.only]
        self._children: dict[str, Child] = {}
        self._entries: dict[str, Running] = {}
        self._stop = asyncio.Event()
        self._began = time.monotonic()
        self._ledger = Ledger(supervisor=Running.here("supervisor", os.getpid(), self._places.log("supervisor")))

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, self._stop.set)
        if self._plan.lifeline:
            loop.add_reader(sys.stdin.fileno(), self._lifeline)
        self._note(phase=Phase.STARTING, message="starting")
        work = asyncio.ensure_future(self._work())
        told = asyncio.ensure_future(self._stop.wait())
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not work.done():
            self._note(phase=Phase.STOPPING, message="stopping")
            work.cancel()
        [outcome] = await asyncio.gather(work, return_exceptions=True)
        if isinstance(outcome, FeuerwacheError):
            log.error("failed", reason=str(outcome))
            self._note(phase=Phase.FAILED, message=str(outcome))
            return 1
        if isinstance(outcome, Exception):
            log.error("crashed", exc_info=outcome)
            self._note(phase=Phase.FAILED, message=f"{type(outcome).__name__}: {outcome}")
            return 1
        self._note(phase=Phase.STOPPED, message="stopped")
        log.info("stopped")
        return 0

    def _lifeline(self) -> None:
        if not os.read(sys.stdin.fileno(), 1):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._stop.set()

    async def _work(self) -> None:
        async with AsyncExitStack() as stack:
            addresses = await self._servers(stack)
            secrets = credentials.kept(self._places.secrets, self._plan.config_dir)
            await stack.enter_async_context(Mailbox(self._places.mail, addresses.by_name["smtp"]))
            self._note(
                message="the servers answer",
                kafka=addresses.kafka,
                redis=addresses.redis,
                ingest=addresses.url("ingest-http"),
                ingest_grpc=f"{ports.HOST}:{addresses.by_name['ingest-grpc']}",
                decisions_grpc=f"{ports.HOST}:{addresses.by_name['outbound-grpc']}" if self._serves("outbound") else "",
                notifier=addresses.url("notifier-http"),
                notifier_grpc=f"{ports.HOST}:{addresses.by_name['notifier-grpc']}",
                console=addresses.url("console-http"),
                smtp=f"{ports.HOST}:{addresses.by_name['smtp']}",
                mail=self._places.mail,
            )
            without_clock = shared_environment(addresses, secrets, self._plan.config_dir, {})
            await self._topics(addresses)
            for command in self._plan.first:
                await self._first(command, without_clock)
            clock = self._clock()
            shared = shared_environment(addresses, secrets, self._plan.config_dir, clock)
            async with self._services_stopped_at_the_end(), httpx.AsyncClient(timeout=PROBE_SECONDS) as client:
                await self._services(client, shared, addresses, secrets)

    async def _servers(self, stack: AsyncExitStack) -> Addresses:
        """Embedded or given; Kafka is entered first, so that it ends last."""
        kafka, redis = self._plan.kafka, self._plan.redis
        cache = self._places.cache
        if kafka is None:
            broker = EmbeddedKafka(self._group, self._places.kafka, self._places.log("kafka"), cache)
            await stack.enter_async_context(broker)
            kafka = broker.bootstrap
            self._running("kafka", broker.child, kafka)
        if redis is None:
            store = EmbeddedRedis(self._group, self._places.redis, self._places.log("redis"), cache)
            await stack.enter_async_context(store)
            redis = store.url
            self._running("redis", store.child, redis)
        return Addresses(kafka, redis, ports.kept(self._places.home / "ports.json", port_names()))

    async def _topics(self, addresses: Addresses) -> None:
        settings = CommonSettings(kafka_bootstrap=addresses.kafka)
        await ensure_topics(settings)
        self._note(message="the topics stand")

    async def _first(self, command: tuple[str, ...], environment: dict[str, str]) -> None:
        self._note(message=f"feuerwache {' '.join(command)}")
        arguments = [sys.executable, "-m", "feuerwache.cli", *command]
        child = self._group.spawn(" ".join(command[:2]), arguments, self._places.log("first"), environment)
        try:
            code = await child.wait(FIRST_COMMAND_SECONDS)
        finally:
            await child.stop(PROBE_SECONDS)
        if code != 0:
            raise NotReady(f"feuerwache {' '.join(command)} ended with {code}; it said:\n{child.last_lines()}")

    def _clock(self) -> dict[str, str]:
        clock = self._plan.clock
        if clock is None:
            return {}
        taken = time.monotonic() - self._began
        epoch = datetime.now(UTC) + timedelta(seconds=max(clock.lead_seconds, clock.lead_factor * taken))
        self._note(clock_epoch=epoch)
        return clock_environment(clock, epoch)

    async def _services(
        self, client: httpx.AsyncClient, shared: dict[str, str], addresses: Addresses, secrets: credentials.Credentials
    ) -> None:
        """Starts all of them, says when all are ready, and keeps them running until cancelled."""
        ready = {service.name: asyncio.Event() for service in self._wanted}
        try:
            async with asyncio.TaskGroup() as tasks:
                for service in self._wanted:
                    environment = service_environment(service, shared, addresses, secrets, self._places.home)
                    health = addresses.url(f"{service.name}-health")
                    tasks.create_task(self._keep(service, environment, health, client, ready[service.name]))
                for event in ready.values():
                    await event.wait()
                self._note(phase=Phase.READY, message=self._readiness())
                await asyncio.Event().wait()  # until cancelled
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    def _serves(self, name: str) -> bool:
        return any(service.name == name for service in self._wanted)

    def _readiness(self) -> str:
        """One may have failed for good while the others were getting ready."""
        failed = [entry.name for entry in self._entries.values() if entry.failed is not None]
        return f"ready, except what FAILED: {', '.join(failed)}" if failed else "all services are ready"

    async def _keep(
        self,
        service: Service,
        environment: dict[str, str],
        health: str,
        client: httpx.AsyncClient,
        ready: asyncio.Event,
    ) -> None:
        """Runs one service. The first start must succeed; later crashes are answered by a new start, lasting ends
        by none: then it returns and the other services go on."""
        pause, restarts = FIRST_PAUSE, 0
        while True:
            started = asyncio.get_running_loop().time()
            command = [sys.executable, "-m", service.module]
            child = self._group.spawn(service.name, command, self._places.log(service.name), environment)
            self._children[service.name] = child
            self._running(service.name, child, health, health=health, restarts=restarts)
            try:
                await wait_until(child, partial(_answers, client, health, child.pid), READY_SECONDS)
            except NotReady:
                if not ready.is_set():
                    raise
                log.warning("not ready after a restart", service=service.name)
            else:
                self._running(service.name, child, health, health=health, restarts=restarts, ready=True)
                ready.set()
            code = await self._end_of(child)
            if (why := ending.lasting(child, code)) is not None:
                log.error("service failed, not starting it again", service=service.name, exit_code=code, reason=why)
                self._running(service.name, child, health, health=health, restarts=restarts, failed=why)
                self._note(message=f"{service.name} FAILED and is not started again: {why}; log: {child.log}")
                return
            restarts += 1
            calm = asyncio.get_running_loop().time() - started > CALM_SECONDS
            pause = FIRST_PAUSE if calm else min(LONGEST_PAUSE, pause * 2)
            log.warning("service ended, starting it again", service=service.name, exit_code=code, pause_seconds=pause)
            self._note(message=f"{service.name} ended with {code}, starting it again")
            await asyncio.sleep(pause)

    async def _end_of(self, child: Child) -> int:
        while (code := await child.wait(3600)) is None:
            pass
        return code

    def _services_stopped_at_the_end(self) -> AsyncExitStack:
        stack = AsyncExitStack()
        stack.push_async_callback(self._stop_services)
        return stack

    async def _stop_services(self) -> None:
        self._note(phase=Phase.STOPPING, message="stopping the services")
        for rank in sorted({service.rank for service in self._wanted}):
            ending = [self._children[s.name] for s in self._wanted if s.rank == rank and s.name in self._children]
            await asyncio.gather(*(child.stop(STOP_SECONDS) for child in ending))

    def _running(self, name: str, child: Child | None, address: str, **more: Any) -> None:
        if child is None:
            return
        entry = Running.here(name, child.pid, child.log)
        self._entries[name] = entry.model_copy(update={"address": address, "ready": "health" not in more, **more})
        self._note(processes=tuple(self._entries.values()))

    def _note(self, **changes: Any) -> None:
        self._ledger = self._ledger.model_copy(update=changes)
        self._ledger.write(self._places.home)
        if "message" in changes:
            log.info(changes["message"], phase=str(self._ledger.phase))


async def _answers(client: httpx.AsyncClient, health: str, pid: int) -> bool:
    """Whether the process of this id says that it is ready; another one on its port would say it of itself."""
    try:
        answer = await client.get(f"{health}/readyz")
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK and answering(answer) == pid


def main(arguments: list[str]) -> int:
    """`python -m feuerwache.local.supervise HOME`, where HOME holds the plan."""
    plan = Plan.read(Path(arguments[0]))
    configure("supervisor", "info", "console")
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd would log addresses
    with ProcessGroup() as group:
        return asyncio.run(Supervisor(plan, group).run())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
