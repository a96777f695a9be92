"""A schedule as PagerDuty's REST API v2 gives it. Only what is read stands here; the rest is passed over.

Source: developer.pagerduty.com, "Get a schedule" (`GET /schedules/{id}`) and "List schedules" (`GET /schedules`). Times
are ISO 8601 with an offset; a restriction's `start_time_of_day` is on the wall of the schedule's `time_zone`, its
`start_day_of_week` counts from 1, Monday. `schedule_layers` come with the one that wins first (`precedence.py`).
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Reference(Read):
    """`summary` is the user's name. `deleted_at` stands there for users who are gone."""

    id: str
    summary: str | None = None
    name: str | None = None
    email: str | None = None
    deleted_at: str | None = None


class Member(Read):
    user: Reference


class Restriction(Read):
    type: Literal["daily_restriction", "weekly_restriction"]
    start_time_of_day: time
    duration_seconds: Annotated[int, Field(gt=0, le=7 * 86_400)]
    start_day_of_week: Annotated[int, Field(ge=1, le=7)] | None = None


class Entry(Read):
    start: AwareDatetime
    end: AwareDatetime
    user: Reference | None = None


class SubSchedule(Read):
    rendered_schedule_entries: tuple[Entry, ...] = ()


class ScheduleLayer(Read):
    id: str | None = None
    name: str | None = None
    start: AwareDatetime
    end: AwareDatetime | None = None
    users: tuple[Member, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    rotation_virtual_start: AwareDatetime
    rotation_turn_length_seconds: Annotated[int, Field(gt=0)]


class PagerDutySchedule(Read):
    id: str
    name: str | None = None
    summary: str | None = None
    time_zone: str
    schedule_layers: tuple[ScheduleLayer, ...] = ()
    overrides_subschedule: SubSchedule | None = None
    final_schedule: SubSchedule | None = None

    @property
    def title(self) -> str:
        return self.name or self.summary or self.id


class Answer(Read):
    """What `GET /schedules/{id}` answers."""

    schedule: PagerDutySchedule


class Page(Read):
    """What `GET /schedules` answers: a page of references; `more` says whether another one follows."""

    schedules: tuple[Reference, ...]
    offset: int = 0
    limit: int = 25
    more: bool = False
