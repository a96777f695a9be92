"""Complaints and the team's answers, counted by half hours: what the answers of a team that stops are missed by.

The last eight hours and a half, however many come: a few dozen small numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SLICE_MINUTES = 30
#: The longest window (seven hours), the hour before it, and the half hour that is going on.
SLICES = 17


@dataclass(slots=True)
class Flow:
    """Index of a half hour since 1970 → how many threads were complained in, and how many were answered.

    `last_answered`: the half hour of the last answer, however long ago; None before the first.
    """

    slices: dict[int, list[int]] = field(default_factory=dict)
    last_answered: int | None = None

    def take(self, complaints: int, answered: int, minute: int) -> None:
        place = self.slices.setdefault(minute // SLICE_MINUTES, [0, 0])
        place[0] += complaints
        place[1] += answered
        if answered:
            self.last_answered = max(minute // SLICE_MINUTES, self.last_answered or 0)

    def tidy(self, newest: int) -> None:
        """Forgets what is too old."""
        oldest = newest // SLICE_MINUTES - SLICES + 1
        if self.slices and min(self.slices) < oldest:
            self.slices = {index: counts for index, counts in self.slices.items() if index >= oldest}

    def complaints(self, index: int) -> int:
        return self.slices[index][0] if index in self.slices else 0

    def answered(self, index: int) -> int:
        return self.slices[index][1] if index in self.slices else 0

    def to_row(self) -> list[int]:
        """The first half hour, and the counts of all from there on."""
        if not self.slices:
            return []
        first, last = min(self.slices), max(self.slices)
        return [first, *(count for index in range(first, last + 1) for count in self.slices.get(index, (0, 0)))]

    @classmethod
    def from_row(cls, row: Sequence[int], last_answered: int | None = None) -> Flow:
        """Without `last_answered` (rows of older versions), the last one of the row."""
        if not row:
            return cls(last_answered=last_answered)
        first, *flat = row
        pairs = [flat[place : place + 2] for place in range(0, len(flat), 2)]
        slices = {first + place: list(pair) for place, pair in enumerate(pairs) if any(pair)}
        if last_answered is None:
            last_answered = max((index for index, counts in slices.items() if counts[1]), default=None)
        return cls(slices, last_answered)
