"""Who is on call, found out the slow way: by walking through every minute and looking at clocks on walls.

It reads the same plain configuration as the service and shares no code with it: no instants are computed (a wall is
looked at in each minute), no turns are divided out (they are counted day by day from `since`), holidays are written
down by hand from the law, and the balance of fair turns is a tally of single minutes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from feuerwache.common.events.oncall import OnCallOverridden

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AWAY = ("illness", "vacation")
Place = tuple[str, str]


@lru_cache
def easter(year: int) -> date:
    """The anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + k - 7 * ((a + 11 * h + 22 * k) // 451) + 114, 31)
    return date(year, month, day + 1)


#: Days by month and day, and by their distance to Easter Sunday.
HOLIDAYS: dict[str, tuple[str, tuple[int, ...]]] = {
    "DE-BY": ("01-01 01-06 05-01 10-03 11-01 12-25 12-26", (-2, 1, 39, 50, 60)),
    "DE-SN": ("01-01 05-01 10-03 10-31 12-25 12-26", (-2, 1, 39, 50)),
    "AT": ("01-01 01-06 05-01 08-15 10-26 11-01 12-08 12-25 12-26", (1, 39, 50, 60)),
}


@lru_cache
def public_holidays(region: str, year: int) -> frozenset[date]:
    fixed, moving = HOLIDAYS[region]
    days = {date.fromisoformat(f"{year}-{day}") for day in fixed.split()} | {easter(year) + n * DAY for n in moving}
    if region == "DE-SN":  # Buß- und Bettag: the Wednesday before 23 November
        days.add(max(date(year, 11, day) for day in range(16, 23) if date(year, 11, day).weekday() == 2))
    return frozenset(days)


class Wall:
    """A clock on a wall somewhere, looked at in every minute of a span."""

    def __init__(self, zone: str, minutes: Sequence[datetime]) -> None:
        self.shown = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in minutes]
        self._latest = list(accumulate(self.shown, max))

    def reaches(self, day: date, at: time) -> int:
        """The number of the first minute in which it shows this day and time, or a later one."""
        return bisect_left(self._latest, datetime.combine(day, at))


@dataclass
class Turn:
    order: tuple[str, ...]
    delegate: str | None


