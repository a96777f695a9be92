"""Follows `oncall.overrides.v1`: who stands in for whom. A projection in memory, read anew at each start.

Until it has caught up with the topic the process is not ready, but it pages: by the schedule alone, because a page to
the one who was on call first is better than none. When the broker is away, the last known overrides hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.kafka.consumer import read_topic, to_record
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import ONCALL_OVERRIDES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

POLL_MS = 500
AGAIN_SECONDS = 2.0

log = logger(__name__)


class Overrides:
    """`current` in the order in which they were made."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._topic = settings.topics().of(ONCALL_OVERRIDES)
        self._known: dict[str, OnCallOverridden] = {}
        self._caught_up = False

    def current(self) -> tuple[OnCallOverridden, ...]:
        return tuple(self._known.values())

    def health(self) -> str | None:
        return None if self._caught_up else "the on-call overrides have not been read yet"

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._follow(), name="overrides")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _follow(self) -> None:
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                log.warning("the on-call overrides cannot be read", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self) -> None:
        """From the beginning, for ever."""
        consumer = AIOKafkaConsumer(
            **self._settings.kafka_client(),
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            shards = self._settings.partitioning().of(ONCALL_OVERRIDES)
            partitions = [TopicPartition(self._topic, number) for number in range(shards)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            while True:
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        take(self._known, to_record(record))
                if not self._caught_up:
                    self._caught_up = all([await consumer.position(tp) >= ends[tp] for tp in partitions])
        finally:
            await consumer.stop()


async def read_overrides(settings: CommonSettings) -> tuple[OnCallOverridden, ...]:
    """The overrides as they are on record now, for a command. Raises `TransientError`."""
    known: dict[str, OnCallOverridden] = {}
    for record in await read_topic(settings, settings.topics().of(ONCALL_OVERRIDES)):
        take(known, record)
    return tuple(known.values())


def take(known: dict[str, OnCallOverridden], record: Record) -> None:
    """Puts one record into what is known, the latest word last."""
    if record.value is None:
        return  # a schedule without exceptions: those that were known end by their own time
    try:
        override = record.event().data
        if not isinstance(override, OnCallOverridden):
            raise InvalidRecord(f"{override.TYPE} is no override")
    except InvalidRecord as error:
        # A reader without offsets cannot dead-letter it; the others must hold all the same.
        log.error("an on-call override cannot be read", offset=record.offset, reason=str(error))
        return
    known.pop(override.override_id, None)
    known[override.override_id] = override
