"""What tests on a real broker share: settings for it, plain records in and out, waiting with a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from time import monotonic

from aiokafka.errors import UnknownTopicOrPartitionError

from feuerwache.common.errors import TransientError
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.kafka.topics import DAY, Topic
from feuerwache.common.settings import CommonSettings

#: Ordinary in every way but the waits, which are short so that tests need not be patient.
BRISK = RunnerOptions(
    poll_ms=50, backoff_first=0.02, backoff_limit=0.2, session_timeout_ms=3_000, heartbeat_interval_ms=500
)

NUMBERS = Topic("test.numbers.v1", "number", False, DAY, dead_letters=True)
LETTERS = Topic("test.letters.v1", "letter", False, DAY, dead_letters=True)
RESULTS = Topic("test.results.v1", "number", False, DAY)
COUNTERS = Topic("test.counters.v1", "counter", False, None)
TOPICS = (NUMBERS, LETTERS, RESULTS, COUNTERS)


def settings_for(bootstrap: str, prefix: str, partitions: int = 2) -> CommonSettings:
    return CommonSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix, post_partitions=partitions, shards=partitions)


async def prepared(bootstrap: str, prefix: str, partitions: int = 2) -> CommonSettings:
    """Settings, with the topics above created."""
    settings = settings_for(bootstrap, prefix, partitions)
    await ensure_topics(settings, TOPICS)
    return settings


async def put(settings: CommonSettings, topic: Topic, partition: int, values: Iterable[bytes]) -> None:
    """Plain records without CloudEvents headers; the key is the value."""
    name = settings.topics().of(topic)
    async with EventProducer(settings) as producer:
        await producer.send_all([Outgoing(name, partition, value, value, [("origin", b"test")]) for value in values])


async def values_in(settings: CommonSettings, topic: Topic, partition: int | None = None) -> list[bytes]:
    """The values a read_committed consumer sees now."""
    records = await read_topic(settings, settings.topics().of(topic))
    return [record.value or b"" for record in records if partition in (None, record.partition)]


async def dead_letters(settings: CommonSettings, topic: Topic) -> list[Record]:
    return await read_topic(settings, settings.topics().dlq(topic))


async def until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = 30.0) -> None:
    """Waits for something with a deadline; says what did not happen."""
    deadline = monotonic() + seconds
    while True:
        try:
            if await condition():
                return
        except (TransientError, UnknownTopicOrPartitionError):
            pass  # the broker is not ready to say: asked again below, within the deadline
        if monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(runner: Runner) -> AsyncIterator[asyncio.Task[None]]:
    """The runner at work; stopped in an orderly way at the end, whose failure, if any, is raised."""
    stop = asyncio.Event()
    task = asyncio.create_task(runner.run(stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=30)
    await task
