"""Members that join the groups of running services and leave again: rebalances at will, under whatever load there is.

An intruder gets partitions like any member, reads nothing and commits nothing. While it holds them nobody works on
them; when it leaves they move back. To the service this is an instance that was started and died at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from feuerwache.common.kafka import topics
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.settings import CommonSettings

ASSIGNED_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A consumer group of the runner and what it reads."""

    group: str
    inputs: Sequence[Topic]


TARGETS = (
    Target("classifier", (topics.POSTS_RECEIVED,)),
    Target("rules", (topics.POSTS_CLASSIFIED, topics.DECISIONS_COMMANDS)),
    Target("incidents", (topics.ALARMS_RAISED, topics.INCIDENTS_COMMANDS, topics.PAGES_RECEIPTS)),
)


async def intrude(settings: CommonSettings, target: Target, rebalances: int) -> int:
    """Joins and leaves until the group has gone through that many generations; returns how many it were."""
    first: int | None = None
    last = 0
    while first is None or last - first < rebalances:
        consumer = AIOKafkaConsumer(
            *(settings.topics().of(topic) for topic in target.inputs),
            **settings.kafka_client(),
            group_id=target.group,
            enable_auto_commit=False,
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=10_000,
            heartbeat_interval_ms=1_000,
        )
        await consumer.start()
        try:
            async with asyncio.timeout(ASSIGNED_SECONDS):
                while not consumer.assignment():  # noqa: ASYNC110 - a consumer sets no event
                    await asyncio.sleep(0.05)
            last = int(consumer._coordinator.generation)
            first = last if first is None else first
            await asyncio.sleep(random.uniform(0.0, 0.5))
        finally:
            await consumer.stop()
    return last - first


async def intrude_everywhere(settings: CommonSettings, rebalances: int) -> int:
    """So many rebalances over all targets together, side by side."""
    share = -(-rebalances // len(TARGETS))
    return sum(await asyncio.gather(*(intrude(settings, target, share) for target in TARGETS)))
