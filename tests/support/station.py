"""The incidents task on a real Kafka, for tests: one corner of the broker, and the task in this process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from feuerwache.common.clock import ManualClock
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PageRequested
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import alarm_shard, shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    DETECTORS_BARS,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    Topic,
)
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.incidents import register
from feuerwache.escalation.incidents.bootstrap import compose
from support.incidents import BRAND, COMMUNITY, house

DEADLINE = 45.0
TOPICS = (ALARMS_RAISED, INCIDENTS_COMMANDS, PAGES_RECEIPTS, INCIDENTS_CHANGED, PAGES_REQUESTED, DETECTORS_BARS)


class CivilClock(ManualClock):
    """Civil time moves when told to; real time goes on, or the runner's watchdog would see hours without progress."""

    def monotonic(self) -> float:
        return time.monotonic()


class Station:
    """One test's corner of the broker: sends events, reads what came of them."""

    def __init__(self, settings: CommonSettings) -> None:
        self.settings = settings
        self.shard = alarm_shard(COMMUNITY, BRAND, settings.shards)

    async def send(self, topic: Topic, event: Event[Payload]) -> None:
        name = self.settings.topics().of(topic)
        async with EventProducer(self.settings) as producer:
            await producer.send(Outgoing.of(name, self.shard, shard_key(self.shard), event))

    async def incidents(self) -> list[Incident]:
        return await register.read_incidents(self.settings)

    async def incident(self) -> Incident:
        (incident,) = await self.incidents()
        return incident

    async def pages(self) -> list[Event[PageRequested]]:
        return [
            record.event() for record in await read_topic(self.settings, self.settings.topics().of(PAGES_REQUESTED))
        ]

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(DEADLINE):
            while True:
                if await condition():
                    return
                await asyncio.sleep(0.05)

    async def until_some_pages(self, count: int) -> None:
        async def enough() -> bool:
            return len(await self.pages()) >= count

        await self.until(enough)

    async def until_pages(self, count: int) -> list[Event[PageRequested]]:
        await self.until_some_pages(count)
        pages = await self.pages()
        assert len(pages) == count
        return pages

    async def until_state(self, state: IncidentState) -> Incident:
        async def reached() -> bool:
            return [incident.state for incident in await self.incidents()] == [state]

        await self.until(reached)
        return await self.incident()


@asynccontextmanager
async def running(settings: CommonSettings, clock: ManualClock) -> AsyncIterator[Station]:
    """The task in this process, on a clock the test moves."""
    await ensure_topics(settings, TOPICS)
    stop = asyncio.Event()
    task = asyncio.create_task(compose(settings, clock, house).run(stop))
    try:
        yield Station(settings)
    finally:
        stop.set()
        await task


def environment(settings: CommonSettings) -> dict[str, str]:
    """What a process or a command needs to find this test's corner of the broker."""
    return {
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_CONFIG_DIR": str(settings.config_dir),
    }


def spawned(settings: CommonSettings, log: Path) -> subprocess.Popen[bytes]:
    """The task as a process of its own."""
    command = [sys.executable, "-m", "feuerwache.escalation.incidents"]
    with log.open("ab") as output:
        return subprocess.Popen(command, env=os.environ | environment(settings), stdout=output, stderr=output)
