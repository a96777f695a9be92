"""What is parked for one integration on one partition, read back when the partition is assigned.

Integrations share the topic and write it by producers of their own. So a `read_committed` reader may be kept from our
records by an open transaction of another integration: it is waited for (brokers end one after ten seconds) instead of
taking the last stable offset for the end.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.kafka.consumer import to_record, unattached
from feuerwache.common.kafka.keys import SEPARATOR
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DECISIONS_MADE, OUTBOUND_PARKED
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.outbound.parcel import Parcel, restored

POLL_MS = 200
#: Above the ten seconds after which brokers end a transaction that nobody does.
PATIENCE_SECONDS = 30.0

log = logger(__name__)


async def read_shelf(settings: CommonSettings, clock: Clock, integration: str, partition: int) -> list[Parcel]:
    """Everything parked there; to be called once former owners are fenced. Raises `TransientError`, `KafkaError`."""
    names, prefix = settings.topics(), f"{integration}{SEPARATOR}".encode()
    tp = TopicPartition(names.of(OUTBOUND_PARKED), partition)
    newest: dict[bytes, Record] = {}
    end = await _high_watermark(settings, tp)
    consumer = unattached(settings)
    try:
        await consumer.start()
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        began = clock.monotonic()
        while await consumer.position(tp) < end:
            for records in (await consumer.getmany(tp, timeout_ms=POLL_MS)).values():
                for record in map(to_record, records):
                    if record.key is None or not record.key.startswith(prefix):
                        continue
                    newest.pop(record.key, None)
                    if record.value is not None:
                        newest[record.key] = record
            if clock.monotonic() - began > PATIENCE_SECONDS and await consumer.position(tp) < end:
                raise TransientError(f"what is parked on partition {partition} cannot be read to its end")
    finally:
        await consumer.stop()
    return parcels(newest.values(), names.of(DECISIONS_MADE))


def parcels(records: Iterable[Record], decisions_topic: str) -> list[Parcel]:
    """What is readable of them; a parked record that no version of ours wrote is told and left alone."""
    found = []
    for record in records:
        try:
            found.append(restored(record, decisions_topic))
        except InvalidRecord as error:
            log.error("a parked decision cannot be read", partition=record.partition, reason=str(error))
    return found


async def _high_watermark(settings: CommonSettings, tp: TopicPartition) -> int:
    """Also of what is not committed yet."""
    consumer: AIOKafkaConsumer[bytes | None, bytes | None] = AIOKafkaConsumer(
        **settings.kafka_client(), isolation_level="read_uncommitted", enable_auto_commit=False
    )
    try:
        await consumer.start()
        return int((await consumer.end_offsets([tp]))[tp])
    finally:
        await consumer.stop()
