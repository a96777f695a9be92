"""Exceptions to the schedule as commands make them: take over, swap, be absent, and take one back. Pure.

Each function gives the overrides that say it; `overrides.record` puts them on record. Their ids are derived from what
they say, so a command that is given twice is one exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.oncall import EVERYWHERE, OnCallOverridden
from feuerwache.notifier.duty import Duty, duties, whole
from feuerwache.notifier.schedule.model import Schedule

Away = Literal["illness", "vacation"]
#: How far a swap looks for the next turn of somebody.
FORESIGHT = timedelta(days=180)


class Refused(FeuerwacheError):  # noqa: N818 - reads as what it is
    """What was asked for makes no sense as the schedule stands; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A layer of a schedule, `*` for all."""

    schedule: str = EVERYWHERE
    layer: str = EVERYWHERE


ANYWHERE = Place()


def take_over(
    place: Place, person: str, start: datetime, end: datetime, *, actor: Actor, replaces: str | None = None
) -> OnCallOverridden:
    """`person` is on call from `start` until before `end`, for `replaces` or whoever it is. Raises `Refused`."""
    if replaces == person:
        raise Refused(f"{person} cannot take over from themselves")
    return _override("take_over", place, start, end, person=person, replaces=replaces, actor=actor)


def absent(
    person: str,
    start: datetime,
    end: datetime,
    *,
    reason: Away,
    actor: Actor,
    stand_in: str | None = None,
    place: Place = ANYWHERE,
) -> OnCallOverridden:
    """`person` is away; `stand_in` is there for them, else the schedule's own rule finds somebody. Raises `Refused`."""
    if stand_in == person:
        raise Refused(f"{person} cannot stand in for an absence of their own")
    return _override(reason, place, start, end, person=stand_in, replaces=person, actor=actor)


def swap(mine: Duty, theirs: Duty, one: str, other: str, actor: Actor) -> tuple[OnCallOverridden, OnCallOverridden]:
    """`other` has the turn `mine` of `one`, and `one` has `theirs`. Raises `Refused` when they overlap in one layer."""
    if (mine.schedule, mine.layer) == (theirs.schedule, theirs.layer) and (
        mine.start < theirs.end and theirs.start < mine.end
    ):
        raise Refused("these are the same hours of the same layer; there is nothing to swap")
    return (_handed(mine, one, other, actor), _handed(theirs, other, one, actor))


def _handed(turn: Duty, giver: str, taker: str, actor: Actor) -> OnCallOverridden:
    place = Place(turn.schedule, turn.layer)
    return _override("swap", place, turn.start, turn.end, person=taker, replaces=giver, actor=actor)


def turn_of(
    schedule: Schedule, layer_id: str, person: str, at: datetime, overrides: Sequence[OnCallOverridden]
) -> Duty:
    """The whole turn this person has at `at`, else their next one. Raises `Refused` when there is none."""
    ahead = whole([schedule], at, at + FORESIGHT, overrides)
    own = [duty for duty in ahead if duty.layer == layer_id and person in duty.people and duty.end > at]
    if not own:
        raise Refused(f"{person} has no turn in {schedule.id}/{layer_id} within {FORESIGHT.days} days of {at:%Y-%m-%d}")
    return min(own, key=lambda duty: duty.start)


def taken_back(override: OnCallOverridden, actor: Actor) -> OnCallOverridden:
    """The same exception, cancelled. Raises `Refused` when it is already."""
    if override.cancelled:
        raise Refused(f"{override.override_id} is cancelled already")
    return override.model_copy(update={"cancelled": True, "actor": actor})


def chosen(overrides: Sequence[OnCallOverridden], beginning: str) -> OnCallOverridden:
    """The exception whose id begins like this. Raises `Refused`."""
    found = [override for override in overrides if override.override_id.startswith(beginning)]
    if len(found) != 1 or not beginning:
        count = "no exception" if not found else f"{len(found)} exceptions"
        raise Refused(f"{count} with an id that begins with {beginning!r}; see `feuerwache oncall exceptions`")
    return found[0]


@dataclass(frozen=True, slots=True)
class Change:
    """Hours in which other people are on call than before."""

    before: Duty
    after: Duty


def changes(
    schedules: Sequence[Schedule],
    start: datetime,
    end: datetime,
    before: Sequence[OnCallOverridden],
    after: Sequence[OnCallOverridden],
) -> list[Change]:
    """What is otherwise between `start` and `end` by the exceptions `after` than by those `before`, piece by piece."""
    found = []
    then = list(duties(schedules, start, end, after))
    for was in duties(schedules, start, end, before):
        for now in then:
            left, right = max(was.start, now.start), min(was.end, now.end)
            same_layer = (was.schedule, was.layer) == (now.schedule, now.layer)
            if same_layer and left < right and was.people != now.people:
                place = (was.schedule, was.layer, left, right)
                found.append(Change(Duty(*place, was.people), Duty(*place, now.people)))
    return found


def _override(
    reason: Literal["take_over", "swap", "illness", "vacation"],
    place: Place,
    start: datetime,
    end: datetime,
    *,
    person: str | None,
    replaces: str | None,
    actor: Actor,
) -> OnCallOverridden:
    if end <= start:
        raise Refused(f"ends at {end.isoformat(timespec='minutes')}, before it begins at {start:%Y-%m-%dT%H:%M}")
    cause = (reason, place.schedule, place.layer, start.timestamp(), end.timestamp(), person, replaces)
    return OnCallOverridden(
        override_id=str(derived_id("override", *cause)),
        schedule=place.schedule,
        layer=place.layer,
        reason=reason,
        start=start,
        end=end,
        person_id=person,
        replaces=replaces,
        actor=actor,
    )
