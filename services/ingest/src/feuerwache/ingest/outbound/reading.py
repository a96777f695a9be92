"""Reads `decisions.made.v1` for one reader of a stream, from its own place, in no group: nothing is committed for it.

`Reading.next` gives what has come, and `cursor` where it stands after each record. A place that is no longer kept is an
error and never a silent jump.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, OffsetOutOfRangeError

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.consumer import to_record
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.outbound.cursor import decode, encode

POLL_MS = 250
MAX_RECORDS = 100
#: What a reader that is slow keeps in memory, per partition.
FETCH_BYTES = 128 * 1024

EXPIRED = "the cursor points to decisions that are no longer kept, or to a topic that was made anew"


class Expired(FeuerwacheError):  # noqa: N818 - says what has happened to the cursor
    """The place is not there any more."""


class Reading:
    """Use as an async context manager; `open` first."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        name = settings.topics().of(DECISIONS_MADE)
        self._partitions = [TopicPartition(name, n) for n in range(settings.partitioning().of(DECISIONS_MADE))]
        self._offsets: list[int] = []
        self._consumer: AIOKafkaConsumer[bytes | None, bytes | None] = AIOKafkaConsumer(
            **settings.kafka_client(),
            isolation_level="read_committed",
            auto_offset_reset="none",
            enable_auto_commit=False,
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=FETCH_BYTES,
        )

    async def open(self, cursor: str, since: datetime | None) -> None:
        """Begins at the cursor; without one at `since`, or now. Raises `BadCursor`, `Expired`, `TransientError`."""
        given = decode(cursor, len(self._partitions)) if cursor else None
        try:
            await self._consumer.start()
            self._consumer.assign(self._partitions)
            ends = await self._consumer.end_offsets(self._partitions)
            begins = await self._consumer.beginning_offsets(self._partitions)
            if given is not None:
                offsets = dict(zip(self._partitions, given, strict=True))
            elif since is not None:
                at = await self._consumer.offsets_for_times(
                    dict.fromkeys(self._partitions, int(since.timestamp() * 1000))
                )
                offsets = {tp: found.offset if (found := at[tp]) is not None else ends[tp] for tp in self._partitions}
            else:
                offsets = dict(ends)
        except KafkaError as error:
            raise await refusal(self._settings, error) from error
        if any(not begins[tp] <= offset <= ends[tp] for tp, offset in offsets.items()):
            raise Expired(EXPIRED)
        for tp, offset in offsets.items():
            self._consumer.seek(tp, offset)
        self._offsets = [offsets[tp] for tp in self._partitions]

    async def next(self) -> Iterator[Record]:
        """What has come, perhaps nothing, after a short while at most; `cursor` follows each record that is taken."""
        try:
            fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=MAX_RECORDS)
        except OffsetOutOfRangeError as error:
            raise Expired(EXPIRED) from error
        except KafkaError as error:
            raise await refusal(self._settings, error) from error
        return self._each([to_record(record) for records in fetched.values() for record in records])

    def _each(self, records: list[Record]) -> Iterator[Record]:
        for record in records:
            self._offsets[record.partition] = record.offset + 1
            yield record

    async def caught_up(self) -> None:
        """Everything given so far is dealt with: the place also passes the marks of transactions, of which nothing is
        given."""
        for number, tp in enumerate(self._partitions):
            self._offsets[number] = max(self._offsets[number], await self._consumer.position(tp))

    @property
    def cursor(self) -> str:
        return encode(self._offsets)

    async def close(self) -> None:
        with suppress(IllegalOperation):
            await self._consumer.stop()
