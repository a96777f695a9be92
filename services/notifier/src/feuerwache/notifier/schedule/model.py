"""`config/schedules.yaml`: who is on call when, by the wall clock of a named zone.

A schedule has layers (`first`, `deputy`, `head`), a layer has shifts, a shift has people who take turns. Shifts are
looked at from top to bottom and the first one that covers an instant has it: put the weekend above the week.

    - id: first
      shifts:
        - id: weekend
          begins: [friday]
          from: "18:00"
          ends: monday
          to: "08:00"
          rotate: weekly
          since: 2026-11-02
          people: [anna.bergmann, murat.oezdemir]
"""

from __future__ import annotations

from datetime import date
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from feuerwache.common.config.community import Zone
from feuerwache.common.config.people import People
from feuerwache.common.config.source import ConfigError, ConfigModel, Document, Problem, read
from feuerwache.common.config.walltime import WallTime


class Weekday(IntEnum):
    """As `date.weekday()` counts."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


def weekday(value: Any) -> Any:
    """A weekday by its English name."""
    if isinstance(value, str):
        try:
            return Weekday[value.upper()]
        except KeyError:
            raise ValueError(f"{value!r} is no weekday; write monday … sunday") from None
    return value


Day = Annotated[Weekday, BeforeValidator(weekday)]

ALL_DAYS = tuple(Weekday)


class Rotate(StrEnum):
    """How the people of a shift take turns: each calendar week another one, or each single shift."""

    WEEKLY = "weekly"
    EACH_SHIFT = "each_shift"


class Shift(ConfigModel):
    """A shift that recurs on `begins` at `from`, until the next `ends` at `to`.

    Without `ends` it lasts until `to` comes round next: the same day, or the day after. `since` is the week (or, with
    `each_shift`, the day) in which the first of `people` has the turn; before it the shift does not exist.
    """

    id: str
    begins: Annotated[tuple[Day, ...], Field(min_length=1)] = ALL_DAYS
    start: Annotated[WallTime, Field(alias="from")]
    ends: Day | None = None
    end: Annotated[WallTime, Field(alias="to")]
    rotate: Rotate = Rotate.WEEKLY
    since: date
    people: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def times_have_no_zone(self) -> Shift:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("the zone stands at the schedule, once")
        return self

    def days(self, begin: date) -> int:
        """How many calendar days after `begin` the shift that begins there ends: 0 to 7."""
        if self.ends is None:
            return 0 if self.end > self.start else 1
        days = (self.ends - begin.weekday()) % 7
        return 7 if days == 0 and self.end <= self.start else days


class Layer(ConfigModel):
    id: str
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1)]


class Schedule(ConfigModel):
    """`region` is where its public holidays are those of, as the `holidays` package writes it: DE-BY."""

    id: str
    timezone: Zone = "Europe/Berlin"
    region: str | None = None
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]

    def layer(self, layer_id: str) -> Layer | None:
        return next((layer for layer in self.layers if layer.id == layer_id), None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Schedules(ConfigModel):
    schedules: Annotated[tuple[Schedule, ...], Field(min_length=1)]

    def get(self, schedule_id: str) -> Schedule | None:
        return next((schedule for schedule in self.schedules if schedule.id == schedule_id), None)


def load_schedules(config_dir: Path, people: People) -> Schedules:
    """Reads `schedules.yaml`; raises `ConfigError` for what is wrong in it, unknown people and doubled ids included."""
    document = read(config_dir / "schedules.yaml")
    schedules = document.parse(Schedules)
    problems = [*_doubled(document, schedules), *_unknown(document, schedules, people)]
    if problems:
        raise ConfigError(problems)
    return schedules


def _doubled(document: Document, schedules: Schedules) -> list[Problem]:
    problems = []
    ids: set[str] = set()
    for s, schedule in enumerate(schedules.schedules):
        if schedule.id in ids:
            problems.append(document.problem(("schedules", s, "id"), f"schedule {schedule.id!r} stands there twice"))
        ids.add(schedule.id)
        layers: set[str] = set()
        for n, layer in enumerate(schedule.layers):
            if layer.id in layers:
                path = ("schedules", s, "layers", n, "id")
                problems.append(document.problem(path, f"layer {layer.id!r} stands there twice"))
            layers.add(layer.id)
    return problems


def _unknown(document: Document, schedules: Schedules, people: People) -> list[Problem]:
    return [
        document.problem(
            ("schedules", s, "layers", n, "shifts", k, "people", i), f"unknown person {person!r}; see people.yaml"
        )
        for s, schedule in enumerate(schedules.schedules)
        for n, layer in enumerate(schedule.layers)
        for k, shift in enumerate(layer.shifts)
        for i, person in enumerate(shift.people)
        if people.person(person) is None
    ]
