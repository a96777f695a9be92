"""The table that keeps the rows: in memory, with a changelog on the broker.

A row belongs to a shard and goes to the changelog partition of that number, whatever event is being handled (Faust
alone would take the partition of the current event).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import faust
from aiokafka import ConsumerRecord
from faust.tables.table import Table

from feuerwache.common.faust.rows import row_key
from feuerwache.common.faust.transport import LOGGER
from feuerwache.common.kafka.admin import STATE_CONFIG

#: Time for the broker to acknowledge the changelog writes of one batch.
SETTLE_SECONDS = 30.0


class ShardTable(Table[bytes, bytes]):
    """A table of such rows. `settled` returns once the broker has acknowledged every write so far."""

    logger = LOGGER

    def __post_init__(self) -> None:
        self._unsettled: list[Any] = []

    def partition_for_key(self, key: Any) -> int | None:
        return int(key.split(b"/", 1)[0])

    def send_changelog(self, *args: Any, **kwargs: Any) -> Any:
        future = super().send_changelog(*args, **kwargs)
        self._unsettled.append(future)
        return future

    def apply(self, shard: int, written: Mapping[str, bytes | None]) -> None:
        for name, value in written.items():
            key = row_key(shard, name)
            if value is not None:
                self[key] = value
            elif key in self:
                del self[key]

    def restore(self, records: Iterable[ConsumerRecord[bytes | None, bytes | None]]) -> None:
        """Takes in records of the changelog, in their order."""
        store: Any = self.data
        for record in records:
            if record.value is None:
                store.data.pop(record.key, None)
            else:
                store.data[record.key] = record.value

    def forget_all_but(self, shards: Collection[int]) -> None:
        """Rows of other shards are another process's, or are to be read again."""
        store: Any = self.data
        for key in [key for key in store.data if self.partition_for_key(key) not in shards]:
            del store.data[key]

    async def settled(self) -> None:
        """Raises `TimeoutError` when the broker keeps silent: Faust swallows what went wrong with a changelog write."""
        futures, self._unsettled = self._unsettled, []
        if futures:
            async with asyncio.timeout(SETTLE_SECONDS):
                await asyncio.gather(*futures)


def shard_table(app: faust.App, name: str, shards: int) -> ShardTable:
    """A table with one changelog partition for each shard (Faust refuses counts that differ from the topic's)."""
    table = ShardTable(
        app,
        name=name,
        key_type=bytes,
        value_type=bytes,
        partitions=shards,
        extra_topic_configs=STATE_CONFIG,
    )
    app.tables.add(table)
    return table
