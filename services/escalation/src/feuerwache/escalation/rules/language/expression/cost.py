"""What an expression costs at most, before it is ever run, in the way of CEL's own cost estimation.

The unit is one step of the evaluation: a field, a literal, an operator, a call; measured, up to 0.2 µs. Work that
grows with what a post holds is counted for the largest post there can be:

- `contains`, `startsWith`, `endsWith`, `+` and comparisons of texts: one unit for every 100 characters they go through;
- `matches`: the same, times 1 + one more for every 50 characters of the pattern;
- `in`: once for every item of the list; a macro (`exists`, `all`, …): its condition once for every item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatchmethod

from feuerwache.escalation.rules.language.expression.canonical import canonical
from feuerwache.escalation.rules.language.expression.function import ON_TEXT
from feuerwache.escalation.rules.language.expression.tree import (
    Binary,
    Call,
    Conditional,
    Index,
    ListOf,
    Literal,
    Macro,
    Member,
    Name,
    Node,
    children,
)

CHARACTERS_A_UNIT = 100
PATTERN_A_UNIT = 50


@dataclass(frozen=True, slots=True)
class Size:
    """The most characters of a text; of a list the most items and characters of one of them. Numbers have neither."""

    items: int = 0
    characters: int = 0


NOTHING = Size()
Sizes = Callable[[str], Size | None]


@dataclass(frozen=True, slots=True)
class Priced:
    """A part of an expression, its cost in units, and how large its value can be."""

    node: Node
    units: int
    size: Size


class Cost:
    """Prices expressions without flaws; `sizes` says how large a field can be (None: it has no size)."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes

    def of(self, node: Node) -> int:
        """The units of the whole expression on the largest post."""
        return self._price(node, {}).units

    def dearest(self, node: Node) -> Node:
        """The innermost `matches` or macro in which more than half of the cost lies; else the innermost part."""
        half = self.of(node) / 2
        times, bound, found = 1, dict[str, Size](), node
        while True:
            if isinstance(node, Macro) or (isinstance(node, Call) and node.function == "matches"):
                found = node
            within = self._within(node, times, bound)
            heavy = next((each for each in within if each[1] * self._price(each[0], each[2]).units > half), None)
            if heavy is None:
                return found if isinstance(found, Macro | Call) else node
            node, times, bound = heavy

    def _within(self, node: Node, times: int, bound: dict[str, Size]) -> list[tuple[Node, int, dict[str, Size]]]:
        """What lies directly below, how often it is done, and the names that are bound there."""
        if not isinstance(node, Macro):
            return [(child, times, bound) for child in children(node)]
        held = self._price(node.target, bound).size
        inner = {**bound, node.variable: Size(0, held.characters)}
        return [(node.target, times, bound), *((each, times * held.items, inner) for each in node.arguments)]

    def _price(self, node: Node, bound: Mapping[str, Size]) -> Priced:
        units, size = self._own(node, bound)
        return Priced(node, units, size)

    def _below(self, node: Node, bound: Mapping[str, Size]) -> tuple[int, list[Size]]:
        priced = [self._price(child, bound) for child in children(node)]
        return sum(each.units for each in priced), [each.size for each in priced]

    @singledispatchmethod
    def _own(self, node: Node, bound: Mapping[str, Size]) -> tuple[int, Size]:
        return 1 + self._below(node, bound)[0], NOTHING

    @_own.register
    def _(self, node: Literal, _bound: Mapping[str, Size]) -> tuple[int, Size]:
        return 1, Size(0, len(node.value)) if isinstance(node.value, str) else NOTHING

    @_own.register
    def _(self, node: Name, bound: Mapping[str, Size]) -> tuple[int, Size]:
        return 1, bound.get(node.name, NOTHING)

    @_own.register
    def _(self, node: Member, _bound: Mapping[str, Size]) -> tuple[int, Size]:
        return 2, self._sizes(canonical(node)) or NOTHING

    @_own.register
    def _(self, node: Index, bound: Mapping[str, Size]) -> tuple[int, Size]:
        units, sizes = self._below(node, bound)
        return 1 + units, Size(0, sizes[0].characters)

    @_own.register
    def _(self, node: ListOf, bound: Mapping[str, Size]) -> tuple[int, Size]:
        units, sizes = self._below(node, bound)
        return 1 + units, Size(len(sizes), max((each.characters for each in sizes), default=0))

    @_own.register
    def _(self, node: Conditional, bound: Mapping[str, Size]) -> tuple[int, Size]:
        units, (_, then, otherwise) = self._below(node, bound)
        return 1 + units, _larger(then, otherwise)

    @_own.register
    def _(self, node: Call, bound: Mapping[str, Size]) -> tuple[int, Size]:
        units, sizes = self._below(node, bound)
        if node.function not in ON_TEXT:
            return 1 + units, Size(0, 25) if node.function == "string" else NOTHING
        through = _through(sizes[0].characters)
        pattern = 1 + sizes[1].characters // PATTERN_A_UNIT if node.function == "matches" else 1
        return 1 + units + through * pattern, NOTHING

    @_own.register
    def _(self, node: Binary, bound: Mapping[str, Size]) -> tuple[int, Size]:
        units, (left, right) = self._below(node, bound)
        if node.operator == "in":
            compared = _through(min(left.characters, right.characters))
            return 1 + units + right.items * (1 + compared), NOTHING
        if node.operator == "+":
            joined = Size(left.items + right.items, max(left.characters, right.characters))
            if not joined.items:
                joined = Size(0, left.characters + right.characters)
            return 1 + units + joined.items + _through(joined.characters), joined
        items = min(left.items, right.items)
        return 1 + units + (1 + items) * _through(min(left.characters, right.characters)), NOTHING

    @_own.register
    def _(self, node: Macro, bound: Mapping[str, Size]) -> tuple[int, Size]:
        target = self._price(node.target, bound)
        inner = {**bound, node.variable: Size(0, target.size.characters)}
        priced = [self._price(each, inner) for each in node.arguments]
        units = target.units + 1 + target.size.items * (1 + sum(each.units for each in priced))
        if node.name == "filter":
            return units, target.size
        return units, Size(target.size.items, priced[-1].size.characters) if node.name == "map" else NOTHING


def _larger(one: Size, other: Size) -> Size:
    return Size(max(one.items, other.items), max(one.characters, other.characters))


def _through(characters: int) -> int:
    return -(-characters // CHARACTERS_A_UNIT)
