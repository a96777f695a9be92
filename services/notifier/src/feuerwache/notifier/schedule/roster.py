"""A span of time with everything that decides in it worked out once: plans, absences and overrides.

`who`, `turns`, `gaps`, double bookings and shares all ask here, so they cannot say different things. A roster belongs
to one question; it is neither kept nor shared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.coverage import Covered, at, laid
from feuerwache.notifier.schedule.plan import Schedule
from feuerwache.notifier.schedule.substitution import holder


@dataclass(frozen=True, slots=True)
class Held:
    """Who has a layer. `source`: the schedule and layer whose duty it is, another one where the shift is delegated."""

    person: str | None
    source: tuple[str, str]


@dataclass(slots=True)
class _Row:
    covered: list[Covered]
    exceptions: list[OnCallOverridden]


class Roster:
    """From `start` until before `end`. Overrides apply in the order given, on top of the absences of the file."""

    def __init__(self, start: datetime, end: datetime, overrides: Sequence[OnCallOverridden] = ()) -> None:
        self.start, self.end = start.astimezone(UTC), end.astimezone(UTC)
        self._overrides = overrides
        self._rows: dict[tuple[str, str], _Row | None] = {}

    def held(
        self, schedule: Schedule, layer_id: str, instant: datetime, asked: frozenset[tuple[str, str]] = frozenset()
    ) -> Held:
        """Who has the layer at an instant within the span (UTC). `asked`: the layers that could not say so far."""
        row = self._row(schedule, layer_id)
        home = source = (schedule.id, layer_id)
        if row is None or home in asked:
            return Held(None, home)
        asked |= {home}
        turn = at(row.covered, instant)
        order: Sequence[str] = turn.order if turn is not None else ()
        if turn is not None and turn.shift.delegated is not None:
            other, layer = turn.shift.delegated
            held = self._elsewhere(schedule, other, layer, instant, asked)
            order, source = (() if held.person is None else (held.person,)), held.source
        exceptions = [one for one in row.exceptions if one.start <= instant < one.end] if row.exceptions else ()
        person, all_absent = holder(order, exceptions)
        if all_absent:
            below = (self.held(schedule, layer.id, instant, asked).person for layer in schedule.below(layer_id))
            return Held(next((stand_in for stand_in in below if stand_in is not None), None), home)
        return Held(person, source if person in order else home)

    def pieces(self, schedule: Schedule, layer_id: str) -> Iterator[tuple[datetime, datetime, Held]]:
        """The span cut wherever the answer of `held` may change, in order; neighbours may be equal."""
        edges = {self.start} | self._edges(schedule, layer_id)
        inside = sorted(edge for edge in edges if self.start <= edge < self.end)
        for left, right in pairwise([*inside, self.end]):
            yield left, right, self.held(schedule, layer_id, left)

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
            edges.update(edge.astimezone(UTC) for one in row.exceptions for edge in (one.start, one.end))
            others = {piece.turn.shift.delegated for piece in row.covered}
            more = [(here.other(to[0]), to[1]) for to in others if to is not None]
            if row.exceptions:
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
            self._rows[key] = (
                None
                if layer is None
                else _Row(laid(schedule, layer, self.start, self.end), self._exceptions(schedule, layer_id))
            )
        return self._rows[key]

    def _exceptions(self, schedule: Schedule, layer_id: str) -> list[OnCallOverridden]:
        return [
            one
            for one in (*schedule.absences, *self._overrides)
            if one.concerns(schedule.id, layer_id) and one.start < self.end and one.end > self.start
        ]
