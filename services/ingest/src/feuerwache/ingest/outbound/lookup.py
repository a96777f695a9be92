"""Reads single decisions back from where they stand in `decisions.made.v1`.

A platform that says what it did names the place we told it, so nothing has to be remembered about who was told what,
and what it says of a decision is checked against the decision itself.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import TransientError
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.consumer import to_record, unattached
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.common.settings import CommonSettings

POLL_MS = 250
#: Real seconds for all of it; whoever asks is waiting.
PATIENCE_SECONDS = 10.0

#: Partition and offset.
Place = tuple[int, int]


async def look_up(settings: CommonSettings, places: Iterable[Place]) -> dict[Place, Record]:
    """The committed records at these places; one that is not kept any more, or never was, is left out.

    Raises `TransientError`, or `FatalError` where the broker refuses us for good.
    """
    name, partitions = settings.topics().of(DECISIONS_MADE), settings.partitioning().of(DECISIONS_MADE)
    wanted: defaultdict[TopicPartition, set[int]] = defaultdict(set)
    for partition, offset in places:
        if partition < partitions:
            wanted[TopicPartition(name, partition)].add(offset)
    if not wanted:
        return {}
    consumer = unattached(settings)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await consumer.start()
            consumer.assign(list(wanted))
            begins, ends = await consumer.beginning_offsets(list(wanted)), await consumer.end_offsets(list(wanted))
            found: dict[Place, Record] = {}
            for tp, offsets in wanted.items():
                for offset in sorted(offset for offset in offsets if begins[tp] <= offset < ends[tp]):
                    if (tp.partition, offset) not in found:
                        found |= await _from(consumer, tp, offset, ends[tp])
    except KafkaError as error:
        raise await refusal(settings, error) from error
    except TimeoutError as error:
        raise TransientError(
            f"Kafka at {settings.kafka_bootstrap} did not answer within {PATIENCE_SECONDS:g} s"
        ) from error
    finally:
        await consumer.stop()
    return found


async def _from(
    consumer: AIOKafkaConsumer[bytes | None, bytes | None], tp: TopicPartition, offset: int, end: int
) -> dict[Place, Record]:
    """This record and some that follow, as they come in one piece. Empty where nothing but marks of transactions is
    left."""
    consumer.seek(tp, offset)
    while await consumer.position(tp) < end:
        fetched = await consumer.getmany(tp, timeout_ms=POLL_MS)
        records = [to_record(record) for several in fetched.values() for record in several]
        if records:
            return {(tp.partition, record.offset): record for record in records}
    return {}
