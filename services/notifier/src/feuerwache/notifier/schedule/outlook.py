"""What the next days hold, as findings with file and line: holes, double bookings, shifts that have not begun.

Holes are an error when they are there now and the whole schedule has nobody; else they are worth a warning. Of findings
that come back every week the first few are told, and how many more there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from feuerwache.common.config.source import Document, Problem
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule import rotation
from feuerwache.notifier.schedule.double import Double, Place, doubles_in
from feuerwache.notifier.schedule.oncall import DAY, OnCall, pieces
from feuerwache.notifier.schedule.plan import Schedule, Schedules
from feuerwache.notifier.schedule.roster import Roster

#: How many findings of one kind about one place are written out.
TOLD = 5


@dataclass(frozen=True, slots=True)
class Outlook:
    """`errors`: somebody must act before this is used. `warnings`: usable, and likely not meant."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def outlook(
    document: Document,
    schedules: Schedules,
    now: datetime,
    days: int = 90,
    overrides: Sequence[OnCallOverridden] = (),
) -> Outlook:
    """What is found in `schedules.yaml` between `now` and `days` later."""
    roster = Roster(now, now + days * DAY, overrides)
    holes = [
        (schedule, n, [piece for piece in pieces(roster, schedule, layer.id) if not piece.people])
        for schedule in schedules.schedules
        for n, layer in enumerate(schedule.layers)
    ]
    errors = []
    for s, schedule in enumerate(schedules.schedules):
        now_empty = [found for one, _, found in holes if one is schedule and found and found[0].start <= now]
        if len(now_empty) == len(schedule.layers):
            until = min(found[0].end for found in now_empty).astimezone(schedule.zone)
            reason = f"nobody at all is on call in {schedule.id!r} now; the next one comes at {until:%Y-%m-%d %H:%M}"
            errors.append(document.problem(("schedules", s), reason))
    warnings = [
        *(
            document.problem(("schedules", schedules.schedules.index(schedule), "layers", n), reason)
            for schedule, n, found in holes
            if not schedule.layers[n].partial
            for reason in _empty(schedule, found)
        ),
        *_twice(document, schedules, doubles_in(roster, schedules.schedules)),
        *_not_begun(document, schedules, now),
    ]
    return Outlook(tuple(errors), tuple(warnings))


def _empty(schedule: Schedule, found: Sequence[OnCall]) -> Iterator[str]:
    for hole in found[:TOLD]:
        yield f"nobody is on call in {hole.layer!r} {_span(schedule, hole.start, hole.end)}"
    if len(found) > TOLD:
        hours = sum((hole.end - hole.start).total_seconds() for hole in found) / 3600
        yield f"nobody is on call in {found[0].layer!r} {len(found) - TOLD} more times, {hours:.0f} hours in all"


def _twice(document: Document, schedules: Schedules, found: Sequence[Double]) -> Iterator[Problem]:
    """Within a schedule each pair of layers is told, since a step up would reach the same phone. Over several schedules
    each person is told once, unless that is meant."""
    groups: dict[tuple[str, tuple[Place, Place]], list[Double]] = {}
    apart: dict[str, list[Double]] = {}
    for double in found:
        (one, _), (other, _) = double.places
        if one == other:
            groups.setdefault((double.person, double.places), []).append(double)
        elif double.person not in schedules.in_several_schedules:
            apart.setdefault(double.person, []).append(double)
    for person, times in apart.items():
        place, schedule = _place(schedules, times[0].places[1])
        names = ", ".join("/".join(each) for each in dict.fromkeys(each for one in times for each in one.places))
        spans = len({(one.start, one.end) for one in times})
        more = f", and {spans - 1} more times" if spans > 1 else ""
        reason = (
            f"{person} is on call in several schedules at once: {names}; "
            f"first {_span(schedule, times[0].start, times[0].end)}{more} (if so meant: `in_several_schedules`)"
        )
        yield document.problem(place, reason)
    for (person, (first, second)), times in groups.items():
        place, schedule = _place(schedules, second)
        more = f", and {len(times) - 1} more times" if len(times) > 1 else ""
        names = f"{'/'.join(first)} and {'/'.join(second)}"
        reason = f"{person} is on call in {names} at once {_span(schedule, times[0].start, times[0].end)}{more}"
        yield document.problem(place, reason)


def _not_begun(document: Document, schedules: Schedules, now: datetime) -> Iterator[Problem]:
    for s, schedule in enumerate(schedules.schedules):
        for n, layer in enumerate(schedule.layers):
            for k, shift in enumerate(layer.shifts):
                begins = rotation.first_day(shift)
                if begins > now.astimezone(schedule.zone_of(shift)).date():
                    place = ("schedules", s, "layers", n, "shifts", k, "since")
                    yield document.problem(place, f"lies in the future: there is no shift {shift.id!r} before {begins}")


def _place(schedules: Schedules, place: Place) -> tuple[tuple[str | int, ...], Schedule]:
    for s, schedule in enumerate(schedules.schedules):
        for n, layer in enumerate(schedule.layers):
            if (schedule.id, layer.id) == place:
                return ("schedules", s, "layers", n), schedule
    raise LookupError(place)


def _span(schedule: Schedule, start: datetime, end: datetime) -> str:
    left, right = (at.astimezone(schedule.zone) for at in (start, end))
    return f"from {left:%Y-%m-%d %H:%M} to {right:%Y-%m-%d %H:%M}"
