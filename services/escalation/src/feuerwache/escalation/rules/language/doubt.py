"""What can be used and is likely not meant: told by `feuerwache check`, and no reason to refuse a rule."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from feuerwache.common.config.source import Problem
from feuerwache.escalation.rules.language.cover import covered_by
from feuerwache.escalation.rules.language.possible import idle
from feuerwache.escalation.rules.sets.compiled import RuleSet


def doubts(ruleset: RuleSet) -> Iterator[Problem]:
    """Everything doubtful about the rules of a set, in no order."""
    for compiled in ruleset.rules:
        rule, spot = compiled.rule, compiled.spot
        if not rule.tests:
            reason = f"rule {rule.id!r} has no tests: give it posts to catch, and posts to leave alone"
            yield spot.problem(("id",), reason)
        for flaw in idle(compiled.condition.tree, rule.when):
            yield spot.within("when", flaw.offset, flaw.reason)
    for compiled, cover in covered_by(ruleset.rules):
        where = f"rule {cover.rule.id!r} ({Path(cover.file).name})"
        reason = f"rule {compiled.rule.id!r} changes nothing: wherever it holds, {where} holds too and asks for as much"
        yield compiled.spot.problem(("when",), reason)
