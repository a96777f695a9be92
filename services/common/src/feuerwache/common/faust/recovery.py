"""How rows come back after an assignment: read from the changelog in bulk, by a consumer of their own.

Faust takes every changelog record through the way of an event (2,300 a second measured here, against some 40,000 in
bulk), reads again what a worker has written itself, and after a rebalance that follows another one closely it sometimes
waits for ever for records that it never asks for. So before Faust looks what is missing, everything is there.

What this process has kept through the rebalance (`whole.py`) is not read. Everything else is forgotten first and read
from the beginning; until it was, nobody may touch it (`is_whole`).
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP

from feuerwache.common.faust.table import ShardTable
from feuerwache.common.faust.transport import LOGGER
from feuerwache.common.faust.whole import Whole
from feuerwache.common.kafka.consumer import unattached
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

POLL_MS = 200
AGAIN_SECONDS = 0.5

log = logger(__name__)


class ShardRecovery(Recovery):
    """Faust's recovery, which finds nothing to do. To be watched from outside (`stall.py`): it waits without limit."""

    logger = LOGGER

    def __init__(self, settings: CommonSettings, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._settings = settings
        self._whole = Whole()

    def is_whole(self, shard: int) -> bool:
        """Whether all rows of a shard are there, as of the generation that this process is in."""
        return self._whole.has(shard, self.app.consumer_generation_id)

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109, ARG002 - Faust names it
        """Faust takes a time-out for the end of the service: it would recover nothing any more, and say nothing."""
        await super()._wait(coro)

    async def _build_offsets(self, consumer: Any, tps: set[TP], destination: Any, title: str) -> None:
        """Called before what is missing is looked for. `destination`: the last offset that was read, by partition."""
        if title != "active":
            await super()._build_offsets(consumer, tps, destination, title)
            return
        ends, shards = dict(self.active_highwaters), {tp.partition for tp in tps}
        unknown = self._whole.begin(self._generation_id, shards)
        for table in self.tables.values():
            table.forget_all_but(shards - unknown)
        missing = [tp for tp in tps if tp.partition in unknown]
        for tp in tps:
            destination[tp] = None if tp in missing else ends[tp]
        await super()._build_offsets(consumer, tps, destination, title)
        while any(destination[tp] < ends[tp] for tp in missing):
            try:
                await self._read({tp: ends[tp] for tp in missing}, destination)
            except (KafkaError, OSError) as error:
                log.warning("the changelog of rows cannot be read", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
        self._whole.add(unknown)

    async def _read(self, ends: dict[TP, int], destination: MutableMapping[TP, int]) -> None:
        """`ends`: the last offset of each partition. Says in `destination` how far it has come, also when it fails."""
        left = {TopicPartition(*tp): end for tp, end in ends.items() if destination[tp] < end}
        consumer = unattached(self._settings)
        await consumer.start()
        try:
            consumer.assign(list(left))
            for tp in left:
                consumer.seek(tp, destination[TP(*tp)] + 1)
            while left:
                for tp, records in (await consumer.getmany(*left, timeout_ms=POLL_MS)).items():
                    self._table_of(tp).restore(records)
                    destination[TP(*tp)] = min(records[-1].offset, left[tp])
                # The position passes what has been compacted away, too.
                for tp in [tp for tp, end in left.items() if await consumer.position(tp) > end]:
                    destination[TP(*tp)] = left.pop(tp)
        finally:
            await consumer.stop()

    def _table_of(self, tp: TopicPartition) -> ShardTable:
        table: Any = self.tp_to_table[TP(*tp)]
        assert isinstance(table, ShardTable)
        return table


class ShardTables(TableManager):
    """The table manager with that recovery; to be given to the app as `TableManager`."""

    logger = LOGGER

    def __init__(self, settings: CommonSettings, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._settings = settings

    @property
    def recovery(self) -> ShardRecovery:
        if self._recovery is None:
            self._recovery = ShardRecovery(self._settings, self.app, self, beacon=self.beacon, loop=self.loop)
        assert isinstance(self._recovery, ShardRecovery)
        return self._recovery
