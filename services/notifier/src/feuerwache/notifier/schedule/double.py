"""Double bookings: one person who has two layers or two schedules at once, so that a step up reaches the same phone.

A layer that delegates to another one has the person from there: that is one booking. A person who stands in because
everybody of the layer above is absent is in two layers all the same, and that is what is to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.oncall import DAY
from feuerwache.notifier.schedule.plan import Schedule
from feuerwache.notifier.schedule.roster import Roster

#: A schedule's id and a layer's.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Double:
    """From `start` until before `end` (UTC) this person has both places; `places` in the order of the file."""

    person: str
    places: tuple[Place, Place]
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class _Stay:
    start: datetime
    end: datetime
    person: str
    place: Place
    source: Place


def doubles(
    schedules: Sequence[Schedule], start: datetime, days: int = 90, overrides: Sequence[OnCallOverridden] = ()
) -> list[Double]:
    """Every double booking within the next `days`, by time; hours that follow one another are one."""
    return doubles_in(Roster(start, start + days * DAY, overrides), schedules)


def doubles_in(roster: Roster, schedules: Sequence[Schedule]) -> list[Double]:
    """The same from a roster that is there already."""
    rank = {
        (schedule.id, layer.id): (s, n)
        for s, schedule in enumerate(schedules)
        for n, layer in enumerate(schedule.layers)
    }
    stays = sorted(
        (stay for schedule in schedules for layer in schedule.layers for stay in _stays(roster, schedule, layer.id)),
        key=lambda stay: stay.start,
    )
    running: dict[str, list[_Stay]] = {}
    found: list[Double] = []
    for stay in stays:
        same = [one for one in running.get(stay.person, ()) if one.end > stay.start]
        for one in same:
            if one.source != stay.source:
                first, second = sorted((one.place, stay.place), key=rank.__getitem__)
                found.append(Double(stay.person, (first, second), stay.start, min(one.end, stay.end)))
        running[stay.person] = [*same, stay]
    return _joined(found)


def _stays(roster: Roster, schedule: Schedule, layer_id: str) -> Iterator[_Stay]:
    place = (schedule.id, layer_id)
    for piece in roster.pieces(schedule, layer_id):
        if piece.held.person is not None:
            yield _Stay(piece.start, piece.end, piece.held.person, place, piece.held.source)


def _joined(found: list[Double]) -> list[Double]:
    joined: dict[tuple[str, tuple[Place, Place]], list[Double]] = {}
    for one in sorted(found, key=lambda double: double.start):
        before = joined.setdefault((one.person, one.places), [])
        if before and before[-1].end == one.start:
            before[-1] = replace(before[-1], end=one.end)
        else:
            before.append(one)
    return sorted((one for group in joined.values() for one in group), key=lambda double: (double.start, double.person))
