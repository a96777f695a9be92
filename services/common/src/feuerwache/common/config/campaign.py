"""`config/campaigns.yaml`: what was announced and will be loud, so that nobody is woken for it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.alarm import CrisisKind

CAMPAIGNS_FILE = "campaigns.yaml"
#: A higher bar would be a mute by another name.
MOST_FACTOR = 10.0


def wall_clock(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError("is the wall clock in the community's time zone, so without Z or an offset")
    return moment


WallClock = Annotated[datetime, AfterValidator(wall_clock)]


class Campaign(ConfigModel):
    """A campaign or live event: from `start` to `until`, `factor` times the usual is the usual.

    It holds in `communities`, or in all of a `brand`; for the detectors in `kinds`, or for all when empty. `start` and
    `until` are wall-clock times in each community's own zone; a time that exists twice is the first one.
    """

    id: str
    title: str
    communities: tuple[str, ...] = ()
    brand: str | None = None
    kinds: tuple[CrisisKind, ...] = ()
    start: WallClock
    until: WallClock
    factor: Annotated[float, Field(gt=1, le=MOST_FACTOR)]

    @model_validator(mode="after")
    def is_somewhere_and_some_time(self) -> Campaign:
        if not self.communities and self.brand is None:
            raise ValueError("needs communities or a brand")
        if self.until <= self.start:
            raise ValueError("ends before it begins")
        return self


class Campaigns(ConfigModel):
    campaigns: tuple[Campaign, ...] = ()

    @model_validator(mode="after")
    def ids_are_unique(self) -> Campaigns:
        seen: set[str] = set()
        for campaign in self.campaigns:
            if campaign.id in seen:
                raise ValueError(f"campaign {campaign.id!r} stands there twice")
            seen.add(campaign.id)
        return self
