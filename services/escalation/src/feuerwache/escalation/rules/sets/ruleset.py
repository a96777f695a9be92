"""The rules of one folder, read, checked, compiled and tested: what cannot be right is refused with its place.

A set is used whole or not at all; whoever reloads keeps the last good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feuerwache.common.config.community import load_communities
from feuerwache.common.config.source import ConfigError, Problem, read
from feuerwache.escalation.rules.language.condition import Condition
from feuerwache.escalation.rules.language.context import SCHEMA
from feuerwache.escalation.rules.language.expression.flaw import suggest
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.inspection import inspect
from feuerwache.escalation.rules.language.possible import off_duty
from feuerwache.escalation.rules.sets.compiled import CompiledRule, RuleSet
from feuerwache.escalation.rules.sets.protection import Protected, unprotected
from feuerwache.escalation.rules.sets.recipients import unknown_departments
from feuerwache.escalation.rules.sets.rulefile import SUFFIXES, Placed, Reading
from feuerwache.escalation.rules.sets.trial import try_rule

__all__ = ["CompiledRule", "RuleSet", "check_rules", "load_ruleset", "load_rulesets", "read_rulesets"]


def load_ruleset(folder: Path, *, tested: bool = True) -> RuleSet:
    """Reads `folder/*.yaml` and what they include; raises `ConfigError` with every problem in all of the files.

    A set of which a test fails is refused too, unless `tested` is false: for who wants to show how they fail.
    """
    files = sorted(each for each in folder.glob("*") if each.suffix in SUFFIXES)
    if not files:
        raise ConfigError([Problem(str(folder), 1, 1, "", "holds no rules (*.yaml)")])
    reading = Reading(folder.parent)
    placed = [each for path in files for each in reading.file(path)]
    problems = reading.problems
    kept = list(_kept(placed, problems))
    compiled: list[CompiledRule] = []
    for each in kept:
        found = [*_condition_problems(each), *_test_problems(each)]
        problems += found
        if not found:
            compiled.append(CompiledRule(each.rule, Condition(each.rule.when), each.spot))
    if (where := reading.protects.get(Protected.CRITICISM)) is not None:
        problems += (problem for each in compiled for problem in unprotected(each, where))
    if tested:
        problems += (result.problem for each in compiled for result in try_rule(each) if not result.passed)
    if problems:
        raise ConfigError(sorted(problems))
    return RuleSet(folder.name, tuple(compiled), reading.version, frozenset(reading.protects))


def load_rulesets(config_dir: Path) -> dict[str, RuleSet]:
    """Every set that `communities.yaml` names; raises `ConfigError` with the problems of all."""
    sets, problems = read_rulesets(config_dir)
    if problems:
        raise ConfigError(problems)
    return sets


def read_rulesets(config_dir: Path) -> tuple[dict[str, RuleSet], list[Problem]]:
    """The sets that `communities.yaml` names, empty where something is wrong with one, and what is wrong with them.

    Raises `ConfigError` for the file of communities alone.
    """
    problems: list[Problem] = []
    sets: dict[str, RuleSet] = {}
    document = read(config_dir / "communities.yaml")
    for index, community in enumerate(load_communities(config_dir).communities):
        folder = config_dir / "rules" / community.rules
        if community.rules in sets:
            continue
        if not folder.is_dir():
            near = suggest(community.rules, (each.name for each in folder.parent.glob("*") if each.is_dir()))
            reason = f"there is no folder {folder}{near}"
            problems.append(document.problem(("communities", index, "rules"), reason))
            continue
        try:
            sets[community.rules] = load_ruleset(folder)
        except ConfigError as error:
            problems += error.problems
            sets[community.rules] = RuleSet(community.rules, ())  # its problems are told once
    problems += unknown_departments(config_dir, sets.values())
    return sets, sorted(set(problems))  # two sets may include the same file


def check_rules(config_dir: Path) -> list[Problem]:
    """Everything that is wrong with the rules of a configuration directory, and with what names them."""
    try:
        load_rulesets(config_dir)
    except ConfigError as error:
        return sorted(error.problems)
    return []


def _kept(placed: list[Placed], problems: list[Problem]) -> Iterator[Placed]:
    """The rules in their order, each where the rule stood that it replaces; ids are unique."""
    instead: dict[str, Placed] = {}
    included = {each.rule.id for each in placed if each.included}
    for each in placed:
        replaced = each.rule.replaces
        if replaced is None:
            continue
        if replaced not in included:
            hint = suggest(replaced, included)
            problems.append(each.spot.problem(("replaces",), f"no rule {replaced!r} is included{hint}"))
        elif replaced in instead:
            reason = f"rule {replaced!r} is replaced in {Path(instead[replaced].spot.file).name} already"
            problems.append(each.spot.problem(("replaces",), reason))
        else:
            instead[replaced] = each
    standing = {id(each) for each in instead.values()}
    seen: dict[str, str] = {}
    for each in placed:
        if id(each) in standing:
            continue
        stays = instead.get(each.rule.id, each) if each.included else each
        rule_id, file = stays.rule.id, Path(stays.spot.file).name
        if rule_id in seen:
            hint = "; to stand in its place, say `replaces`" if rule_id in included and not each.included else ""
            problems.append(stays.spot.problem(("id",), f"rule {rule_id!r} stands in {seen[rule_id]} too{hint}"))
            continue
        seen[rule_id] = file
        yield stays


def _condition_problems(placed: Placed) -> Iterator[Problem]:
    found = inspect(placed.rule.when)
    for flaw in found:
        yield placed.spot.within("when", flaw.offset, flaw.reason)
    if not found and off_duty(parse(placed.rule.when), placed.rule.schedule):
        reason = f"never applies: at the times of its schedule ({', '.join(placed.rule.schedule)}) `when` is never true"
        yield placed.spot.problem(("schedule",), reason)


def _test_problems(placed: Placed) -> Iterator[Problem]:
    rule = placed.rule
    for number, test in enumerate(rule.tests):
        for section, known in SCHEMA.items():
            given: dict[str, Any] = getattr(test, section)
            for field, value in given.items():
                path = ("tests", number, section, field)
                if field not in known:
                    name = f"{section}.{field}"
                    hint = suggest(name, [f"{section}.{each}" for each in known])
                    yield placed.spot.problem(path, f"unknown field {name!r}{hint}")
                elif not _fits(known[field], value):
                    wanted = type(known[field]).__name__
                    yield placed.spot.problem(path, f"must be {wanted}, not {type(value).__name__}")
        unexpected = set(test.expect) - set(rule.then)
        if unexpected:
            reason = f"this rule never asks for `{min(unexpected)}` (then: {', '.join(rule.then)})"
            yield placed.spot.problem(("tests", number, "expect"), reason)


def _fits(default: object, value: object) -> bool:
    if isinstance(default, float) and not isinstance(value, bool):
        return isinstance(value, int | float)
    if isinstance(default, list):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return type(value) is type(default)
