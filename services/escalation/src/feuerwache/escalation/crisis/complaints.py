"""Complaints that nobody answers: which are open, and since when.

A complaint opens its thread, an answer of the community's own team closes it; whichever comes first, so that an answer
that overtakes its complaint is not lost. Whatever the size of the community, a few dozen are kept: when more are open,
only every second, fourth, eighth thread is followed, chosen by its hash, and counts for so many. After three hours a
complaint is no longer this fire: many are never answered anywhere, and they would fill the few places. How many there
were, and how many answers, is counted beside that, all of them (`flow.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from feuerwache.escalation.crisis.flow import Flow

OPEN_KEPT = 32
ANSWERED_KEPT = 8
LONGEST_OPEN = 3 * 60
#: An open complaint counts from this age on.
LIMIT_MINUTES = 60


@dataclass(slots=True)
class Complaints:
    """thread (a short hash) → minute, since 1970, of its first complaint, or of its last answer.

    Every thread stands for `2 ** level`.
    """

    open: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    level: int = 0
    flow: Flow = field(default_factory=Flow)

    @property
    def scale(self) -> int:
        return 1 << self.level

    def take(self, complaints: Collection[str], answered: Collection[str], minute: int) -> None:
        self.flow.take(len(complaints), len(answered), minute)
        for thread in answered:
            if self._followed(thread):
                if self.open.get(thread, minute + 1) <= minute:
                    del self.open[thread]
                self.answered[thread] = max(minute, self.answered.get(thread, minute))
        for thread in complaints:
            if self._followed(thread) and self.answered.get(thread, minute - 1) < minute:
                self.open[thread] = min(minute, self.open.get(thread, minute))
        while len(self.open) > OPEN_KEPT:
            self.level += 1
            self.open = {thread: at for thread, at in self.open.items() if self._followed(thread)}
            self.answered = {thread: at for thread, at in self.answered.items() if self._followed(thread)}
        if len(self.answered) > ANSWERED_KEPT:
            self.answered = dict(sorted(self.answered.items(), key=lambda each: (-each[1], each[0]))[:ANSWERED_KEPT])

    def tidy(self, newest: int) -> None:
        """Forgets what is too old, and follows more of them again when few are left."""
        self.flow.tidy(newest)
        oldest = newest - LONGEST_OPEN
        if any(minute < oldest for minute in self.open.values()):
            self.open = {thread: minute for thread, minute in self.open.items() if minute >= oldest}
        if self.level and len(self.open) < OPEN_KEPT // 4:
            self.level -= 1

    def waiting(self, newest: int) -> int:
        """How many of the followed ones have been open for longer than the limit."""
        return sum(minute <= newest - LIMIT_MINUTES for minute in self.open.values())

    def oldest(self) -> int | None:
        return min(self.open.values(), default=None)

    def __bool__(self) -> bool:
        return bool(self.open or self.answered or self.flow.slices)

    def _followed(self, thread: str) -> bool:
        return not crc32(thread.encode()) & (self.scale - 1)

    def to_row(self) -> list[Any]:
        """Minutes as distances: small numbers."""
        base = min([*self.open.values(), *self.answered.values()], default=0)
        both = ({name: at - base for name, at in sorted(each.items())} for each in (self.open, self.answered))
        return [self.level, base, *both, self.flow.to_row(), self.flow.last_answered]

    @classmethod
    def from_row(cls, row: list[Any]) -> Complaints:
        """Rows of older versions have no flow, or no last answer."""
        level, base, *both = row[:4]
        opened, answered = ({name: at + base for name, at in each.items()} for each in both)
        return cls(opened, answered, level, Flow.from_row(*row[4:6]) if len(row) > 4 else Flow())
