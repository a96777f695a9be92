"""`config/communities.yaml`: the communities that are watched."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from feuerwache.common.config.source import ConfigModel, load
from feuerwache.common.events.alarm import CrisisKind


def known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no IANA time zone, e.g. Europe/Berlin") from error
    return name


Zone = Annotated[str, AfterValidator(known_zone)]


class Community(ConfigModel):
    """One community. `region` is a country with an optional subdivision as the `holidays` package knows it: DE-BY.

    `rules` names the folder below `config/rules` whose rules apply; `policy` the escalation policy in
    `config/policies.yaml`; `policies` names others for single kinds of crisis (`single_post: at-once`). `team` lists
    the ids of the accounts with which the community's own people answer. `canary: true` marks the one in which only
    drills travel.
    """

    id: str
    title: Annotated[str, Field(max_length=200)]
    brand: str
    language: str = "de"
    timezone: Zone = "Europe/Berlin"
    region: str = "DE"
    rules: str
    policy: str
    policies: dict[CrisisKind, str] = {}
    team: tuple[str, ...] = ()
    canary: bool = False


class Communities(ConfigModel):
    communities: Annotated[tuple[Community, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def ids_are_unique(self) -> Communities:
        seen: set[str] = set()
        for community in self.communities:
            if community.id in seen:
                raise ValueError(f"community {community.id!r} stands there twice")
            seen.add(community.id)
        return self

    @cached_property
    def by_id(self) -> dict[str, Community]:
        """Asked for each alarm and each post, among up to ten thousand."""
        return {community.id: community for community in self.communities}

    def get(self, community_id: str) -> Community | None:
        return self.by_id.get(community_id)


def load_communities(config_dir: Path) -> Communities:
    return load(config_dir / "communities.yaml", Communities)
