"""What can be used and is likely not meant: told by `feuerwache check`, and no reason to refuse a rule."""

from __future__ import annotations

from collections.abc import Iterator

from feuerwache.common.config.source import Problem
from feuerwache.escalation.rules.compiled import RuleSet


def doubts(ruleset: RuleSet) -> Iterator[Problem]:
    """Everything doubtful about the rules of a set, in no order."""
    for compiled in ruleset.rules:
        if not compiled.rule.tests:
            reason = f"rule {compiled.rule.id!r} has no tests: give it posts to catch, and posts to leave alone"
            yield compiled.spot.problem(("id",), reason)
