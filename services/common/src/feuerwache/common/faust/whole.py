"""Which shards' rows are all in memory, as of a generation of the consumer group.

A shard is whole in a generation when its rows were read to the end in it. It still is in the very next generation: no
other member can have had the shard in between, so memory knows at least what the broker does. Whoever missed a
generation (expelled after a stall, say) does not know what others wrote meanwhile, and has to read everything again.
"""

from __future__ import annotations

from collections.abc import Iterable


class Whole:
    """Pure. Generations are those of the group, which rise by one with each assignment."""

    def __init__(self) -> None:
        self._shards: set[int] = set()
        self._generation: int | None = None

    def begin(self, generation: int, shards: Iterable[int]) -> set[int]:
        """A new assignment; returns the shards whose rows are to be read."""
        shards = set(shards)
        follows = self._generation in (generation - 1, generation)
        self._shards = self._shards & shards if follows else set()
        self._generation = generation
        return shards - self._shards

    def add(self, shards: Iterable[int]) -> None:
        """The rows of these were read to the end, in the generation that was begun last."""
        self._shards.update(shards)

    def has(self, shard: int, generation: int) -> bool:
        return generation == self._generation and shard in self._shards
