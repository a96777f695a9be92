"""Settings of the crisis process."""

from __future__ import annotations

from pydantic import Field

from feuerwache.common.settings import CommonSettings


class CrisisSettings(CommonSettings):
    """`crisis_false_alarms_per_week`: what a quiet week may cost a community, all detectors together."""

    crisis_false_alarms_per_week: float = Field(default=0.2, gt=0, le=100)
