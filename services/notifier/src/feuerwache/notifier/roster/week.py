"""A span of duties as weeks, days and rows, by one reader's clock. Pure.

Every day of a row says who is on call in it from when to when; a duty over midnight stands in both days. A day is from
midnight to midnight in the reader's zone, so the two changeover Sundays have 23 and 25 hours, and so do their entries.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.wallclock import instant_of
from feuerwache.common.config.people import People
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.duty import Duty, duties
from feuerwache.notifier.schedule.model import Schedule

DAY = timedelta(days=1)
DAYS = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of a duty within a day. `begins`: it starts in this day; `now`: it is the one of the present."""

    start: datetime
    end: datetime
    names: tuple[str, ...]
    begins: bool
    now: bool

    @property
    def hole(self) -> bool:
        return not self.names


@dataclass(frozen=True, slots=True)
class Row:
    """A layer over one week. `days`: seven times the entries of a day, by time; none outside of the span."""

    schedule: str
    layer: str
    days: tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    rows: tuple[Row, ...]

    @property
    def number(self) -> int:
        """By ISO 8601, as on German wall calendars."""
        return self.monday.isocalendar().week

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + n * DAY for n in range(DAYS))


@dataclass(frozen=True, slots=True)
class Roster:
    """`today` and `zone` are the reader's. `holes`: hours of the span in which a layer has nobody."""

    zone: ZoneInfo
    today: date
    weeks: tuple[Week, ...]
    holes: tuple[Duty, ...]


def roster(
    schedules: Sequence[Schedule],
    people: People,
    start: datetime,
    end: datetime,
    *,
    zone: ZoneInfo,
    now: datetime,
    overrides: Sequence[OnCallOverridden] = (),
    person: str | None = None,
) -> Roster:
    """Whole weeks from Monday on, as far as the span touches them; of one person's duties, if one is given."""
    found = [d for d in duties(schedules, start, end, overrides) if person is None or person in d.people]
    first = start.astimezone(zone).date()
    last = (end.astimezone(zone) - timedelta(microseconds=1)).date()
    names = {person.id: person.name for person in people.people}
    weeks = []
    monday = first - first.weekday() * DAY
    while monday <= last:
        rows = tuple(
            Row(schedule.id, layer.id, _days(monday, _of(found, schedule.id, layer.id), names, zone, now))
            for schedule in schedules
            for layer in schedule.layers
        )
        weeks.append(Week(monday, rows))
        monday += DAYS * DAY
    return Roster(zone, now.astimezone(zone).date(), tuple(weeks), tuple(duty for duty in found if not duty.people))


def _of(found: Iterable[Duty], schedule: str, layer: str) -> list[Duty]:
    return [duty for duty in found if (duty.schedule, duty.layer) == (schedule, layer)]


def _days(
    monday: date, found: Sequence[Duty], names: dict[str, str], zone: ZoneInfo, now: datetime
) -> tuple[tuple[Entry, ...], ...]:
    edges = [instant_of(monday + n * DAY, time(0), zone) for n in range(DAYS + 1)]
    return tuple(
        tuple(
            Entry(
                max(duty.start, left).astimezone(zone),
                min(duty.end, right).astimezone(zone),
                tuple(names.get(person, person) for person in duty.people),
                left <= duty.start,
                max(duty.start, left) <= now < min(duty.end, right),
            )
            for duty in found
            if duty.start < right and duty.end > left
        )
        for left, right in itertools.pairwise(edges)
    )
