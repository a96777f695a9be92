"""Rows: the state of a shard as its handler sees it, bytes by name.

Bytes keep codecs out of the way and the state of a handler its own: what was read can be changed without changing
the row. Pure: `table.py` keeps them on the broker.
"""

from __future__ import annotations

from collections.abc import Mapping


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
