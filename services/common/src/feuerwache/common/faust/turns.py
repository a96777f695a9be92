"""Whose turn it is: each shard is worked on at most once in so many seconds, and not all of them at once.

What comes waits for the next turn of its shard, so whoever writes often is written once, and whoever was quiet is seen
at once. A shard that has more than one turn takes goes on without waiting; others get their turns in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """`size` of an item in bytes; a turn takes items up to `most_bytes`, at least one. Times are monotonic seconds."""

    def __init__(self, seconds: float, most_bytes: int, size: Callable[[T], int]) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._size = size
        self._waiting: dict[int, deque[T]] = {}
        self._began: dict[int, float] = {}
        self._behind: set[int] = set()

    def __len__(self) -> int:
        """How many items wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, shard: int, item: T) -> None:
        self._waiting.setdefault(shard, deque()).append(item)

    def take(self, now: float) -> tuple[int, list[T]] | None:
        """The shard whose turn has come, of several the one whose last turn is longest ago, and what it works on."""
        due = [
            (began, shard)
            for shard in self._waiting
            if (began := self._began.get(shard, float("-inf"))) + self._seconds <= now or shard in self._behind
        ]
        if not due:
            return None
        _, shard = min(due)
        self._began[shard] = now
        waiting, taken, size = self._waiting[shard], list[T](), 0
        while waiting and (not taken or size + self._size(waiting[0]) <= self._most_bytes):
            size += self._size(waiting[0])
            taken.append(waiting.popleft())
        if waiting:
            self._behind.add(shard)
        else:
            del self._waiting[shard]
            self._behind.discard(shard)
        return shard, taken
