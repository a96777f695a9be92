"""Who is on call in a layer at an instant: a pure function of the schedule, the overrides and the instant.

`turns` gives a whole span of it (the calendar), `gaps` the hours that nobody has (for `feuerwache check`). All three
say the same, because they all ask `who`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.model import Layer, Rotate, Schedule, Shift
from feuerwache.notifier.schedule.wallclock import instant_of

#: No shift is longer than a week; a day more covers any zone's distance to UTC.
LOOK_BACK_DAYS = 8
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """One occurrence of a shift: from `start` until before `end` (UTC) it is the turn of `people[index]`."""

    shift: Shift
    start: datetime
    end: datetime
    index: int

    @property
    def order(self) -> tuple[str, ...]:
        """The people of the shift, beginning with the one whose turn it is."""
        return self.shift.people[self.index :] + self.shift.people[: self.index]


@dataclass(frozen=True, slots=True)
class OnCall:
    """From `start` until before `end` (UTC) these people are on call in `layer`; nobody, if there are none."""

    layer: str
    start: datetime
    end: datetime
    people: tuple[str, ...]


def who(
    schedule: Schedule, layer_id: str, instant: datetime, overrides: Sequence[OnCallOverridden] = ()
) -> tuple[str, ...]:
    """Ids of the people on call, first responder first; empty where nobody is, and for a layer that does not exist.

    Overrides apply in the order given, a later one on top of an earlier one. Absence without a named replacement
    passes the turn on to the next person of the shift's rotation who is not absent too.
    """
    layer = schedule.layer(layer_id)
    if layer is None:
        return ()
    ours = [
        override
        for override in overrides
        if override.schedule == schedule.id
        and override.layer == layer_id
        and not override.cancelled
        and override.start <= instant < override.end
    ]
    turn = turn_at(schedule, layer, instant)
    absent = {override.replaces for override in ours if override.person_id is None and override.replaces is not None}
    if turn is not None and any(override.person_id is None and override.replaces is None for override in ours):
        absent.add(turn.order[0])
    order = [person for person in (turn.order if turn else ()) if person not in absent]
    current = order[0] if order else None
    for override in ours:
        if override.person_id is None:
            continue
        stands_in_for_turn = turn is not None and override.replaces == turn.order[0] and override.replaces in absent
        if override.replaces is None or override.replaces == current or stands_in_for_turn:
            current = override.person_id
    return () if current is None else (current,)


def turn_at(schedule: Schedule, layer: Layer, instant: datetime) -> Turn | None:
    """The turn that covers `instant`: of the topmost shift that does, the one that began last."""
    today = instant.astimezone(schedule.zone).date()
    for shift in layer.shifts:
        for back in range(-1, LOOK_BACK_DAYS + 1):
            turn = turn_from(schedule, shift, today - back * DAY)
            if turn is not None and turn.start <= instant < turn.end:
                return turn
    return None


def turn_from(schedule: Schedule, shift: Shift, begin: date) -> Turn | None:
    """The turn of `shift` that begins on the calendar day `begin`, if one does."""
    if begin.weekday() not in shift.begins or begin < _first_day(shift):
        return None
    start = instant_of(begin, shift.start, schedule.zone)
    end = instant_of(begin + shift.days(begin) * DAY, shift.end, schedule.zone)
    return Turn(shift, start, end, _turns_before(shift, begin) % len(shift.people))


def _first_day(shift: Shift) -> date:
    return _monday(shift.since) if shift.rotate is Rotate.WEEKLY else shift.since


def _turns_before(shift: Shift, begin: date) -> int:
    """How many turns have gone by since `since`: calendar weeks, or single shifts."""
    if shift.rotate is Rotate.WEEKLY:
        return (_monday(begin) - _monday(shift.since)).days // 7
    weeks, rest = divmod((begin - shift.since).days, 7)
    days = {*shift.begins}
    return weeks * len(days) + sum((shift.since + n * DAY).weekday() in days for n in range(rest))


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def turns(
    schedule: Schedule,
    layer_id: str,
    start: datetime,
    end: datetime,
    overrides: Sequence[OnCallOverridden] = (),
) -> Iterator[OnCall]:
    """The span from `start` until before `end` cut where the people change; pieces without anybody included."""
    piece: OnCall | None = None
    edges = [*_edges(schedule, layer_id, start, end, overrides), end.astimezone(UTC)]
    for left, right in pairwise(edges):
        people = who(schedule, layer_id, left, overrides)
        if piece is not None and piece.people == people:
            piece = OnCall(layer_id, piece.start, right, people)
            continue
        if piece is not None:
            yield piece
        piece = OnCall(layer_id, left, right, people)
    if piece is not None:
        yield piece


def _edges(
    schedule: Schedule, layer_id: str, start: datetime, end: datetime, overrides: Sequence[OnCallOverridden]
) -> list[datetime]:
    """`start` and every instant before `end` at which the answer of `who` may change, in order."""
    layer = schedule.layer(layer_id)
    edges = {start.astimezone(UTC)}
    for shift in layer.shifts if layer else ():
        day = start.astimezone(schedule.zone).date() - LOOK_BACK_DAYS * DAY
        last = end.astimezone(schedule.zone).date() + DAY
        while day <= last:
            turn = turn_from(schedule, shift, day)
            edges |= {turn.start, turn.end} if turn is not None else set()
            day += DAY
    for override in overrides:
        edges |= {override.start.astimezone(UTC), override.end.astimezone(UTC)}
    return sorted(edge for edge in edges if start <= edge < end)


def gaps(
    schedule: Schedule, start: datetime, days: int = 90, overrides: Sequence[OnCallOverridden] = ()
) -> list[OnCall]:
    """Every span within the next `days` in which a layer has nobody on call."""
    end = start + days * DAY
    return [
        piece
        for layer in schedule.layers
        for piece in turns(schedule, layer.id, start, end, overrides)
        if not piece.people
    ]
