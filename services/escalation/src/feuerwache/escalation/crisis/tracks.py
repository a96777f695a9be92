"""A few things followed by name: threads, texts that are copied, pairs that quarrel.

Each has counts by slices of time, people as a bitmap, and a mark (how deep, which post shows it). Kept are the few
that gained most; what gained nothing for as long as is kept is gone. So the space is bounded whatever comes, and the
price is that a thing outside the most active few is not seen, which is no crisis either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from feuerwache.escalation.crisis.distinct import estimate


@dataclass(slots=True)
class Track:
    """`first` and `last` are minutes since 1970; `slices`: index of a slice of time → counts."""

    first: int
    last: int
    slices: dict[int, list[int]] = field(default_factory=dict)
    people: list[int] = field(default_factory=list)
    mark: Any = None

    def total(self, which: int) -> int:
        total = 0
        for counts in self.slices.values():
            total += counts[which]
        return total


@dataclass(slots=True)
class Tracks:
    """`counts` numbers per slice, of which the first decides who is kept; `sizes` are those of the bitmaps, in bits."""

    slice_minutes: int
    slices: int
    counts: int
    sizes: tuple[int, ...]
    kept: int
    by_name: dict[str, Track] = field(default_factory=dict)
    _tidied: int | None = None

    def add(self, name: str, minute: int, newest: int, counts: Sequence[int], people: Sequence[int]) -> Track | None:
        """Counts a gain in; None when it is too old to count. The caller sets the mark."""
        index, first = minute // self.slice_minutes, newest // self.slice_minutes - self.slices + 1
        if index < first:
            return None
        track = self.by_name.get(name)
        if track is None:
            track = self.by_name[name] = Track(minute, minute, {}, [0] * len(self.sizes))
        place = track.slices.setdefault(index, [0] * self.counts)
        for which, count in enumerate(counts):
            place[which] += count
        for which, bits in enumerate(people):
            track.people[which] |= bits
        track.first, track.last = min(track.first, minute), max(track.last, minute)
        return track

    def tidy(self, newest: int) -> None:
        """Forgets slices that are over, and all but the most active."""
        first = newest // self.slice_minutes - self.slices + 1
        if first == self._tidied and len(self.by_name) <= self.kept:
            return
        self._tidied = first
        for name, track in list(self.by_name.items()):
            for index in [index for index in track.slices if index < first]:
                del track.slices[index]
            if not track.slices:
                del self.by_name[name]
        if len(self.by_name) > self.kept:
            order = sorted(self.by_name.items(), key=lambda each: (-each[1].total(0), -each[1].last, each[0]))
            self.by_name = dict(sorted(order[: self.kept]))

    def distinct(self, track: Track, which: int) -> int:
        return estimate(track.people[which], self.sizes[which])

    def to_row(self) -> list[Any]:
        """By name: the first slice's index, its counts and those of all slices after it, and what else is known."""
        return [self._stored(name, track) for name, track in sorted(self.by_name.items())]

    def _stored(self, name: str, track: Track) -> list[Any]:
        begin, end = min(track.slices), max(track.slices)
        nothing = [0] * self.counts
        counts = [count for index in range(begin, end + 1) for count in track.slices.get(index, nothing)]
        people = [f"{bits:x}" for bits in track.people]
        return [
            name,
            begin,
            counts,
            track.first - begin * self.slice_minutes,
            track.last - track.first,
            people,
            track.mark,
        ]

    def load(self, row: Sequence[Any]) -> None:
        """From a row, of this shape or of the first one (each slice with its index)."""
        for name, *stored in row:
            if isinstance(stored[1], list):
                begin, flat, since, lasted, people, mark = stored
                first = begin * self.slice_minutes + since
                starts = range(0, len(flat), self.counts)
                slices = {begin + place: flat[at : at + self.counts] for place, at in enumerate(starts)}
                last = begin + len(starts) - 1
                slices = {index: counts for index, counts in slices.items() if any(counts) or index == last}
            else:
                first, lasted, indexed, people, mark = stored
                slices = {index: list(counts) for index, *counts in indexed}
            self.by_name[name] = Track(first, first + lasted, slices, [int(bits, 16) for bits in people], mark)
