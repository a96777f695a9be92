"""The table that keeps the rows: in memory, with a changelog on the broker.

A row belongs to a shard and goes to the changelog partition of that number, whatever event is being handled (Faust
alone would take the partition of the current event).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import faust
from faust.tables.table import Table

from feuerwache.common.faust.rows import row_key
from feuerwache.common.faust.transport import LOGGER

#: A recovery reads the whole changelog, and the broker compacts closed segments only: by default those of a gigabyte or
#: a week, in which a busy community's row of a second ago stands thousands of times.
CHANGELOG_CONFIG = {
    "segment.bytes": str(16 * 1024 * 1024),
    "segment.ms": str(10 * 60 * 1000),
    "min.cleanable.dirty.ratio": "0.2",
}
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
        extra_topic_configs=CHANGELOG_CONFIG,
    )
    app.tables.add(table)
    return table
