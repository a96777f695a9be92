"""All that is looked at in a condition before it may be used: grammar, names, types, patterns, whether it can be true.

Every flaw has its place in the expression. An expression without flaws compiles and gives true or false on a post in
which nothing is remarkable.
"""

from __future__ import annotations

from feuerwache.escalation.rules.condition import Condition, ConditionFailed, Prepared
from feuerwache.escalation.rules.context import SCHEMA, defaults
from feuerwache.escalation.rules.expression.flaw import Flaw, Flawed
from feuerwache.escalation.rules.expression.parser import parse
from feuerwache.escalation.rules.expression.pattern import pattern_flaws
from feuerwache.escalation.rules.expression.typed import flaws
from feuerwache.escalation.rules.possible import impossible


def inspect(source: str) -> list[Flaw]:
    """Everything that is wrong with the expression, in the order of places; an empty list means it can be used."""
    try:
        tree = parse(source)
    except Flawed as error:
        return [error.flaw]
    found = flaws(tree, SCHEMA) or sorted(pattern_flaws(tree, source))
    if not found and (never := impossible(tree, source)) is not None:
        return [never]
    return found or _dry_run(source)


def _dry_run(source: str) -> list[Flaw]:
    try:
        Condition(source).holds(Prepared.of(defaults()))
    except (ConditionFailed, ValueError) as error:
        return [Flaw(0, str(error).split(". ", maxsplit=1)[0])]
    return []
