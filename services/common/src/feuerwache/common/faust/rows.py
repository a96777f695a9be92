"""Rows: the state of a shard, as bytes by name, in a Faust table whose changelog is on the broker.

A row belongs to a shard and goes to the changelog partition of that number, whatever event is being handled (Faust
alone would take the partition of the current event). Bytes keep Faust's codecs out of the way and the state of a
handler its own: what was read can be changed without changing the row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import faust
from faust.tables.table import Table

#: Time for the broker to acknowledge the changelog writes of one batch.
SETTLE_SECONDS = 30.0


class Rows:
    """What a handler sees of its shard: rows as they stand, with its own writes on top. Nothing is stored here.

    A handler that raises leaves no trace: its view is thrown away.
    """

    def __init__(self, stored: Mapping[bytes, bytes], shard: int) -> None:
        self._stored = stored
        self._shard = shard
        self._below: Rows | None = None
        self.written: dict[str, bytes | None] = {}

    def layered(self) -> Rows:
        """A view on top of this one, to be merged into `written` or thrown away."""
        above = Rows(self._stored, self._shard)
        above._below = self
        return above

    def get(self, name: str) -> bytes | None:
        if name in self.written:
            return self.written[name]
        if self._below is not None:
            return self._below.get(name)
        return self._stored.get(row_key(self._shard, name))

    def put(self, name: str, value: bytes) -> None:
        self.written[name] = value

    def delete(self, name: str) -> None:
        self.written[name] = None


def row_key(shard: int, name: str) -> bytes:
    return f"{shard}/{name}".encode()


class ShardTable(Table[bytes, bytes]):
    """A table of such rows. `settled` returns once the broker has acknowledged every write so far."""

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
    table = ShardTable(app, name=name, key_type=bytes, value_type=bytes, partitions=shards)
    app.tables.add(table)
    return table
