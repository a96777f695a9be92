"""The configuration the rules judge by, as one value: communities with their engines, and the hash of all of it.

`HouseRules` never changes; when the files do, a new one takes its place (`feuerwache.common.config.catalog`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from feuerwache.common.config.catalog import unmoved
from feuerwache.common.config.community import Community, load_communities
from feuerwache.escalation.rules.engine import Engine, OnFailure, unobserved
from feuerwache.escalation.rules.report import ReportTable, load_reports
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
    reports: ReportTable = field(default_factory=ReportTable)


def load_house_rules(config_dir: Path, on_failure: OnFailure = unobserved) -> HouseRules:
    """Reads communities and rules; raises `ConfigError` with every problem.

    `config_hash` is that of the files which were read, also when they change meanwhile.
    """
    return unmoved(config_dir, lambda config_hash: _read(config_dir, config_hash, on_failure))


def _read(config_dir: Path, config_hash: str, on_failure: OnFailure) -> HouseRules:
    sets = load_rulesets(config_dir)
    engines = {name: Engine(ruleset, on_failure) for name, ruleset in sets.items()}
    houses = {
        community.id: House(community, ZoneInfo(community.timezone), engines[community.rules])
        for community in load_communities(config_dir).communities
    }
    rules = tuple(compiled.rule for ruleset in sets.values() for compiled in ruleset.rules)
    return HouseRules(houses, config_hash, rules, load_reports(config_dir))
