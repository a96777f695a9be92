"""Whether everybody exists whom the rules pass posts on to. Pure, but for reading the file of departments."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from feuerwache.common.config.department import FILE, load_departments
from feuerwache.common.config.source import ConfigError, Problem
from feuerwache.escalation.rules.language.expression.flaw import suggest
from feuerwache.escalation.rules.sets.compiled import RuleSet


def unknown_departments(config_dir: Path, sets: Iterable[RuleSet]) -> list[Problem]:
    """Every `forward_to` that no department answers to, and what is wrong with the departments themselves."""
    try:
        known = load_departments(config_dir).by_id
    except ConfigError as error:
        return error.problems
    return [
        compiled.spot.problem(("forward_to",), f"no department {name!r} in {FILE}{suggest(name, known)}")
        for ruleset in sets
        for compiled in ruleset.rules
        if (name := compiled.rule.forward_to) is not None and name not in known
    ]