@dataclass
class Oracle:
    """`config` as it stands in `schedules.yaml`; `zones` of the people. Sees whole minutes from `start` to `end`."""

    config: dict[str, Any]
    zones: dict[str, str]
    overrides: Sequence[OnCallOverridden]
    start: datetime
    end: datetime
    walls: dict[str, Wall] = field(default_factory=dict)
    planned: dict[Place, list[Turn | None]] = field(default_factory=dict)
    known: dict[tuple[Place, int, tuple[Place, ...]], tuple[str | None, Place]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.minutes = [self.start + n * MINUTE for n in range(int((self.end - self.start) / MINUTE))]
        self.schedules = {schedule["id"]: schedule for schedule in self.config["schedules"]}
        for schedule in self.config["schedules"]:
            for layer in schedule["layers"]:
                row: list[Turn | None] = [None] * len(self.minutes)
                for shift in reversed(layer["shifts"]):
                    self.paint(row, schedule, shift)
                self.planned[schedule["id"], layer["id"]] = row

    def wall(self, zone: str) -> Wall:
        if zone not in self.walls:
            self.walls[zone] = Wall(zone, self.minutes)
        return self.walls[zone]

    # What was planned

    def paint(self, row: list[Turn | None], schedule: dict[str, Any], shift: dict[str, Any]) -> None:
        wall = self.wall(shift.get("timezone", schedule["timezone"]))
        hours = self.hours(schedule, shift)
        tally: dict[str, list[Any]] = {person: [0, 0, date.min] for person in shift.get("people", ())}
        for begin, gone_by in self.beginnings(schedule, shift):
            if begin > wall.shown[-1].date():
                return
            if begin < wall.shown[0].date():
                continue
            had = [n for n in self.span(shift, wall, begin, shift.get("ends")) if hours[n]]
            if not had:
                continue  # all its hours are cut out: nobody has a turn
            people = tuple(shift.get("people", ()))
            if shift["rotate"] == "fair" and people:
                people = self.fair(schedule, shift, tally, (begin, had))
            elif people:
                at = gone_by // shift.get("every", 1) % len(people)
                people = people[at:] + people[:at]
            for n in had:
                row[n] = Turn(people, shift.get("delegate"))

    def beginnings(self, schedule: dict[str, Any], shift: dict[str, Any]) -> Iterator[tuple[date, int]]:
        """Each day on which a turn begins, and what has gone by since the first one."""
        day = since = date.fromisoformat(shift["since"])
        if shift["rotate"] == "weekly":
            while day.weekday() != 0:
                day -= DAY
        gone_by = 0
        while True:
            begins = any(self.is_a(kind, day, schedule, shift) for kind in shift["begins"])
            if begins:
                yield day, gone_by
            day += DAY
            match shift["rotate"]:
                case "weekly":
                    gone_by += day.weekday() == 0
                case "daily":
                    gone_by += day > since
                case _:
                    gone_by += begins

    def is_a(self, kind: str, day: date, schedule: dict[str, Any], shift: dict[str, Any]) -> bool:
        """Whether a shift that begins on this day at its hour begins on such a day."""
        if kind in WEEK:
            return WEEK[day.weekday()] == kind
        if kind == "weekends":
            return WEEK[day.weekday()] in ("saturday", "sunday")
        free_from = self.free_from(day, schedule, shift)
        free = free_from is not None and time.fromisoformat(shift["from"]) >= free_from
        return free if kind == "holidays" else not free and WEEK[day.weekday()] not in ("saturday", "sunday")

    def free_from(self, day: date, schedule: dict[str, Any], shift: dict[str, Any]) -> time | None:
        region = shift.get("region", schedule.get("region"))
        if region is not None and day in public_holidays(region, day.year):
            return time(0)
        half = schedule.get("half_days")
        return time.fromisoformat(half) if half is not None and (day.month, day.day) in ((12, 24), (12, 31)) else None

    def span(self, times: dict[str, Any], wall: Wall, begin: date, ends: str | None) -> range:
        """The minutes from `from` on this day until `to` comes round next, on `ends` if there is one."""
        start, end = time.fromisoformat(times.get("from", "00:00")), time.fromisoformat(times.get("to", "00:00"))
        last = begin
        while (ends is not None and WEEK[last.weekday()] != ends) or (last == begin and end <= start):
            last += DAY
        return range(wall.reaches(begin, start), wall.reaches(last, end))

    def hours(self, schedule: dict[str, Any], shift: dict[str, Any]) -> list[bool]:
        """For each minute, whether the cuts of the shift leave it."""
        kept = [shift.get("only") is None] * len(self.minutes)
        for windows, left in ((shift.get("only") or (), True), (shift.get("never") or (), False)):
            for window in windows:
                for n in self.opened(schedule, shift, window):
                    kept[n] = left
        return kept

    def opened(self, schedule: dict[str, Any], shift: dict[str, Any], window: dict[str, Any]) -> Iterator[int]:
        wall = self.wall(shift.get("timezone", schedule["timezone"]))
        day = wall.shown[0].date()
        while day <= wall.shown[-1].date():
            span = self.span(window, wall, day, window.get("ends"))
            free_from = self.free_from(day, schedule, shift)
            noon = None if free_from is None else wall.reaches(day, free_from)
            for kind in window.get("days", WEEK):
                if kind == "holidays":
                    yield from (n for n in span if noon is not None and n >= noon)
                elif kind == "business_days":
                    yield from (n for n in span if day.weekday() < 5 and (noon is None or n < noon))
                elif (kind == "weekends" and day.weekday() > 4) or kind == WEEK[day.weekday()]:
                    yield from span
            day += DAY

    def fair(
        self, schedule: dict[str, Any], shift: dict[str, Any], tally: dict[str, list[Any]], turn: tuple[date, list[int]]
    ) -> tuple[str, ...]:
        begin, had = turn
        wall = self.wall(shift.get("timezone", schedule["timezone"]))
        free = sum(self.is_free(schedule, shift, wall.shown[n]) for n in had)
        which = 0 if free else 1
        people = sorted(tally, key=lambda person: (tally[person][which], tally[person][2]))
        tally[people[0]][which] += free or len(had)
        tally[people[0]][2] = begin
        return tuple(people)

    def is_free(self, schedule: dict[str, Any], shift: dict[str, Any], shown: datetime) -> bool:
        """Whether it is a weekend or a holiday at this time on the wall."""
        free_from = self.free_from(shown.date(), schedule, shift)
        return shown.weekday() > 4 or (free_from is not None and shown.time() >= free_from)

    # Who really has it

    def held(self, place: Place, minute: int, asked: tuple[Place, ...] = ()) -> tuple[str | None, Place]:
        """Who has the layer in this minute, and whose duty that is."""
        if (place, minute, asked) not in self.known:
            self.known[place, minute, asked] = self.found(place, minute, asked)
        return self.known[place, minute, asked]

    def found(self, place: Place, minute: int, asked: tuple[Place, ...]) -> tuple[str | None, Place]:
        if place in asked or place not in self.planned:
            return None, place
        turn = self.planned[place][minute]
        order: list[str] = [] if turn is None else [*turn.order]
        home = place
        if turn is not None and turn.delegate is not None:
            schedule_id, _, layer_id = turn.delegate.partition("/")
            person, home = self.held((schedule_id, layer_id), minute, (*asked, place))
            order = [] if person is None else [person]
        person, missed = stands(order, self.exceptions(place, minute))
        if missed:
            layers = [layer["id"] for layer in self.schedules[place[0]]["layers"]]
            for below in layers[layers.index(place[1]) + 1 :]:
                other, _ = self.held((place[0], below), minute, (*asked, place))
                if other is not None:
                    return other, place
        return person, home if person in order else place

    def exceptions(self, place: Place, minute: int) -> list[tuple[str, str | None, str | None]]:
        """What holds in this minute, oldest first: why, who comes, who goes."""
        at = self.minutes[minute]
        found: list[tuple[str, str | None, str | None]] = []
        for absence in self.config.get("absences", ()):
            today = self.wall(self.zones[absence["person"]]).shown[minute].date().isoformat()
            if absence["from"] <= today <= absence["through"]:
                found.append(("vacation", absence.get("instead"), absence["person"]))
        for one in self.overrides:
            here = one.schedule in ("*", place[0]) and one.layer in ("*", place[1])
            if here and not one.cancelled and one.start <= at < one.end:
                found.append((one.reason, one.person_id, one.replaces))
        return found


def stands(order: list[str], exceptions: list[tuple[str, str | None, str | None]]) -> tuple[str | None, bool]:
    """Who has a turn after all exceptions, and whether somebody should have had it and nobody is left."""
    goes: list[tuple[int, str]] = [
        (n, gone) for n, (why, comes, gone) in enumerate(exceptions) if gone and (comes is None or why in AWAY)
    ]
    claims = [(-1, person) for person in order[:1]]

    def now() -> str | None:
        if claims and not any(n > claims[-1][0] and gone == claims[-1][1] for n, gone in goes):
            return claims[-1][1]
        for person in order:
            if person not in [gone for _, gone in goes]:
                return person
        return None

    for n, (_, comes, gone) in enumerate(exceptions):
        if comes is None and gone is None:
            goes += [(n, person) for _, person in claims[-1:]]
        elif comes is not None and (gone is None or gone in ([person for _, person in claims[-1:]] + [now()])):
            claims.append((n, comes))
    return now(), bool(claims) and now() is None
