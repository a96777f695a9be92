"""Follows `oncall.overrides.v1`: who stands in for whom. A projection in memory, read anew at each start.

Until it has caught up with the topic the process is not ready, but it pages: by the schedule alone, because a page to
the one who was on call first is better than none. When the broker is away, the last known overrides hold, and the
process is not ready until they are read again. A record that is no override is counted and passed over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.kafka.consumer import read_topic, to_record, unattached
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import ONCALL_OVERRIDES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier import metrics

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
        self._trouble: str | None = None
        self._task: asyncio.Task[None] | None = None

    def current(self) -> tuple[OnCallOverridden, ...]:
        return tuple(self._known.values())

    def health(self) -> str | None:
        """None once everything on record was read and while it is followed."""
        if self._task is not None and self._task.done():
            reason = "cancelled" if self._task.cancelled() else repr(self._task.exception())
            return f"the on-call overrides are no longer followed: {reason}"
        if self._trouble is not None:
            return f"the on-call overrides cannot be read: {self._trouble}"
        return None if self._caught_up else "the on-call overrides have not been read yet"

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follows while inside. What it died of, if it did, is raised at the end; until then `health` tells it."""
        self._task = asyncio.create_task(self._follow(), name="overrides")
        try:
            yield
        finally:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        while True:
            try:
                await self._read()
            except (KafkaError, OSError) as error:
                self._caught_up, self._trouble = False, type(error).__name__
                log.warning("the on-call overrides cannot be read", error=self._trouble)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self) -> None:
        """From the beginning, for ever."""
        consumer = unattached(self._settings)
        await consumer.start()
        try:
            shards = self._settings.partitioning().of(ONCALL_OVERRIDES)
            partitions = [TopicPartition(self._topic, number) for number in range(shards)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            self._trouble = None
            metrics.OVERRIDES_UNREADABLE.set(0)
            while True:
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        if not take(self._known, to_record(record)):
                            metrics.OVERRIDES_UNREADABLE.inc()
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


def take(known: dict[str, OnCallOverridden], record: Record) -> bool:
    """Puts one record into what is known, the latest word last. False when it is no override."""
    if record.value is None:
        return True  # a schedule without exceptions: those that were known end by their own time
    try:
        override = record.event().data
        if not isinstance(override, OnCallOverridden):
            raise InvalidRecord(f"{override.TYPE} is no override")
    except InvalidRecord as error:
        # A reader without offsets cannot dead-letter it; the others must hold all the same.
        log.error("an on-call override cannot be read", offset=record.offset, reason=str(error))
        return False
    known.pop(override.override_id, None)
    known[override.override_id] = override
    return True
