"""Which policy holds where, and who is who: the files of one configuration, checked against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.common.config.catalog import unmoved
from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.people import People, load_people
from feuerwache.common.config.plan import Plans, load_plans
from feuerwache.common.config.source import ConfigError, read
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy
from feuerwache.common.events.page import Urgency
from feuerwache.escalation.policy.policies import Policies, check


class UnknownCommunity(InvalidRecord):
    """No community of this name is configured; perhaps not yet."""


@dataclass(frozen=True, slots=True)
class House:
    """The configuration an incident begins under. `config_hash` goes into the frozen policy."""

    communities: Communities
    policies: Policies
    config_hash: str
    people: People
    plans: Plans = field(default_factory=Plans)

    def community(self, community_id: str) -> Community:
        """Raises `UnknownCommunity`."""
        community = self.communities.get(community_id)
        if community is None:
            raise UnknownCommunity(f"community {community_id!r} does not stand in communities.yaml")
        return community

    def freeze(
        self, community_id: str, severity: Severity, kind: CrisisKind | None = None, *, late: bool = False
    ) -> FrozenPolicy:
        """The ladder of this community for this severity, and for this kind of crisis where it has its own.

        What was late already when it came in (promise 7) wakes nobody: its ladder is the first step alone, quietly.
        That nobody was reached has a ladder where the community names a policy for it; else its last resort knows.
        """
        community = self.community(community_id)
        policy = self.policies.get(policy_of(community, kind))
        if policy is None:
            raise InvalidRecord(f"community {community_id!r} names a policy that does not stand in policies.yaml")
        frozen = policy.freeze(severity, self.config_hash, community)
        alone: dict[str, Any] = {"repeat": 0, "instead": (), "last_resort": ()}
        if kind is CrisisKind.NOBODY_REACHED and kind not in community.policies and self.has_last_resort(community):
            return frozen.model_copy(update=alone | {"steps": ()})
        if not late:
            return frozen
        quiet = frozen.steps[0].model_copy(update={"urgency": Urgency.QUIET, "when": (), "repeat": 0})
        return frozen.model_copy(update=alone | {"steps": (quiet,)})

    def has_last_resort(self, community: Community) -> bool:
        """Whether each of its policies has one: whoever is to know of an unheard incident has been paged about it."""
        policies = (self.policies.get(policy) for _, policy in named(community))
        return all(policy is not None and policy.last_resort is not None for policy in policies)


def policy_of(community: Community, kind: CrisisKind | None) -> str:
    """The id of the policy for this kind of crisis."""
    return community.policy if kind is None else community.policies.get(kind, community.policy)


def load_house(config_dir: Path) -> House:
    """Reads and checks all of them; raises `ConfigError` with file and line of each problem."""
    return unmoved(config_dir, lambda config_hash: _read(config_dir, config_hash))


def _read(config_dir: Path, config_hash: str) -> House:
    policies = check(read(config_dir / "policies.yaml"))
    document = read(config_dir / "communities.yaml")
    communities = document.parse(Communities)
    problems = [
        document.problem(("communities", index, *place), f"policy {policy!r} does not stand in policies.yaml")
        for index, community in enumerate(communities.communities)
        for place, policy in named(community)
        if policies.get(policy) is None
    ]
    problems += [
        document.problem(("communities", index, "region"), str(why))
        for index, community in enumerate(communities.communities)
        if (why := unknown_region(community.region)) is not None
    ]
    if problems:
        raise ConfigError(problems)
    return House(communities, policies, config_hash, load_people(config_dir), load_plans(config_dir, communities))


def unknown_region(region: str) -> ValueError | None:
    """Why its holidays are not known. Loads them if they are: the first alarm does not wait for that."""
    try:
        holidays_of(region)
    except ValueError as error:
        return error
    return None


def named(community: Community) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where in the file a community names a policy, and which."""
    yield ("policy",), community.policy
    for kind, policy in community.policies.items():
        yield ("policies", kind.value), policy
