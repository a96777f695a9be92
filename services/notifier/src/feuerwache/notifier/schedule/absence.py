"""Absences known beforehand, in `schedules.yaml`: a person is away, from every schedule and layer.

    absences:
      - {person: anna.bergmann, from: 2026-12-21, through: 2027-01-03}
      - {person: jonas.keller, from: 2026-12-24, through: 2026-12-26, instead: murat.oezdemir}

Whole days by the person's own clock, the last one included. Who falls ill on a Friday afternoon does not wait for a
file: that is an override (`events/oncall.py`) of the same shape, and both mean the same to `who`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from feuerwache.common.calendar.holiday import MIDNIGHT
from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.oncall import EVERYWHERE, OnCallOverridden
from feuerwache.notifier.schedule.wallclock import instant_of

FILE = Actor(person_id="schedules.yaml", via=Via.SYSTEM)


class Absence(ConfigModel):
    """From the first moment of `from` to the last one of `through`. `instead` stands in; else the rule finds one."""

    person: str
    first: Annotated[date, Field(alias="from")]
    through: date
    reason: Literal["vacation", "illness"] = "vacation"
    instead: str | None = None

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Absence:
        if self.through < self.first:
            raise ValueError(f"ends on {self.through}, before it begins on {self.first}")
        if self.instead == self.person:
            raise ValueError(f"{self.person} cannot stand in for an absence of their own")
        return self

    def overlaps(self, other: Absence) -> bool:
        return self.person == other.person and self.first <= other.through and other.first <= self.through

    def override(self, zone: ZoneInfo) -> OnCallOverridden:
        """The same as an override on record would say it."""
        return OnCallOverridden(
            override_id=str(derived_id("absence", self.person, self.first, self.through)),
            schedule=EVERYWHERE,
            layer=EVERYWHERE,
            reason=self.reason,
            start=instant_of(self.first, MIDNIGHT, zone),
            end=instant_of(self.through + timedelta(days=1), MIDNIGHT, zone),
            person_id=self.instead,
            replaces=self.person,
            actor=FILE,
        )
