"""Which policy holds where: the communities and the policies of one configuration, checked against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from feuerwache.common.config.catalog import unmoved
from feuerwache.common.config.community import Communities, Community
from feuerwache.common.config.source import ConfigError, read
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy
from feuerwache.common.events.page import Urgency
from feuerwache.escalation.policy.policies import Policies, check


@dataclass(frozen=True, slots=True)
class House:
    """The configuration an incident begins under. `config_hash` goes into the frozen policy."""

    communities: Communities
    policies: Policies
    config_hash: str

    def community(self, community_id: str) -> Community:
        community = self.communities.get(community_id)
        if community is None:
            raise InvalidRecord(f"community {community_id!r} does not stand in communities.yaml")
        return community

    def freeze(self, community_id: str, severity: Severity, *, late: bool = False) -> FrozenPolicy:
        """The ladder of this community for this severity.

        What was late already when it came in (promise 7) wakes nobody: its ladder is the first step alone, quietly.
        """
        policy = self.policies.get(self.community(community_id).policy)
        if policy is None:
            raise InvalidRecord(f"community {community_id!r} names a policy that does not stand in policies.yaml")
        frozen = policy.freeze(severity, self.config_hash)
        if not late:
            return frozen
        quiet = frozen.steps[0].model_copy(update={"urgency": Urgency.QUIET})
        return frozen.model_copy(update={"steps": (quiet,), "repeat": 0})


def load_house(config_dir: Path) -> House:
    """Reads and checks both files; raises `ConfigError` with file and line of each problem."""
    return unmoved(config_dir, lambda config_hash: _read(config_dir, config_hash))


def _read(config_dir: Path, config_hash: str) -> House:
    policies = check(read(config_dir / "policies.yaml"))
    document = read(config_dir / "communities.yaml")
    communities = document.parse(Communities)
    problems = [
        document.problem(
            ("communities", index, "policy"), f"policy {community.policy!r} does not stand in policies.yaml"
        )
        for index, community in enumerate(communities.communities)
        if policies.get(community.policy) is None
    ]
    if problems:
        raise ConfigError(problems)
    return House(communities, policies, config_hash)
