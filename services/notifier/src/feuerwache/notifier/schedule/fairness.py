"""Who really had, or will have, how much: hours on call per person, with weekends, holidays and nights told apart.

Counted is what `who` says, so overrides and absences are in it; a delegated shift counts in the layer that names the
person. Hours are real ones: the Sunday on which the clocks go back has 25. `fair.py` shares out turns, this reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.day import DayKind
from feuerwache.notifier.schedule.plan import Layer, Schedule
from feuerwache.notifier.schedule.roster import Roster
from feuerwache.notifier.schedule.window import DAY, Span, Window, kept, opened, seconds, union

NIGHT = Window.model_validate({"from": time(22), "to": time(6)})
KINDS = {
    "nights": (NIGHT,),
    "weekend": (Window(days=(DayKind.WEEKENDS,)),),
    "holiday": (Window(days=(DayKind.HOLIDAYS,)),),
    "free": (Window(days=(DayKind.WEEKENDS, DayKind.HOLIDAYS)),),
}


@dataclass(frozen=True, slots=True)
class Share:
    """What one person has in one layer of a schedule: real hours, by the clock and the region of the schedule.

    `nights`: between 22:00 and 06:00. `weekend`: Saturday and Sunday. `holiday`: public holidays, half days by choice
    of the schedule. `free`: weekend or holiday, each hour once. `stays`: how often the phone came to them. `above`:
    free hours above the mean of the layer; below it, where negative.
    """

    schedule: str
    layer: str
    person: str
    hours: float
    nights: float
    weekend: float
    holiday: float
    free: float
    stays: int
    above: float


def shares(
    schedules: Sequence[Schedule], start: datetime, end: datetime, overrides: Sequence[OnCallOverridden] = ()
) -> list[Share]:
    """The share of everybody who stands in a layer or had it, from `start` until before `end`; most free hours first.

    Layers in the order of the file.
    """
    roster = Roster(start, end, overrides)
    return [share for schedule in schedules for layer in schedule.layers for share in _of(roster, schedule, layer)]


def _of(roster: Roster, schedule: Schedule, layer: Layer) -> Iterator[Share]:
    spans: dict[str, list[Span]] = {person: [] for shift in layer.shifts for person in shift.people or ()}
    for piece in roster.pieces(schedule, layer.id):
        if piece.held.person is not None and piece.held.source == (schedule.id, layer.id):
            spans.setdefault(piece.held.person, []).append(Span(piece.start, piece.end))
    first, last = (at.astimezone(schedule.zone).date() for at in (roster.start - 2 * DAY, roster.end + DAY))
    times = {
        kind: union([span for one in windows for span in opened(one, schedule.calendar, schedule.zone, first, last)])
        for kind, windows in KINDS.items()
    }
    stays = {person: union(theirs) for person, theirs in spans.items()}
    found = {
        person: {kind: sum(_hours(kept(stay, at)) for stay in theirs) for kind, at in times.items()}
        for person, theirs in stays.items()
    }
    mean = sum(one["free"] for one in found.values()) / len(found) if found else 0.0
    for person in sorted(found, key=lambda one: (-found[one]["free"], -_hours(stays[one]), one)):
        yield Share(
            schedule.id,
            layer.id,
            person,
            hours=_hours(stays[person]),
            stays=len(stays[person]),
            above=found[person]["free"] - mean,
            **found[person],
        )


def _hours(spans: Sequence[Span]) -> float:
    return seconds(spans) / 3600
