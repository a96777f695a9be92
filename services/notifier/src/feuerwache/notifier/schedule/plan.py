"""The shapes of `config/schedules.yaml`: schedules, their layers, the shifts of a layer and who takes turns in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.config.people import People
from feuerwache.common.config.source import ConfigModel
from feuerwache.common.config.walltime import WallTime
from feuerwache.common.config.zone import Zone
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.absence import Absence
from feuerwache.notifier.schedule.day import ALL_DAYS, Day, DayCalendar, OneWeekday
from feuerwache.notifier.schedule.window import Window, days_until, without_zone

#: Turns are counted from `since`; further back nobody has kept such a plan.
EARLIEST = date(2000, 1, 1)


class Rotate(StrEnum):
    """What is counted until the next one has the turn.

    `weekly`: calendar weeks. `daily`: calendar days. `each_shift`: single shifts, so only those days on which one
    begins. `fair`: nothing is counted, each turn goes to the one who has had the fewest hours; see `fair.py`.
    """

    WEEKLY = "weekly"
    DAILY = "daily"
    EACH_SHIFT = "each_shift"
    FAIR = "fair"


def some(what: str) -> BeforeValidator:
    """A list that may not be empty, with an error that says what its emptiness would mean."""

    def check(value: Any) -> Any:
        if isinstance(value, list | tuple) and not value:
            raise ValueError(f"is empty: {what}")
        return value

    return BeforeValidator(check)


def known_region(region: str) -> str:
    holidays_of(region)
    return region


def at_least_one(number: int) -> int:
    if number < 1:
        raise ValueError(f"a cycle of {number} never comes round; write 1 or more")
    return number


def not_too_early(since: date) -> date:
    if since < EARLIEST:
        raise ValueError(f"{since} is too long ago; turns are counted from {EARLIEST} on")
    return since


Region = Annotated[str, AfterValidator(known_region)]


class Shift(ConfigModel):
    """A shift that recurs on `begins` at `from`, until the next `ends` at `to`, by the clock of its zone.

    Without `ends` it lasts until `to` comes round next: the same day, or the day after. `since` is the day (with
    `weekly` the week) in which the first of `people` has the turn; before it the shift does not exist. `every`: how
    many weeks, days or shifts one keeps the turn. A person named twice in `people` has twice the turns.

    `delegate` (`schedule/layer`) instead of `people`: whoever is on call there has it. `timezone` and `region` are the
    schedule's, unless the shift has its own. `only` and `never` cut hours out of the shift and change no turn.
    """

    id: str
    begins: Annotated[tuple[Day, ...], some("the shift would never begin")] = ALL_DAYS
    start: Annotated[WallTime, Field(alias="from")]
    ends: OneWeekday | None = None
    end: Annotated[WallTime, Field(alias="to")]
    rotate: Rotate = Rotate.WEEKLY
    every: Annotated[int, AfterValidator(at_least_one)] = 1
    since: Annotated[date, AfterValidator(not_too_early)]
    people: Annotated[tuple[str, ...], some("a shift needs somebody who has it")] | None = None
    delegate: Annotated[str, Field(pattern=r"^[^/\s]+/[^/\s]+$")] | None = None
    timezone: Zone | None = None
    region: Region | None = None
    only: Annotated[tuple[Window, ...], some("no hour of the shift would be left")] | None = None
    never: tuple[Window, ...] = ()

    @model_validator(mode="after")
    def fits_together(self) -> Shift:
        without_zone(self.start, self.end)
        if (self.people is None) == (self.delegate is None):
            raise ValueError("give either `people`, or `delegate: schedule/layer`")
        if self.rotate is Rotate.FAIR and self.people is not None:
            if self.every != 1:
                raise ValueError("`fair` decides anew for every shift; leave `every` out")
            if len({*self.people}) != len(self.people):
                raise ValueError("`fair` shares out by hours; name each person once")
        return self

    def days(self, begin: date) -> int:
        """How many calendar days after `begin` the shift that begins there ends: 0 to 7."""
        return days_until(begin, self.start, self.ends, self.end)

    @property
    def delegated(self) -> tuple[str, str] | None:
        """Id of the schedule and of the layer that has this shift."""
        if self.delegate is None:
            return None
        schedule, _, layer = self.delegate.partition("/")
        return schedule, layer


class Layer(ConfigModel):
    """`partial`: the layer is not meant to cover the whole week, so hours without anybody are no finding."""

    id: str
    partial: bool = False
    shifts: Annotated[tuple[Shift, ...], some("nobody would ever be on call in this layer")]


@dataclass(slots=True, eq=False)
class House:
    """What a schedule needs to know of the others: where its shifts are delegated to, and who is absent."""

    schedules: dict[str, Schedule]
    absences: tuple[OnCallOverridden, ...] = ()

    def __eq__(self, other: object) -> bool:
        """Schedules are the same when their own lines are; comparing their houses would go round in circles."""
        return isinstance(other, House)

    __hash__ = None  # type: ignore[assignment]  # it changes when absences are bound, and nobody looks one up


class Schedule(ConfigModel):
    """`region` is where its public holidays are those of, as the `holidays` package writes it: DE-BY.

    `half_days`: the wall-clock time from which 24 and 31 December are holidays too; without it they are none.
    """

    id: str
    timezone: Zone = "Europe/Berlin"
    region: Region | None = None
    half_days: WallTime | None = None
    layers: Annotated[tuple[Layer, ...], some("a schedule needs at least one layer")]
    _house: House = PrivateAttr(default_factory=lambda: House({}))

    @model_validator(mode="after")
    def half_days_have_no_zone(self) -> Schedule:
        without_zone(self.half_days)
        return self

    def layer(self, layer_id: str) -> Layer | None:
        return next((layer for layer in self.layers if layer.id == layer_id), None)

    def below(self, layer_id: str) -> tuple[Layer, ...]:
        """The layers that stand in, in this order, when everybody in `layer_id` is absent: those after it."""
        order = [layer.id for layer in self.layers]
        return self.layers[order.index(layer_id) + 1 :] if layer_id in order else ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def calendar(self) -> DayCalendar:
        return DayCalendar(self.region, self.half_days)

    def zone_of(self, shift: Shift) -> ZoneInfo:
        return ZoneInfo(shift.timezone or self.timezone)

    def calendar_of(self, shift: Shift) -> DayCalendar:
        return DayCalendar(shift.region or self.region, self.half_days)

    @property
    def absences(self) -> tuple[OnCallOverridden, ...]:
        """The absences of the file, for all schedules and layers."""
        return self._house.absences

    def other(self, schedule_id: str) -> Schedule | None:
        """The schedule a shift of this one delegates to: itself, or another one of the same file."""
        return self if schedule_id == self.id else self._house.schedules.get(schedule_id)


class Schedules(ConfigModel):
    """`in_several_schedules`: people who are in several schedules at once on purpose; nobody is warned of that."""

    schedules: Annotated[tuple[Schedule, ...], some("nobody would ever be on call")]
    absences: tuple[Absence, ...] = ()
    in_several_schedules: tuple[str, ...] = ()

    @model_validator(mode="after")
    def they_know_each_other(self) -> Schedules:
        house = House({schedule.id: schedule for schedule in self.schedules})
        for schedule in self.schedules:
            schedule._house = house
        return self.bound(None)

    def bound(self, people: People | None) -> Schedules:
        """Sets the absences to the clocks of those who are absent; without `people`, to that of the first schedule."""
        absences = tuple(absence.override(self._clock(absence, people)) for absence in self.absences)
        self.schedules[0]._house.absences = absences
        return self

    def _clock(self, absence: Absence, people: People | None) -> ZoneInfo:
        person = people.person(absence.person) if people is not None else None
        return self.schedules[0].zone if person is None else ZoneInfo(person.timezone)

    def get(self, schedule_id: str) -> Schedule | None:
        return next((schedule for schedule in self.schedules if schedule.id == schedule_id), None)
