"""Whether a condition can be true at all, and whether a part of it says nothing.

All proved over what fields can really be (`domain`): what is told here is so on every post; what is not told may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from feuerwache.escalation.rules.language.context import SCHEMA
from feuerwache.escalation.rules.language.domain import DOMAINS
from feuerwache.escalation.rules.language.expression.canonical import canonical
from feuerwache.escalation.rules.language.expression.cases import Cases
from feuerwache.escalation.rules.language.expression.claim import Numbers, Texts
from feuerwache.escalation.rules.language.expression.flaw import Flaw
from feuerwache.escalation.rules.language.expression.parser import parse
from feuerwache.escalation.rules.language.expression.tree import Literal, Logical, Member, Node, walk
from feuerwache.escalation.rules.language.relation import AT_MOST
from feuerwache.escalation.rules.sets.rule import Schedule, times_of

CASES = Cases(SCHEMA, DOMAINS.get, AT_MOST)


def impossible(tree: Node, source: str) -> Flaw | None:
    """Why the condition can never be true, at the part that makes it so; None where it may be."""
    if not CASES.never_true(tree):
        return None
    parts = _parts(tree)
    for part in parts:
        if CASES.never_true(part):
            return Flaw(part.offset, f"can never be true: {_shown(part, source)}{_range(part)}")
    for one, other in combinations(parts, 2):
        if CASES.exclude(one, other):
            reason = f"can never be true: {_shown(other, source)} contradicts {_shown(one, source)}"
            return Flaw(other.offset, f"{reason}{_between(one, other)}")
    return Flaw(tree.offset, "can never be true: its parts contradict each other")


def idle(tree: Node, source: str) -> Iterator[Flaw]:
    """Parts of a condition that say nothing: always true beside `&&`, never true beside `||`, or all of it true."""
    if CASES.never_false(tree):
        if not isinstance(tree, Literal):
            yield Flaw(tree.offset, f"is always true{_range(tree)}; if every post is meant, write `true`")
        return
    for node in walk(tree):
        if not isinstance(node, Logical):
            continue
        for part in node.parts:
            if node.operator == "||" and CASES.never_true(part):
                yield Flaw(part.offset, f"{_shown(part, source)} can never be true{_range(part)}")
            elif node.operator == "&&" and CASES.never_false(part):
                yield Flaw(part.offset, f"{_shown(part, source)} is always true{_range(part)}")


def off_duty(tree: Node, schedule: tuple[Schedule, ...]) -> bool:
    """Whether the condition can never be true at the times of the schedule."""
    return bool(schedule) and CASES.exclude(tree, on_duty(schedule))


def on_duty(schedule: tuple[Schedule, ...]) -> Node:
    """The schedule as a condition."""
    times = (f"{'' if wanted else '!'}time.{field}" for field, wanted in times_of(schedule))
    return parse(" || ".join(times) or "true")


def _parts(node: Node) -> list[Node]:
    """The parts of a conjunction, also of those within it."""
    if isinstance(node, Logical) and node.operator == "&&":
        return [part for each in node.parts for part in _parts(each)]
    return [node]


def _shown(node: Node, source: str) -> str:
    return f"`{' '.join(source[node.offset : node.end].split())}`"


def _range(node: Node) -> str:
    """What the one field can be that the part is about, or how its two fields stand to each other."""
    fields = _fields(node)
    claim = DOMAINS.get(next(iter(fields))) if len(fields) == 1 else None
    if isinstance(claim, Numbers):
        low, high = claim.interval.ends
        if low == float("-inf"):
            return ""
        return (
            f" ({fields.pop()} is {low} to {high})" if high != float("inf") else f" ({fields.pop()} is {low} or more)"
        )
    if isinstance(claim, Texts):
        return f" ({fields.pop()} is one of {', '.join(sorted(claim.among or ()))})"
    return _related(fields, fields) if len(fields) == 2 else ""


def _between(one: Node, other: Node) -> str:
    """Why two parts contradict: two ranges of one field were often meant as either, or one field bounds another."""
    fields, others = _fields(one), _fields(other)
    return "; did you mean `||`?" if fields == others else _related(fields, others)


def _related(fields: set[str], others: set[str]) -> str:
    pairs = {(small, large) for small in fields | others for large in AT_MOST.get(small, ())}
    crossing = sorted((a, b) for a, b in pairs if (a in fields and b in others) or (a in others and b in fields))
    return " ({} is never more than {})".format(*crossing[0]) if crossing else ""


def _fields(node: Node) -> set[str]:
    return {canonical(each) for each in walk(node) if isinstance(each, Member)}
