"""The rules to be tried: a whole configuration directory, or a folder of rules in the place of one that is in force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from feuerwache.common.config.source import ConfigError, Problem
from feuerwache.escalation.rules.engine.engine import Engine, unobserved
from feuerwache.escalation.rules.engine.fuse import Limits
from feuerwache.escalation.rules.house import House, HouseRules, load_house_rules
from feuerwache.escalation.rules.sets.ruleset import RuleSet, load_ruleset

#: A rule that fails is asked again on every post, and what it costs on this machine puts it out nowhere.
NEVER_OUT = Limits(failures=2**62, cost_us=float("inf"))


def load_candidate(path: Path, config_dir: Path) -> HouseRules:
    """`path` is a configuration directory, or a rule set's folder, or one that holds such folders.

    A folder replaces the set of its name in `config_dir`; where no set has its name, the only one there is that is not
    the canary's. Raises `ConfigError` with every problem.
    """
    if not path.is_dir():
        raise ConfigError([Problem(str(path), 1, 1, "", "there is no such folder")])
    if (path / "communities.yaml").exists():
        return load_house_rules(path, limits=NEVER_OUT)
    folders = [path] if _holds_rules(path) else [each for each in sorted(path.iterdir()) if _holds_rules(each)]
    if not folders:
        raise ConfigError([Problem(str(path), 1, 1, "", "holds neither communities.yaml nor rules (*.yaml)")])
    base = load_house_rules(config_dir, limits=NEVER_OUT)
    return _with(base, _read(folders, base))


def _read(folders: list[Path], base: HouseRules) -> dict[str, RuleSet]:
    """The sets by the names under which communities use them; a folder that none uses is there to be included."""
    used = sorted({house.community.rules for house in base.houses.values()})
    people = sorted({house.community.rules for house in base.houses.values() if not house.community.canary})
    meant = {folder.resolve().name: folder for folder in folders if folder.resolve().name in used}
    if not meant and len(folders) == len(people) == 1:
        meant = {people[0]: folders[0]}
    if not meant:
        reason = f"no community uses a set of rules with this name (there are {', '.join(used)})"
        raise ConfigError([Problem(str(folder), 1, 1, "", reason) for folder in folders])
    problems: list[Problem] = []
    sets: dict[str, RuleSet] = {}
    for name, folder in meant.items():
        try:
            sets[name] = load_ruleset(folder)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return sets


def _with(base: HouseRules, sets: dict[str, RuleSet]) -> HouseRules:
    engines = {name: Engine(ruleset, unobserved, NEVER_OUT) for name, ruleset in sets.items()}
    houses: dict[str, House] = {
        name: replace(house, engine=engine, ruleset_version=sets[house.community.rules].version)
        if (engine := engines.get(house.community.rules)) is not None
        else house
        for name, house in base.houses.items()
    }
    rules = tuple(compiled.rule for ruleset in sets.values() for compiled in ruleset.rules)
    named = {rule.id for rule in rules}
    return replace(base, houses=houses, rules=(*rules, *(rule for rule in base.rules if rule.id not in named)))


def _holds_rules(folder: Path) -> bool:
    return folder.is_dir() and any(folder.glob("*.y*ml"))
