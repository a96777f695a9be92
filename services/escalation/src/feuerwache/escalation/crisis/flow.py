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
    """Index of a half hour since 1970 → how many threads were complained in, and how many were answered."""

    slices: dict[int, list[int]] = field(default_factory=dict)

    def take(self, complaints: int, answered: int, minute: int) -> None:
        place = self.slices.setdefault(minute // SLICE_MINUTES, [0, 0])
        place[0] += complaints
        place[1] += answered

    def tidy(self, newest: int) -> None:
        """Forgets what is too old."""
        oldest = newest // SLICE_MINUTES - SLICES + 1
        if self.slices and min(self.slices) < oldest:
            self.slices = {index: counts for index, counts in self.slices.items() if index >= oldest}

    def complaints(self, index: int) -> int:
        return self.slices[index][0] if index in self.slices else 0

    def answered(self, index: int) -> int:
        return self.slices[index][1] if index in self.slices else 0

    @property
    def last_answered(self) -> int | None:
        """The half hour of the last answer that is remembered."""
        return max((index for index, counts in self.slices.items() if counts[1]), default=None)

    def to_row(self) -> list[int]:
        """The first half hour, and the counts of all from there on."""
        if not self.slices:
            return []
        first, last = min(self.slices), max(self.slices)
        return [first, *(count for index in range(first, last + 1) for count in self.slices.get(index, (0, 0)))]

    @classmethod
    def from_row(cls, row: Sequence[int]) -> Flow:
        if not row:
            return cls()
        first, *flat = row
        pairs = [flat[place : place + 2] for place in range(0, len(flat), 2)]
        return cls({first + place: list(pair) for place, pair in enumerate(pairs) if any(pair)})
