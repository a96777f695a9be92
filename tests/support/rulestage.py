"""The rules stage on a real Kafka and Redis: its topics, its composition in this process, and as one to be killed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from feuerwache.common.clock import AcceleratedClock
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import DecideAuthor
from feuerwache.common.health import Health
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    AUTHORS_JOURNAL,
    COMMUNITIES_PULSE,
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    INCIDENTS_CHANGED,
    POSTS_CLASSIFIED,
    Topic,
)
from feuerwache.common.process import Process
from feuerwache.escalation.rules.bootstrap import serve
from feuerwache.escalation.rules.settings import RulesSettings
from support.kafka import until
from support.rules import CONFIG, NOW
from support.servers import KafkaServer

TOPICS = (
    POSTS_CLASSIFIED,
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    AUTHORS_JOURNAL,
    COMMUNITIES_PULSE,
    ALARMS_RAISED,
    INCIDENTS_CHANGED,
)


def rules_settings(kafka: KafkaServer, redis_url: str, topic_prefix: str) -> RulesSettings:
    """Two partitions and two shards under this prefix, with their topics."""
    made = RulesSettings(
        config_dir=CONFIG,
        kafka_bootstrap=kafka.bootstrap,
        redis_url=SecretStr(redis_url),
        topic_prefix=topic_prefix,
        post_partitions=2,
        shards=2,
    )
    asyncio.run(ensure_topics(made, TOPICS))
    return made


@asynccontextmanager
async def stage(settings: RulesSettings, at: datetime = NOW) -> AsyncIterator[Process]:
    """The process's own composition, whose civil time begins at `at`; stopped in an orderly way."""
    clock = AcceleratedClock(at, datetime.now(UTC), 1.0)
    shell = Process("rules", settings, clock, Health(), asyncio.Event())
    work = asyncio.create_task(serve(shell, settings))
    try:
        yield shell
    finally:
        shell.stop.set()
        await asyncio.wait({work}, timeout=30)
    await work


def outgoing(settings: RulesSettings, events: Iterable[Event[Payload]]) -> list[Outgoing]:
    """Posts and commands as records on the partition of their author."""
    names, partitioning = settings.topics(), settings.partitioning()
    made = []
    for event in events:
        data: Any = event.data
        command = not hasattr(data, "received")
        subject = data if command else data.received
        community = subject.community if isinstance(subject, DecideAuthor) else subject.ref.community
        key = author_key(community, subject.author_id)
        topic = names.of(DECISIONS_COMMANDS if command else POSTS_CLASSIFIED)
        made.append(Outgoing.of(topic, partition_of(key, partitioning.posts), key, event))
    return made


async def send(settings: RulesSettings, events: Iterable[Event[Payload]]) -> None:
    async with EventProducer(settings) as producer:
        await producer.send_all(outgoing(settings, events))


@asynccontextmanager
async def held_back(settings: RulesSettings, *events: Event[Payload]) -> AsyncIterator[datetime]:
    """Appended now, seen by nobody before the end of the block: their transaction stays open. Gives the first
    millisecond after the broker's time of the last one.
    """
    producer = AIOKafkaProducer(**settings.kafka_client(), transactional_id=f"{settings.topic_prefix}held-back")
    await producer.start()
    try:
        async with producer.transaction():
            for each in outgoing(settings, events):
                appended = await producer.send_and_wait(
                    each.topic, each.value, each.key, each.partition, headers=list(each.headers)
                )
            yield datetime.fromtimestamp((appended.timestamp + 1) / 1000, UTC)
    finally:
        await producer.stop()


async def read(settings: RulesSettings, topic: Topic) -> list[tuple[Record, Any]]:
    records = await read_topic(settings, settings.topics().of(topic))
    return [(record, record.event().data) for record in records]


async def decisions(settings: RulesSettings, count: int) -> list[Any]:
    """Waits for this many and looks once more, so that one too many would be seen too."""

    async def there() -> bool:
        return len(await read(settings, DECISIONS_MADE)) >= count

    await until(there, f"{count} decisions")
    found = [data for _, data in await read(settings, DECISIONS_MADE)]
    assert len(found) == count
    return found


def spawned(settings: RulesSettings, chaos: str = "", batch: int = 20, at: datetime = NOW) -> subprocess.Popen[bytes]:
    """The process on its own; its civil time begins at `at`; `chaos` is `POINT@MARKER` (`feuerwache.common.chaos`)."""
    environment = os.environ | {
        "FEUERWACHE_CONFIG_DIR": str(settings.config_dir),
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_REDIS_URL": settings.redis_url.get_secret_value(),
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_POST_PARTITIONS": str(settings.post_partitions),
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_RULES_BATCH": str(batch),
        "FEUERWACHE_CLOCK_START": at.isoformat(),
        "FEUERWACHE_CLOCK_EPOCH": datetime.now(UTC).isoformat(),
        "FEUERWACHE_CHAOS": chaos,
    }
    command = [sys.executable, "-m", "feuerwache.escalation.rules"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
