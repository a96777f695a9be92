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
from feuerwache.common.config.department import Department, load_departments
from feuerwache.common.config.people import People, load_people
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.rules.author.brand import BrandAuthor
from feuerwache.escalation.rules.author.discipline import Ladder, load_ladders
from feuerwache.escalation.rules.engine.engine import DEFAULT_LIMITS, Engine, OnFailure, unobserved
from feuerwache.escalation.rules.engine.fuse import Limits
from feuerwache.escalation.rules.judging.report import ReportTable, load_reports
from feuerwache.escalation.rules.sets.rule import Rule
from feuerwache.escalation.rules.sets.ruleset import load_rulesets


@dataclass(frozen=True, slots=True)
class House:
    """One community, its local time, the engine with its rules, and what repeated violations lead to.

    `ruleset_version` is the content hash of the rules' files (`RuleSet.version`); `community.rules` names them.
    `departments` are those that posts may be passed on to, by id.
    """

    community: Community
    zone: ZoneInfo
    engine: Engine
    ladder: Ladder | None = None
    ruleset_version: str = ""
    departments: Mapping[str, Department] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HouseRules:
    """`people` are those whose words on posts and authors may be heard; None: nobody's."""

    houses: Mapping[str, House]
    config_hash: str
    rules: tuple[Rule, ...] = ()
    reports: ReportTable = field(default_factory=ReportTable)
    people: People | None = None

    def shared(self, ref: PostRef, author_id: str) -> BrandAuthor | None:
        """The account as all communities of the brand see it; None where this one keeps its memory to itself."""
        house = self.houses.get(ref.community)
        if house is None or house.community.author_memory != "brand":
            return None
        return BrandAuthor(house.community.brand, ref.platform, author_id)


def load_house_rules(
    config_dir: Path, on_failure: OnFailure = unobserved, limits: Limits = DEFAULT_LIMITS
) -> HouseRules:
    """Reads communities and rules; raises `ConfigError` with every problem.

    `config_hash` is that of the files which were read, also when they change meanwhile.
    """
    return unmoved(config_dir, lambda config_hash: _read(config_dir, config_hash, on_failure, limits))


def _read(config_dir: Path, config_hash: str, on_failure: OnFailure, limits: Limits) -> HouseRules:
    sets = load_rulesets(config_dir)
    engines = {name: Engine(ruleset, on_failure, limits) for name, ruleset in sets.items()}
    communities = load_communities(config_dir)
    ladders = load_ladders(config_dir, communities)
    departments = load_departments(config_dir).by_id
    houses = {
        community.id: House(
            community,
            ZoneInfo(community.timezone),
            engines[community.rules],
            None if community.ladder is None else ladders[community.ladder],
            sets[community.rules].version,
            departments,
        )
        for community in communities.communities
    }
    rules = tuple(compiled.rule for ruleset in sets.values() for compiled in ruleset.rules)
    people = load_people(config_dir) if (config_dir / "people.yaml").exists() else None
    return HouseRules(houses, config_hash, rules, load_reports(config_dir), people)
