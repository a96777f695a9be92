"""Records per second: a raw relay, each stage alone over what the stage before it wrote, and the whole chain."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench import posts
from bench.counting import Counted, count
from bench.stack import STOP_SECONDS, TOKEN, Stack
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.kafka import topics
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.local import ports

CHUNK = 2_000
BATCH = 100
CONNECTIONS = 8
HOT_PATH = ("feuerwache.classifier", "feuerwache.escalation.rules")


#: Asks for the resident memory of a running service, in MB.
Resident = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `resident` is in MB after the work, of the process that did it."""

    name: str
    records: int
    per_second: float
    resident: float | None = None


async def preload(stack: Stack, topic: str, records: int) -> None:
    """Writes that many received posts to a topic before anything is measured."""
    partitions = stack.settings.post_partitions
    async with EventProducer(stack.settings) as producer:
        pending: Iterator[Outgoing] = posts.received(topic, partitions, records)
        while chunk := list(itertools.islice(pending, CHUNK)):
            await producer.send_all(chunk)


async def raw_relay(stack: Stack, records: int) -> Row:
    """The yardstick over the same records as the stages."""
    source, target = "bench.relay.in", "bench.relay.out"
    partitions = stack.settings.post_partitions
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap)
    await admin.start()
    try:
        log_append = {"message.timestamp.type": "LogAppendTime"}
        await admin.create_topics(
            [NewTopic(name, partitions, 1, topic_configs=log_append) for name in (source, target)]
        )
    finally:
        await admin.close()
    await preload(stack, source, records)
    child = stack.spawn("bench.relay", stack.kafka.bootstrap, source, target, "bench-relay")
    try:
        counted = await count(stack.settings, target, partitions, records)
        return _row("raw aiokafka relay", counted, stack.resident_megabytes(child))
    finally:
        await child.stop(STOP_SECONDS)


async def classifier(stack: Stack, records: int) -> Row:
    await preload(stack, topics.POSTS_RECEIVED.name, records)
    async with stack.service("feuerwache.classifier") as child:
        counted = await _count(stack, topics.POSTS_CLASSIFIED, records, PostClassified.TYPE)
        return _row("classifier", counted, stack.resident_megabytes(child))


async def rules(stack: Stack, records: int) -> Row:
    """Over what the classifier wrote before."""
    async with stack.service("feuerwache.escalation.rules") as child:
        counted = await _count(stack, topics.DECISIONS_MADE, records, DecisionMade.TYPE)
        return _row("rules", counted, stack.resident_megabytes(child))


async def ingest(stack: Stack, records: int) -> Row:
    """Over HTTP, in batches, with nothing behind it."""
    async with ingest_service(stack) as (url, resident):
        seconds = await send_batches(url, records)
        return Row(f"ingest, HTTP, batches of {BATCH}", records, records / seconds, resident())


async def chain(stack: Stack, records: int, before: int) -> Row:
    """HTTP in, decisions out, everything running at once; `before` posts were sent earlier."""
    async with AsyncExitStack() as services:
        for module in HOT_PATH:
            await services.enter_async_context(stack.service(module))
        url, _ = await services.enter_async_context(ingest_service(stack))
        await _count(stack, topics.DECISIONS_MADE, before, DecisionMade.TYPE)  # what ingest left behind, worked off
        began = time.monotonic()
        await asyncio.gather(
            send_batches(url, records), _count(stack, topics.DECISIONS_MADE, before + records, DecisionMade.TYPE)
        )
        return Row("whole chain, HTTP to decision", records, records / (time.monotonic() - began))


@asynccontextmanager
async def ingest_service(stack: Stack) -> AsyncIterator[tuple[str, Resident]]:
    """A running ingest: its URL, and what asks for its memory."""
    http = ports.free_port()
    environment = {"FEUERWACHE_HTTP_PORT": str(http), "FEUERWACHE_GRPC_PORT": str(ports.free_port([http]))}
    async with stack.service("feuerwache.ingest", **environment) as child:
        yield f"http://127.0.0.1:{http}", lambda: stack.resident_megabytes(child)


async def send_batches(url: str, records: int) -> float:
    """Sends that many new posts over `CONNECTIONS` connections; seconds it took until the last was accepted."""
    run = time.time_ns()
    numbers = iter(range(0, records, BATCH))
    written = posts.texts()
    headers = {"Authorization": f"Bearer {TOKEN}"}

    async def connection(session: aiohttp.ClientSession) -> None:
        for first in numbers:
            batch = [posts.submission(f"{run}-{first + i}", next(written)) for i in range(min(BATCH, records - first))]
            async with session.post(f"{url}/v1/posts", json={"posts": batch}) as response:
                if response.status != 202:
                    raise RuntimeError(f"ingest answered {response.status}: {(await response.text())[:500]}")

    async with aiohttp.ClientSession(headers=headers) as session:
        began = time.monotonic()
        await asyncio.gather(*(connection(session) for _ in range(CONNECTIONS)))
        return time.monotonic() - began


async def _count(stack: Stack, topic: topics.Topic, records: int, ce_type: str) -> Counted:
    return await count(stack.settings, topic.name, stack.settings.post_partitions, records, [ce_type])


def _row(name: str, counted: Counted, resident: float) -> Row:
    return Row(name, counted.records, counted.per_second, resident)
