"""From the moment HTTP says 202 to the moment a `read_committed` consumer has the decision, at a given rate.

Posts leave on a timetable whether or not earlier ones were answered (open loop), so a stall shows in the figures
instead of slowing the load down.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

import aiohttp
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench import posts
from bench.stack import TOKEN, Stack
from bench.throughput import HOT_PATH, ingest_service
from feuerwache.common.events.codec import decode
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.kafka import topics

WARM_UP_SECONDS = 5.0
LAST_DECISION_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from accept to decision, over `decided` posts sent at `per_second`; `refused` got no 202."""

    per_second: int
    decided: int
    refused: int
    p50: float
    p95: float
    p99: float


async def accept_to_decision(stack: Stack, per_second: int, seconds: float) -> Latency:
    """Runs the hot path and the load for that long, plus a warm-up that does not count."""
    async with AsyncExitStack() as services:
        for module in HOT_PATH:
            await services.enter_async_context(stack.service(module))
        url, _ = await services.enter_async_context(ingest_service(stack))
        decided: dict[str, float] = {}
        watching = asyncio.create_task(_watch(stack, decided))
        try:
            await _load(url, per_second, WARM_UP_SECONDS)
            accepted, refused = await _load(url, per_second, seconds)
            deadline = time.monotonic() + LAST_DECISION_SECONDS
            while not decided.keys() >= accepted.keys() and time.monotonic() < deadline:  # noqa: ASYNC110 - a dict
                await asyncio.sleep(0.1)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    missing = accepted.keys() - decided.keys()
    if missing:
        raise RuntimeError(f"{len(missing)} of {len(accepted)} accepted posts were not decided")
    taken = sorted((decided[event] - at) * 1000 for event, at in accepted.items())
    p50, p95, p99 = (taken[min(len(taken) - 1, int(len(taken) * share))] for share in (0.50, 0.95, 0.99))
    return Latency(per_second, len(taken), refused, p50, p95, p99)


async def _watch(stack: Stack, decided: dict[str, float]) -> None:
    """Notes when the decision about each event arrives."""
    consumer = AIOKafkaConsumer(
        **stack.settings.kafka_client(),
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topics.DECISIONS_MADE.name, number) for number in range(stack.settings.post_partitions)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        while True:
            for records in (await consumer.getmany(timeout_ms=50)).values():
                now = time.monotonic()
                for record in records:
                    payload = decode(record.value, record.headers).data
                    if isinstance(payload, DecisionMade):
                        decided[str(payload.cause_id)] = now
    finally:
        await consumer.stop()


async def _load(url: str, per_second: int, seconds: float) -> tuple[dict[str, float], int]:
    """Accepted event ids with the moment of their 202, and how many posts got another answer."""
    run, written = time.time_ns(), posts.texts()
    accepted: dict[str, float] = {}
    refused = 0

    async def send(session: aiohttp.ClientSession, number: int, text: str) -> None:
        nonlocal refused
        body = posts.submission(f"{run}-{number}", text)
        async with session.post(f"{url}/v1/posts", json=body) as response:
            answer = await response.json()
            if response.status == 202:
                accepted[answer["items"][0]["event_id"]] = time.monotonic()
            else:
                refused += 1

    connector = aiohttp.TCPConnector(limit=64)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        began = time.monotonic()
        async with asyncio.TaskGroup() as sending:
            for number in range(int(per_second * seconds)):
                await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
                sending.create_task(send(session, number, next(written)))
    return accepted, refused
