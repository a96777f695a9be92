"""A notifier as it runs, in a process of its own on a real Kafka: started, killed, started again, and asked."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import (
    LayerTarget,
    PageReceipt,
    PageRequested,
    PageSubject,
    Target,
)
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import incident_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    ONCALL_OVERRIDES,
    PAGES_DELIVERIES,
    PAGES_FAILURES,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    Topic,
)
from feuerwache.common.settings import CommonSettings
from support.kafka import until
from support.mailbox import Mailbox
from support.servers import KafkaServer

SECRET = "a-secret-for-links-in-tests-32-chars"
TOPICS = (
    PAGES_REQUESTED,
    PAGES_DELIVERIES,
    PAGES_FAILURES,
    PAGES_RECEIPTS,
    ONCALL_OVERRIDES,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
)
PEOPLE = """
people:
  - {id: anna, name: Anna Müller, contacts: [{channel: email, address: anna@morgenrot.example}]}
  - {id: jonas, name: Jonas, language: en, contacts: [{channel: email, address: jonas@morgenrot.example}]}
  - id: two
    name: Two
    contacts:
      - {channel: webhook, url: "http://127.0.0.1:9/hook", secret: whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU=}
      - {channel: email, address: two@morgenrot.example}
  - id: deaf
    name: Deaf
    contacts: [{channel: webhook, url: "http://127.0.0.1:9/hook", secret: whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU=}]
"""
SCHEDULES = """
schedules:
  - id: s
    layers:
      - {id: first, shifts: [{id: all, from: "00:00", to: "00:00", since: 2020-01-06, people: [anna]}]}
      - {id: later, shifts: [{id: all, from: "00:00", to: "00:00", since: 2999-01-06, people: [anna]}]}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Station:
    """A notifier that can be started, killed and started again, with its broker, its mail server and its addresses."""

    settings: CommonSettings
    mailbox: Mailbox
    config: Path
    process: asyncio.subprocess.Process | None = None
    environment: dict[str, str] = field(default_factory=dict)
    health_port: int = field(default_factory=free_port)

    async def start(self) -> None:
        assert self.process is None
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "feuerwache.notifier",
            env={
                **os.environ,
                "FEUERWACHE_KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
                "FEUERWACHE_TOPIC_PREFIX": self.settings.topic_prefix,
                "FEUERWACHE_SHARDS": str(self.settings.shards),
                "FEUERWACHE_CONFIG_DIR": str(self.config),
                "FEUERWACHE_LINK_SECRET": SECRET,
                "FEUERWACHE_CONSOLE_URL": "https://wache.example",
                "FEUERWACHE_HEALTH_PORT": str(self.health_port),
                "FEUERWACHE_SMTP_HOST": "127.0.0.1",
                "FEUERWACHE_SMTP_PORT": str(self.mailbox.port),
                **self.environment,
            },
        )

    async def end(self, signum: signal.Signals) -> int:
        process, self.process = self.process, None
        assert process is not None
        if process.returncode is None:
            process.send_signal(signum)
        async with asyncio.timeout(30):
            return await process.wait()

    async def publish(self, topic: Topic, payload: Payload, event_id: UUID | None = None, partition: int = 0) -> UUID:
        event = Event(event_id or uuid4(), "/test", datetime.now(UTC), payload)
        async with EventProducer(self.settings) as producer:
            name = self.settings.topics().of(topic)
            await producer.send(Outgoing.of(name, partition, incident_key(event.id), event))
        return event.id

    async def metrics(self) -> str:
        """Of a process that says it is ready."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.health_port}", trust_env=False) as client:

            async def ready() -> bool:
                try:
                    answer = await client.get("/readyz")
                except httpx.TransportError:
                    return False  # it has just been started
                own = self.process is not None and answer.json()["pid"] == self.process.pid
                return own and answer.status_code == 200

            await until(ready, "the notifier is ready", 30)
            return (await client.get("/metrics")).text

    async def page(self, *targets: Target, page_id: UUID | None = None, **changes: object) -> UUID:
        return await self.publish(PAGES_REQUESTED, page_for(*targets).model_copy(update=changes), page_id)

    async def receipts(self, page_id: UUID) -> list[PageReceipt]:
        records = await read_topic(self.settings, self.settings.topics().of(PAGES_RECEIPTS))
        found = [record.event().data for record in records]
        return [receipt for receipt in found if isinstance(receipt, PageReceipt) and receipt.page_id == page_id]

    async def settled(self, page_id: UUID, is_end: Callable[[list[PageReceipt]], bool]) -> list[PageReceipt]:
        async def condition() -> bool:
            return is_end(await self.receipts(page_id))

        await until(condition, "the receipts of the page", 60)
        return await self.receipts(page_id)


def page_for(*targets: Target) -> PageRequested:
    now = datetime.now(UTC)
    about = PageSubject(
        community="c",
        community_title="Morgenrot-Forum",
        kind=CrisisKind.NEGATIVITY_BURST,
        severity=Severity.CRITICAL,
        onset=now,
        figures=Figures(posts=214, window_minutes=15, usual_posts=12, negative_share=0.61, most_said=("Rückruf",)),
    )
    return PageRequested(
        incident_id=uuid4(),
        step=0,
        targets=targets,
        subject=about,
        due_at=now,
        deadline=now + timedelta(seconds=2),
    )


@asynccontextmanager
async def station(kafka: KafkaServer, prefix: str, config: Path, shards: int = 1) -> AsyncIterator[Station]:
    (config / "people.yaml").write_text(PEOPLE)
    (config / "schedules.yaml").write_text(SCHEDULES)
    settings = CommonSettings(kafka_bootstrap=kafka.bootstrap, topic_prefix=prefix, shards=shards)
    await ensure_topics(settings, TOPICS)
    async with Mailbox() as mailbox:
        one = Station(settings, mailbox, config)
        try:
            yield one
        finally:
            if one.process is not None:
                await one.end(signal.SIGKILL)


def statuses(receipts: list[PageReceipt]) -> list[str]:
    return [receipt.status.value for receipt in receipts]


def ends(*last: str) -> Callable[[list[PageReceipt]], bool]:
    return lambda receipts: bool(receipts) and receipts[-1].status.value in last


FIRST = LayerTarget(schedule="s", layer="first")
