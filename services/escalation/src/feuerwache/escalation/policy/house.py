"""Which policy holds where, and who is who: the files of one configuration, checked against each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

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
        """
        policy = self.policies.get(policy_of(self.community(community_id), kind))
        if policy is None:
            raise InvalidRecord(f"community {community_id!r} names a policy that does not stand in policies.yaml")
        frozen = policy.freeze(severity, self.config_hash)
        if not late:
            return frozen
        quiet = frozen.steps[0].model_copy(update={"urgency": Urgency.QUIET})
        return frozen.model_copy(update={"steps": (quiet,), "repeat": 0})


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
    if problems:
        raise ConfigError(problems)
    return House(communities, policies, config_hash, load_people(config_dir), load_plans(config_dir, communities))


def named(community: Community) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where in the file a community names a policy, and which."""
    yield ("policy",), community.policy
    for kind, policy in community.policies.items():
        yield ("policies", kind.value), policy
