"""Counts what a stage writes, and when: records that a `read_committed` consumer sees, with the broker's own times."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.settings import CommonSettings

DEADLINE_SECONDS = 120.0
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Counted:
    """`records` of a topic that arrived within `seconds`, first to last, by the broker's append times.

    `last` is when the last one came, in seconds since 1970.
    """

    records: int
    seconds: float
    last: float = 0.0

    @property
    def per_second(self) -> float:
        return self.records / self.seconds if self.seconds else 0.0


class TooSlow(FeuerwacheError):  # noqa: N818 - reads as what it is
    """A stage did not write what it should have within the deadline."""


async def count(
    settings: CommonSettings, topic: str, partitions: int, expected: int, types: Iterable[str] = ()
) -> Counted:
    """Waits until `expected` records (of these CloudEvents types, if given) are there. Raises `TooSlow`."""
    wanted = {name.encode() for name in types}
    consumer = AIOKafkaConsumer(
        **settings.kafka_client(),
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        enable_auto_commit=False,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        deadline = time.monotonic() + DEADLINE_SECONDS
        seen, first, last = 0, float("inf"), 0.0
        while seen < expected:
            if time.monotonic() > deadline:
                raise TooSlow(f"{topic}: {seen} of {expected} records after {DEADLINE_SECONDS:.0f} s")
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    if wanted and dict(record.headers).get("ce_type") not in wanted:
                        continue
                    seen += 1
                    first, last = min(first, record.timestamp), max(last, record.timestamp)
            await asyncio.sleep(0)
        return Counted(seen, (last - first) / 1000, last / 1000)
    finally:
        await consumer.stop()


async def drained(settings: CommonSettings, group: str, topic: str) -> Counted:
    """Waits until the consumer group has committed every record of a topic; from its first commit to its last.

    For stages whose outputs are fewer or more than their inputs. Exact to `LOOK_SECONDS`. Raises `TooSlow`.
    """
    records = await read_topic(settings, topic)
    # Behind the last record of a transaction stands its marker, which a consumer passes without committing it.
    ends = {TopicPartition(topic, record.partition): record.offset + 1 for record in records}
    admin = AIOKafkaAdminClient(**settings.kafka_client())
    await admin.start()
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        began: float | None = None
        while time.monotonic() < deadline:
            committed = await admin.list_consumer_group_offsets(group, partitions=list(ends))
            now = time.monotonic()
            if began is None and any(at.offset > 0 for at in committed.values()):
                began = now
            if began is not None and all(committed[each].offset >= end for each, end in ends.items()):
                return Counted(len(records), now - began)
            await asyncio.sleep(LOOK_SECONDS)
        raise TooSlow(f"{group} has not read {topic} to its end after {DEADLINE_SECONDS:.0f} s")
    finally:
        await admin.close()
