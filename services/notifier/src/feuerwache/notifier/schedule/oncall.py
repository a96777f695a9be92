"""Who is on call in a layer at an instant: a pure function of the schedules, the overrides and the instant.

`turns` gives a whole span of it (the calendar), `gaps` the hours that nobody has (for `feuerwache check`). All of them
ask the same roster, so they say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.plan import Schedule
from feuerwache.notifier.schedule.roster import Roster

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


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

    Overrides apply in the order given, a later one on top of an earlier one, all of them on top of the absences of the
    file. Whoever is absent without a named replacement is replaced by the next person of the turn's order who is not
    absent too; when all of them are, by whoever has the next layer.
    """
    roster = Roster(instant, instant + MOMENT, overrides)
    person = roster.held(schedule, layer_id, roster.start).person
    return () if person is None else (person,)


def turns(
    schedule: Schedule,
    layer_id: str,
    start: datetime,
    end: datetime,
    overrides: Sequence[OnCallOverridden] = (),
) -> Iterator[OnCall]:
    """The span from `start` until before `end` cut where the people change; pieces without anybody included."""
    return pieces(Roster(start, end, overrides), schedule, layer_id)


def pieces(roster: Roster, schedule: Schedule, layer_id: str) -> Iterator[OnCall]:
    """The same from a roster that is there already."""
    for person, same in groupby(roster.pieces(schedule, layer_id), key=lambda piece: piece.held.person):
        first, *more = same
        yield OnCall(layer_id, first.start, (more or [first])[-1].end, () if person is None else (person,))


def gaps(
    schedule: Schedule, start: datetime, days: int = 90, overrides: Sequence[OnCallOverridden] = ()
) -> list[OnCall]:
    """Every span within the next `days` in which a layer has nobody on call."""
    roster = Roster(start, start + days * DAY, overrides)
    return [piece for layer in schedule.layers for piece in pieces(roster, schedule, layer.id) if not piece.people]
