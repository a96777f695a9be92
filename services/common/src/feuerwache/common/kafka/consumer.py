"""Reads whole topics once, from the beginning to where they end now, as a `read_committed` consumer sees them.

For checks, lists and rebuilds. It joins no group and commits nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.record import Record
from feuerwache.common.settings import CommonSettings

POLL_MS = 200
FETCH_WAIT_MS = 50


def to_record(record: ConsumerRecord[bytes | None, bytes | None]) -> Record:
    """aiokafka's record as ours."""
    return Record(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
    )


async def read_topic(settings: CommonSettings, topic: str) -> list[Record]:
    """Everything in a topic (its name on the broker). Raises what `refusal` says when the broker cannot be asked."""
    return [record async for record in read_to_end(settings, [topic])]


async def read_to_end(settings: CommonSettings, topics: Iterable[str]) -> AsyncIterator[Record]:
    """Every committed record of these topics up to their present end; in order within each partition."""
    async with _reader(settings) as consumer:
        partitions: list[TopicPartition] = []
        for topic in topics:
            known = await consumer._client._wait_on_metadata(topic)
            partitions += [TopicPartition(topic, partition) for partition in sorted(known)]
        async for record in _drain(consumer, partitions, {}):
            yield record


async def read_partition(settings: CommonSettings, topic: str, partition: int, start: int = 0) -> AsyncIterator[Record]:
    """Every committed record of one partition, from offset `start` up to its present stable end."""
    async with _reader(settings) as consumer:
        tp = TopicPartition(topic, partition)
        async for record in _drain(consumer, [tp], {tp: start}):
            yield record


def unattached(settings: CommonSettings) -> AIOKafkaConsumer[bytes | None, bytes | None]:
    """A consumer of committed records, in no group and not started: for whoever keeps its own place in a topic."""
    return AIOKafkaConsumer(
        **settings.kafka_client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )


@asynccontextmanager
async def _reader(settings: CommonSettings) -> AsyncIterator[AIOKafkaConsumer[bytes | None, bytes | None]]:
    consumer = unattached(settings)
    try:
        await consumer.start()
        yield consumer
    except KafkaError as error:
        raise await refusal(settings, error) from error
    finally:
        await consumer.stop()


async def _drain(
    consumer: AIOKafkaConsumer[bytes | None, bytes | None],
    partitions: list[TopicPartition],
    starts: Mapping[TopicPartition, int],
) -> AsyncIterator[Record]:
    if not partitions:
        return
    consumer.assign(partitions)
    # The end of a read_committed consumer is the last stable offset: behind it, nothing has been decided yet.
    ends = await consumer.end_offsets(partitions)
    begins = await consumer.beginning_offsets(partitions)
    for tp in partitions:
        consumer.seek(tp, max(begins[tp], starts.get(tp, 0)))
    open_partitions = {tp for tp in partitions if await consumer.position(tp) < ends[tp]}
    while open_partitions:
        for tp, records in (await consumer.getmany(*open_partitions, timeout_ms=POLL_MS)).items():
            for record in records:
                if record.offset < ends[tp]:
                    yield to_record(record)
        # The position also passes control records, of which getmany returns nothing.
        open_partitions = {tp for tp in open_partitions if await consumer.position(tp) < ends[tp]}
