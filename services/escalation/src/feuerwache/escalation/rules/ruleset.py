"""The rules of one folder, read, checked and compiled: what cannot be right is refused with file, line and column.

A set is used whole or not at all; whoever reloads keeps the last good one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feuerwache.common.config.community import load_communities
from feuerwache.common.config.source import ConfigError, Document, Problem, read
from feuerwache.escalation.rules.condition import Condition
from feuerwache.escalation.rules.context import SCHEMA
from feuerwache.escalation.rules.expression.flaw import Flaw, suggest
from feuerwache.escalation.rules.inspection import inspect
from feuerwache.escalation.rules.rule import Rule, RuleFile


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its condition ready to run; `file` says where it stands."""

    rule: Rule
    condition: Condition
    file: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of a folder, in the order of file names and of the rules in them."""

    name: str
    rules: tuple[CompiledRule, ...]


def load_ruleset(folder: Path) -> RuleSet:
    """Reads `folder/*.yaml`; raises `ConfigError` with every problem in all of its files."""
    problems: list[Problem] = []
    compiled: list[CompiledRule] = []
    seen: dict[str, str] = {}
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        raise ConfigError([Problem(str(folder), 1, 1, "", "holds no rules (*.yaml)")])
    for path in files:
        try:
            document = read(path)
            rules = document.parse(RuleFile).root
        except ConfigError as error:
            problems += error.problems
            continue
        for index, rule in enumerate(rules):
            if rule.id in seen:
                problems.append(document.problem((index, "id"), f"rule {rule.id!r} stands in {seen[rule.id]} too"))
                continue
            seen[rule.id] = path.name
            found = [*_condition_problems(document, index, rule), *_test_problems(document, index, rule)]
            problems += found
            if not found:
                compiled.append(CompiledRule(rule, Condition(rule.when), str(path)))
    if problems:
        raise ConfigError(problems)
    return RuleSet(folder.name, tuple(compiled))


def load_rulesets(config_dir: Path) -> dict[str, RuleSet]:
    """Every set that `communities.yaml` names; raises `ConfigError` with the problems of all."""
    problems: list[Problem] = []
    sets: dict[str, RuleSet] = {}
    document = read(config_dir / "communities.yaml")
    for index, community in enumerate(load_communities(config_dir).communities):
        folder = config_dir / "rules" / community.rules
        if community.rules in sets:
            continue
        if not folder.is_dir():
            problems.append(document.problem(("communities", index, "rules"), f"there is no folder {folder}"))
            continue
        try:
            sets[community.rules] = load_ruleset(folder)
        except ConfigError as error:
            problems += error.problems
            sets[community.rules] = RuleSet(community.rules, ())  # its problems are told once
    if problems:
        raise ConfigError(problems)
    return sets


def check_rules(config_dir: Path) -> list[Problem]:
    """Everything that is wrong with the rules of a configuration directory, and with what names them."""
    try:
        load_rulesets(config_dir)
    except ConfigError as error:
        return sorted(error.problems)
    return []


def _condition_problems(document: Document, index: int, rule: Rule) -> Iterator[Problem]:
    for flaw in inspect(rule.when):
        yield _at(document, (index, "when"), rule.when, flaw)


def _test_problems(document: Document, index: int, rule: Rule) -> Iterator[Problem]:
    for number, test in enumerate(rule.tests):
        for section, known in SCHEMA.items():
            given: dict[str, Any] = getattr(test, section)
            for field, value in given.items():
                path = (index, "tests", number, section, field)
                if field not in known:
                    name = f"{section}.{field}"
                    hint = suggest(name, [f"{section}.{each}" for each in known])
                    yield document.problem(path, f"unknown field {name!r}{hint}")
                elif not _fits(known[field], value):
                    wanted = type(known[field]).__name__
                    yield document.problem(path, f"must be {wanted}, not {type(value).__name__}")
        unexpected = set(test.expect) - set(rule.then)
        if unexpected:
            place = (index, "tests", number, "expect")
            yield document.problem(
                place, f"this rule never asks for `{min(unexpected)}` (then: {', '.join(rule.then)})"
            )


def _fits(default: object, value: object) -> bool:
    if isinstance(default, float) and not isinstance(value, bool):
        return isinstance(value, int | float)
    return type(value) is type(default)


def _at(document: Document, path: tuple[int, str], source: str, flaw: Flaw) -> Problem:
    """The place of the flaw itself where the expression is written on one line, else the place of its key."""
    problem = document.problem(path, flaw.reason)
    line, column = (number + 1 for number in document.root[path[0]].lc.value(path[1]))
    written = Path(document.file).read_text().splitlines()[line - 1]
    start = written.find(source, column - 1)
    if start < 0:
        return problem
    return Problem(problem.file, line, start + flaw.offset + 1, problem.field, problem.reason)
