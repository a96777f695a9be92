"""A span of time with everything that decides in it worked out once: plans, absences and overrides.

`who`, `turns`, `gaps`, double bookings and shares all ask here, so they cannot say different things. A roster belongs
to one question; it is neither kept nor shared.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.coverage import Covered, laid
from feuerwache.notifier.schedule.plan import Layer, Schedule
from feuerwache.notifier.schedule.substitution import concerning, holder, possible
from feuerwache.notifier.schedule.turn import Turn


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a layer. `source`: the schedule and layer whose duty it is, another one where the shift is delegated."""

    person: str | None
    source: tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A layer as planned, and its exceptions: from each of the `changes` on, the `active` ones of the same number."""

    starts: list[datetime]
    covered: list[Covered]
    changes: list[datetime]
    active: list[tuple[OnCallOverridden, ...]]

    def turn(self, instant: datetime) -> Turn | None:
        number = bisect_right(self.starts, instant) - 1
        return self.covered[number].turn if number >= 0 and instant < self.covered[number].end else None

    def exceptions(self, instant: datetime) -> tuple[OnCallOverridden, ...]:
        number = bisect_right(self.changes, instant) - 1
        return self.active[number] if number >= 0 else ()


@dataclass(frozen=True, slots=True)
class Piece:
    """From `start` until before `end` (UTC) the layer is held like this."""

    start: datetime
    end: datetime
    held: Held


class Roster:
    """From `start` until before `end`. Overrides apply in the order given, on top of the absences of the file."""

    def __init__(self, start: datetime, end: datetime, overrides: Sequence[OnCallOverridden] = ()) -> None:
        self.start, self.end = start.astimezone(UTC), end.astimezone(UTC)
        self._overrides = overrides
        self._rows: dict[tuple[str, str], _Row | None] = {}
        self._pieces: dict[tuple[str, str], list[Piece]] = {}

    def held(
        self, schedule: Schedule, layer_id: str, instant: datetime, asked: frozenset[tuple[str, str]] = frozenset()
    ) -> Held:
        """Who has the layer at an instant within the span (UTC). `asked`: the layers that could not say so far."""
        row = self._row(schedule, layer_id)
        home = source = (schedule.id, layer_id)
        if row is None or home in asked:
            return Held(None, home)
        turn = row.turn(instant)
        order: Sequence[str] = turn.order if turn is not None else ()
        if turn is not None and turn.shift.delegated is not None:
            other, layer = turn.shift.delegated
            held = self._elsewhere(schedule, other, layer, instant, asked | {home})
            order, source = (() if held.person is None else (held.person,)), held.source
        person, all_absent = holder(order, row.exceptions(instant))
        if all_absent:
            below = (
                self.held(schedule, layer.id, instant, asked | {home}).person for layer in schedule.below(layer_id)
            )
            return Held(next((stand_in for stand_in in below if stand_in is not None), None), home)
        return Held(person, source if person in order else home)

    def pieces(self, schedule: Schedule, layer_id: str) -> list[Piece]:
        """The whole span, cut where the answer of `held` changes, in order."""
        key = (schedule.id, layer_id)
        if key not in self._pieces:
            edges = {self.start} | self._edges(schedule, layer_id)
            found: list[Piece] = []
            for left in sorted(edge for edge in edges if self.start <= edge < self.end):
                held = self.held(schedule, layer_id, left)
                if not found or found[-1].held != held:
                    found.append(Piece(left, self.end, held))
            ends = [*(piece.start for piece in found[1:]), self.end][: len(found)]  # an empty span has no piece
            self._pieces[key] = [Piece(one.start, end, one.held) for one, end in zip(found, ends, strict=True)]
        return self._pieces[key]

    def _elsewhere(
        self, schedule: Schedule, other_id: str, layer_id: str, instant: datetime, asked: frozenset[tuple[str, str]]
    ) -> Held:
        other = schedule.other(other_id)
        return Held(None, (other_id, layer_id)) if other is None else self.held(other, layer_id, instant, asked)

    def _edges(self, schedule: Schedule, layer_id: str) -> set[datetime]:
        """Those of the layer itself and of every layer that may have a say in it."""
        edges: set[datetime] = set()
        todo, seen = [(schedule, layer_id)], {(schedule.id, layer_id)}
        while todo:
            here, layer = todo.pop()
            row = self._row(here, layer)
            if row is None:
                continue
            edges.update(edge for piece in row.covered for edge in (piece.start, piece.end))
            edges.update(row.changes)
            others = {piece.turn.shift.delegated for piece in row.covered}
            more = [(here.other(to[0]), to[1]) for to in others if to is not None]
            if row.changes:
                more += [(here, below.id) for below in here.below(layer)]
            for other, name in more:
                if other is not None and (other.id, name) not in seen:
                    seen.add((other.id, name))
                    todo.append((other, name))
        return edges

    def _row(self, schedule: Schedule, layer_id: str) -> _Row | None:
        key = (schedule.id, layer_id)
        if key not in self._rows:
            layer = schedule.layer(layer_id)
            self._rows[key] = None if layer is None else self._worked_out(schedule, layer)
        return self._rows[key]

    def _worked_out(self, schedule: Schedule, layer: Layer) -> _Row:
        people = self._turn_takers(schedule, layer, frozenset({(schedule.id, layer.id)}))
        exceptions = concerning(people, self._exceptions(schedule, layer.id))
        changes = sorted({edge.astimezone(UTC) for one in exceptions for edge in (one.start, one.end)})
        active = [tuple(one for one in exceptions if one.start <= change < one.end) for change in changes]
        covered = laid(schedule, layer, self.start, self.end)
        return _Row([piece.start for piece in covered], covered, changes, active)

    def _exceptions(self, schedule: Schedule, layer_id: str) -> list[OnCallOverridden]:
        return [
            one
            for one in (*schedule.absences, *self._overrides)
            if one.concerns(schedule.id, layer_id) and one.start < self.end and one.end > self.start
        ]

    def _turn_takers(self, schedule: Schedule, layer: Layer, asked: frozenset[tuple[str, str]]) -> set[str]:
        """Everybody whose turn it can be in the layer, those it delegates to included."""
        people = {person for shift in layer.shifts for person in shift.people or ()}
        for to in {shift.delegated for shift in layer.shifts}:
            other = None if to is None else schedule.other(to[0])
            delegate = None if to is None or other is None else other.layer(to[1])
            if other is not None and delegate is not None:
                for one in (delegate, *other.below(delegate.id)):
                    home = (other.id, one.id)
                    if home not in asked:
                        takers = self._turn_takers(other, one, asked | {home})
                        people |= possible(takers, self._exceptions(other, one.id))
        return people
