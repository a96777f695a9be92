"""The configuration the rules judge by, as one value: communities with their engines, and the hash of all of it.

`HouseRules` never changes; when the files do, `Catalog` builds a new one and swaps it in. A configuration that is
broken is told once and the last good one is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from feuerwache.common.config.community import Community, load_communities
from feuerwache.common.config.source import ConfigError, Problem, directory_hash
from feuerwache.escalation.rules.engine import Engine, OnFailure, unobserved
from feuerwache.escalation.rules.rule import Rule
from feuerwache.escalation.rules.ruleset import load_rulesets


@dataclass(frozen=True, slots=True)
class House:
    """One community, its local time, and the engine with its rules."""

    community: Community
    zone: ZoneInfo
    engine: Engine


@dataclass(frozen=True, slots=True)
class HouseRules:
    houses: Mapping[str, House]
    config_hash: str
    rules: tuple[Rule, ...] = ()


def load_house_rules(config_dir: Path, on_failure: OnFailure = unobserved) -> HouseRules:
    """Reads communities and rules; raises `ConfigError` with every problem."""
    config_hash = directory_hash(config_dir)
    sets = load_rulesets(config_dir)
    engines = {name: Engine(ruleset, on_failure) for name, ruleset in sets.items()}
    houses = {
        community.id: House(community, ZoneInfo(community.timezone), engines[community.rules])
        for community in load_communities(config_dir).communities
    }
    rules = tuple(compiled.rule for ruleset in sets.values() for compiled in ruleset.rules)
    return HouseRules(houses, config_hash, rules)


class Catalog:
    """The house rules in force. The first load raises `ConfigError`; a later one keeps the last good."""

    def __init__(self, config_dir: Path, on_failure: OnFailure = unobserved) -> None:
        self._config_dir = config_dir
        self._on_failure = on_failure
        self._looked_at = directory_hash(config_dir)
        self.current = load_house_rules(config_dir, on_failure)
        self.problem: ConfigError | None = None

    def refresh(self) -> bool:
        """Looks whether the files changed; True when they did, whether for the better says `problem`."""
        try:
            found = directory_hash(self._config_dir)
            if found == self._looked_at:
                return False
            self._looked_at = found
            self.current = load_house_rules(self._config_dir, self._on_failure)
            self.problem = None
        except ConfigError as error:
            self.problem = error
        except OSError as error:  # a file went away between being listed and being read
            self.problem = ConfigError([Problem(str(self._config_dir), 1, 1, "", f"cannot be read: {error.strerror}")])
        return True
