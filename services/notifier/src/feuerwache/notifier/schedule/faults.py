"""What is wrong between the lines of `schedules.yaml`: names that lead nowhere, ids given twice, clashing absences."""

from __future__ import annotations

from collections.abc import Iterator

from feuerwache.common.config.people import People
from feuerwache.common.config.source import Document, Problem
from feuerwache.notifier.schedule.day import DayKind
from feuerwache.notifier.schedule.plan import Schedule, Schedules, Shift

Place = tuple[str | int, ...]


def faults(document: Document, schedules: Schedules, people: People) -> Iterator[Problem]:
    """Every problem, at the line where it stands."""
    yield from _twice(
        document, ((("schedules", s, "id"), one.id) for s, one in enumerate(schedules.schedules)), "schedule"
    )
    for s, schedule in enumerate(schedules.schedules):
        place: Place = ("schedules", s, "layers")
        ids = [((*place, n, "id"), layer.id) for n, layer in enumerate(schedule.layers)]
        yield from _twice(document, iter(ids), "layer")
        for n, layer in enumerate(schedule.layers):
            shifts: Place = (*place, n, "shifts")
            yield from _twice(document, (((*shifts, k, "id"), one.id) for k, one in enumerate(layer.shifts)), "shift")
            for k, shift in enumerate(layer.shifts):
                for i, person in enumerate(shift.people or ()):
                    if people.person(person) is None:
                        yield document.problem((*shifts, k, "people", i), _unknown(person))
                yield from _of_shift(document, (*shifts, k), schedules, (schedule, layer.id), shift)
    for n, person in enumerate(schedules.in_several_schedules):
        if people.person(person) is None:
            yield document.problem(("in_several_schedules", n), _unknown(person))
    yield from _of_absences(document, schedules, people)


def _twice(document: Document, ids: Iterator[tuple[Place, str]], what: str) -> Iterator[Problem]:
    known: set[str] = set()
    for place, name in ids:
        if name in known:
            yield document.problem(place, f"{what} {name!r} stands there twice")
        known.add(name)


def _of_shift(
    document: Document, place: Place, schedules: Schedules, home: tuple[Schedule, str], shift: Shift
) -> Iterator[Problem]:
    schedule, layer_id = home
    if DayKind.HOLIDAYS in _kinds(shift) and schedule.calendar_of(shift).region is None:
        yield document.problem(place, "speaks of holidays, and neither the shift nor its schedule has a `region`")
    if shift.delegated is not None:
        reason = _leads_nowhere(schedules, shift.delegated) or _comes_round(schedules, schedule.id, layer_id, shift)
        if reason:
            yield document.problem((*place, "delegate"), reason)


def _kinds(shift: Shift) -> set[object]:
    windows = (*(shift.only or ()), *shift.never)
    return {*shift.begins, *(day for window in windows for day in window.days)}


def _leads_nowhere(schedules: Schedules, to: tuple[str, str]) -> str | None:
    schedule = schedules.get(to[0])
    if schedule is None:
        return f"there is no schedule {to[0]!r}"
    if schedule.layer(to[1]) is None:
        return f"schedule {to[0]!r} has no layer {to[1]!r}; it has: {', '.join(one.id for one in schedule.layers)}"
    return None


def _comes_round(schedules: Schedules, schedule_id: str, layer_id: str, shift: Shift) -> str | None:
    home, seen = (schedule_id, layer_id), set()
    todo = [shift.delegated]
    while todo:
        at = todo.pop()
        if at == home:
            return f"leads back to {schedule_id}/{layer_id}: nobody would be on call"
        if at is None or at in seen:
            continue
        seen.add(at)
        schedule = schedules.get(at[0])
        layer = schedule.layer(at[1]) if schedule is not None else None
        if schedule is not None and layer is not None:
            todo += [one.delegated for one in layer.shifts]
    return None


def _of_absences(document: Document, schedules: Schedules, people: People) -> Iterator[Problem]:
    for n, absence in enumerate(schedules.absences):
        for field, person in (("person", absence.person), ("instead", absence.instead)):
            if person is not None and people.person(person) is None:
                yield document.problem(("absences", n, field), _unknown(person))
        for m, other in enumerate(schedules.absences):
            if m < n and absence.overlaps(other):
                line, _ = document.place(("absences", m))
                reason = f"overlaps the absence of {absence.person} in line {line}, {other.first} to {other.through}"
                yield document.problem(("absences", n), reason)
            if absence.instead == other.person and absence.first <= other.through and other.first <= absence.through:
                reason = f"{other.person} is away too, from {other.first} to {other.through}"
                yield document.problem(("absences", n, "instead"), reason)


def _unknown(person: str) -> str:
    return f"unknown person {person!r}; see people.yaml"
