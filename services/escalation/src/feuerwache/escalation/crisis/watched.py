"""What is watched: every community's place in the world, and the campaigns that were announced.

`config/communities.yaml` and `config/campaigns.yaml` together; raises `ConfigError` with file and line for a region
without known holidays and for a campaign of a community or brand that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.config.campaign import CAMPAIGNS_FILE, Campaign, Campaigns
from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.source import ConfigError, Document, Problem, read
from feuerwache.escalation.crisis.bars import NO_BARS, Bar, Bars
from feuerwache.escalation.crisis.week import Calendar, minute_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a community lives, and whose it is: a brand's alarms share a partition."""

    calendar: Calendar
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """`places`: community → its place; pulses of others are not counted. `campaigns` are bars."""

    places: Mapping[str, Place]
    campaigns: Bars = NO_BARS


def load_watched(config_dir: Path) -> Watched:
    """Reads both files; `campaigns.yaml` may be missing. Raises `ConfigError`."""
    document = read(config_dir / "communities.yaml")
    communities = document.parse(Communities)
    problems: list[Problem] = []
    places: dict[str, Place] = {}
    for index, each in enumerate(communities.communities):
        try:
            places[each.id] = Place(Calendar(ZoneInfo(each.timezone), holidays_of(each.region)), each.brand)
        except ValueError as error:
            problems.append(document.problem(("communities", index, "region"), str(error)))
    campaigns: list[Bar] = []
    if (path := config_dir / CAMPAIGNS_FILE).exists():
        file = read(path)
        for index, campaign in enumerate(file.parse(Campaigns).campaigns):
            campaigns += _bars(file, index, campaign, communities, problems)
    if problems:
        raise ConfigError(problems)
    return Watched(places, Bars(campaigns))


def _bars(
    file: Document, index: int, campaign: Campaign, communities: Communities, problems: list[Problem]
) -> Iterator[Bar]:
    """A bar for each community of the campaign; what does not exist is added to `problems`."""
    members: list[Community] = []
    for place, name in enumerate(campaign.communities):
        community = communities.get(name)
        if community is None:
            problems.append(
                file.problem(("campaigns", index, "communities", place), f"{name!r} is not in communities.yaml")
            )
        else:
            members.append(community)
    if campaign.brand is not None:
        of_brand = [each for each in communities.communities if each.brand == campaign.brand]
        if not of_brand:
            reason = f"no community of communities.yaml has the brand {campaign.brand!r}"
            problems.append(file.problem(("campaigns", index, "brand"), reason))
        members += [each for each in of_brand if each not in members]
    for community in members:
        zone = ZoneInfo(community.timezone)
        yield Bar(
            bar_id=f"campaign/{campaign.id}",
            community=community.id,
            kinds=frozenset(campaign.kinds),
            start=minute_of(campaign.start.replace(tzinfo=zone)),
            until=minute_of(campaign.until.replace(tzinfo=zone)),
            factor=campaign.factor,
            cause="campaign",
        )
