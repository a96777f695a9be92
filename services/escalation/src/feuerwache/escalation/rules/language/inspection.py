"""All that is looked at in a condition before it may be used: grammar, names, types, patterns, cost, sense.

Every flaw has its place in the expression. An expression without flaws compiles and gives true or false on a post in
which nothing is remarkable.
"""

from __future__ import annotations

from feuerwache.escalation.rules.language.condition import Condition, ConditionFailed, Prepared
from feuerwache.escalation.rules.language.context import SCHEMA, defaults
from feuerwache.escalation.rules.language.domain import SIZES
from feuerwache.escalation.rules.language.expression.cost import Cost
from feuerwache.escalation.rules.language.expression.flaw import Flaw, Flawed
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.expression.pattern import pattern_flaws
from feuerwache.escalation.rules.language.expression.tree import Binary, Call, Index, Macro, Node, walk
from feuerwache.escalation.rules.language.expression.typed import flaws
from feuerwache.escalation.rules.language.possible import impossible

#: Units that a condition may cost on the largest post: 50 milliseconds where it is all steps, 20 where it is all text.
MAX_COST = 250_000

_COST = Cost(SIZES.get)


def inspect(source: str) -> list[Flaw]:
    """Everything that is wrong with the expression, in the order of places; an empty list means it can be used."""
    try:
        tree = parse(source)
    except Flawed as error:
        return [error.flaw]
    found = flaws(tree, SCHEMA) or sorted(pattern_flaws(tree, source))
    if not found:
        found = [flaw for flaw in (_too_dear(tree), impossible(tree, source)) if flaw is not None]
    return found or _dry_run(tree, source)


def cost(tree: Node) -> int:
    """What the condition costs at most, in units of `expression.cost`."""
    return _COST.of(tree)


def _too_dear(tree: Node) -> Flaw | None:
    units = cost(tree)
    if units <= MAX_COST:
        return None
    part = _COST.dearest(tree)
    reason = f"costs up to {units:,} units on the largest post, {MAX_COST:,} are allowed; {_advice(part)}"
    return Flaw(part.offset, reason)


def _advice(part: Node) -> str:
    match part:
        case Macro():
            return f"most of it is `{part.name}`, done for each item of a list: do less with each, or look at fewer"
        case Call(function="matches"):
            return "most of it is this `matches`: a watchlist finds many words at once, `contains` finds one"
    return "most of it is here: compare less, or put it into a rule of its own"


def _dry_run(tree: Node, source: str) -> list[Flaw]:
    try:
        Condition(source).holds(Prepared.of(defaults()))
    except (ConditionFailed, ValueError) as error:
        why = str(error).split(". ", maxsplit=1)[0].split(": ", maxsplit=1)[-1]
        reason = f"fails on a post in which nothing is remarkable: {why}; ask before: … > 0 && …"
        places = (place for node in walk(tree) if (place := _fallible(node)) is not None)
        return [Flaw(next(places, tree.offset), reason)]
    return []


def _fallible(node: Node) -> int | None:
    """Where a division or an index stands."""
    if isinstance(node, Binary) and node.operator in ("/", "%"):
        return node.operator_at
    return node.index.offset if isinstance(node, Index) else None
