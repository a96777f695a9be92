"""What is set for every platform that has to be asked: how often, and how much of its quota. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from feuerwache.common.config.duration import Duration
from feuerwache.ingest.adapters.settings import AdapterSettings


class PolledSettings(AdapterSettings):
    """`interval`: between the beginnings of two passes; the process's own least time and what is left of the quota make
    it longer. `units_per_day`: how many of the platform's units this integration may use; None: the platform counts
    none. `QUOTA_ZONE` is where the platform's day ends at midnight.
    """

    QUOTA_ZONE: ClassVar[str] = "UTC"

    interval: Duration = timedelta(minutes=1)
    units_per_day: Annotated[int, Field(ge=100, le=100_000_000)] | None = None

    @field_validator("interval")
    @classmethod
    def not_too_seldom(cls, value: timedelta) -> timedelta:
        if value > timedelta(hours=12):
            raise ValueError("a pass every twelve hours is the least")
        return value
