"""Follows a compacted topic into memory, from its beginning and for ever: a projection, read anew at each start.

No group and no offsets, so a rebalance can lose nothing. `health` says what is missing until everything on record was
read, and whenever the topic cannot be read any more; what was known last holds meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.kafka.consumer import to_record, unattached
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

POLL_MS = 500
AGAIN_SECONDS = 2.0

log = logger(__name__)


class Follower:
    """`take` gets every record in the order of its partition, again after a broken connection; it must not raise.

    `what` names the content in messages: "the on-call overrides". `beginning` is called before each reading.
    """

    def __init__(
        self,
        settings: CommonSettings,
        topic: Topic,
        what: str,
        take: Callable[[Record], None],
        beginning: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._what = what
        self._take = take
        self._beginning = beginning
        self._caught_up = False
        self._trouble: str | None = None
        self._once = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def health(self) -> str | None:
        """None once everything on record was read and while it is followed."""
        if self._task is not None and self._task.done():
            reason = "cancelled" if self._task.cancelled() else repr(self._task.exception())
            return f"{self._what} are no longer followed: {reason}"
        if self._trouble is not None:
            return f"{self._what} cannot be read: {self._trouble}"
        return None if self._caught_up else f"{self._what} have not been read yet"

    async def caught_up(self, seconds: float, stop: asyncio.Event) -> bool:
        """Waits, for so many real seconds at most, until everything on record was read once; whether it was."""
        waits = {asyncio.create_task(each.wait()) for each in (self._once, stop)}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self._once.is_set()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follows while inside. What it died of, if it did, is raised at the end; until then `health` tells it."""
        self._task = asyncio.create_task(self._follow(), name=f"follows {self._topic.name}")
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
                log.warning(f"{self._what} cannot be read", error=self._trouble)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self) -> None:
        """From the beginning, for ever."""
        consumer = unattached(self._settings)
        try:
            await consumer.start()
            name = self._settings.topics().of(self._topic)
            count = self._settings.partitioning().of(self._topic)
            partitions = [TopicPartition(name, number) for number in range(count)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            self._trouble = None
            self._beginning()
            while True:
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    for record in records:
                        self._take(to_record(record))
                if not self._caught_up:
                    self._caught_up = all([await consumer.position(tp) >= ends[tp] for tp in partitions])
                    if self._caught_up:
                        self._once.set()
        finally:
            await consumer.stop()
