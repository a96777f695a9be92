"""Settings of the crisis process."""

from __future__ import annotations

from pydantic import Field

from feuerwache.common.settings import CommonSettings


class CrisisSettings(CommonSettings):
    """`crisis_false_alarms_per_week`: how many false alarms a quiet week may cost, per detector and community."""

    crisis_false_alarms_per_week: float = Field(default=0.05, gt=0, le=100)
