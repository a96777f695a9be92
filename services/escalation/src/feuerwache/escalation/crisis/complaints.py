"""Complaints that nobody answers: which are open, since when, and whether they pile up.

A complaint opens its thread, an answer of the community's own team closes it; whichever comes first, so that an answer
that overtakes its complaint is not lost. The oldest are kept: when more come in than are kept, the number is a lower
limit, and it is then far past any alarm. A day old, they are no longer this fire.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

OPEN_KEPT = 40
ANSWERED_KEPT = 12
LONGEST_OPEN = 24 * 60
#: An open complaint counts from this age on.
LIMIT_MINUTES = 60


@dataclass(slots=True)
class Complaints:
    """thread (a short hash) → minute, since 1970, of its first complaint, or of its last answer."""

    open: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)

    def take(self, complaints: Iterable[str], answered: Iterable[str], minute: int, newest: int) -> None:
        for thread in answered:
            if self.open.get(thread, newest + 1) <= minute:
                del self.open[thread]
            self.answered[thread] = max(minute, self.answered.get(thread, minute))
        for thread in complaints:
            if self.answered.get(thread, minute - 1) < minute:
                self.open[thread] = min(minute, self.open.get(thread, minute))
        if len(self.open) > OPEN_KEPT or len(self.answered) > ANSWERED_KEPT:
            self.open = dict(sorted(self.open.items(), key=lambda each: (each[1], each[0]))[:OPEN_KEPT])
            self.answered = dict(sorted(self.answered.items(), key=lambda each: (-each[1], each[0]))[:ANSWERED_KEPT])

    def tidy(self, newest: int) -> None:
        """Forgets what is a day old."""
        if any(minute < newest - LONGEST_OPEN for minute in self.open.values()):
            self.open = {thread: minute for thread, minute in self.open.items() if minute >= newest - LONGEST_OPEN}

    def waiting(self, newest: int) -> int:
        """How many have been open for longer than the limit."""
        return sum(minute <= newest - LIMIT_MINUTES for minute in self.open.values())

    def oldest(self) -> int | None:
        return min(self.open.values(), default=None)

    def to_row(self) -> list[Any]:
        """Minutes as distances: small numbers."""
        base = min([*self.open.values(), *self.answered.values()], default=0)
        return [base, *({name: at - base for name, at in sorted(each.items())} for each in (self.open, self.answered))]

    @classmethod
    def from_row(cls, row: list[Any]) -> Complaints:
        base, *both = row
        return cls(*({name: at + base for name, at in each.items()} for each in both))
