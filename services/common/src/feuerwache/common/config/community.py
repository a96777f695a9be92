"""`config/communities.yaml`: the communities that are watched."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.config.people import Role
from feuerwache.common.config.source import ConfigModel, load
from feuerwache.common.config.zone import Zone
from feuerwache.common.events.alarm import CrisisKind


def _known(region: str) -> str:
    holidays_of(region)  # raises `ValueError` for one without holidays
    return region


Region = Annotated[str, AfterValidator(_known)]


class Community(ConfigModel):
    """One community. `region` is a country with an optional subdivision as the `holidays` package knows it: DE-BY.

    `rules` names the folder below `config/rules` whose rules apply; `policy` the escalation policy in
    `config/policies.yaml`; `policies` names others for single kinds of crisis (`single_post: at-once`). `team` lists
    the ids of the accounts with which the community's own people answer. `canary: true` marks the one in which only
    drills travel.

    `ladder` names an entry of `config/ladders.yaml`: what repeated violations lead to. `author_memory: brand` lets the
    rules see what an author did in the brand's other communities. `authors: pseudonymous` shows their names to the role
    `names_for` alone. `dry_run: true` decides and shows, and neither acts nor pages.
    """

    id: str
    title: Annotated[str, Field(max_length=200)]
    brand: str
    language: str = "de"
    timezone: Zone = "Europe/Berlin"
    region: Region = "DE"
    rules: str
    policy: str
    policies: dict[CrisisKind, str] = {}
    team: tuple[str, ...] = ()
    canary: bool = False
    ladder: str | None = None
    author_memory: Literal["community", "brand"] = "community"
    authors: Literal["named", "pseudonymous"] = "named"
    names_for: Role = Role.HEAD
    dry_run: bool = False


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
