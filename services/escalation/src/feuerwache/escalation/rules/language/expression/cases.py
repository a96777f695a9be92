"""The cases in which an expression is true, and those in which it is false: what then holds of each of its terms.

A case is a conjunction of claims; an expression has at most `MAX_CASES` of them. Where there would be more, or where
nothing is known of a part, the part is taken to be possible: no case that can occur is ever missing. So "no case" is a
proof, which `never_true`, `never_false` and `implies` rest on. An expression that fails at run time is neither true nor
false; `&&` is true where all parts are, `||` where one is, whatever the others do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import singledispatchmethod

from feuerwache.escalation.rules.language.expression.canonical import canonical
from feuerwache.escalation.rules.language.expression.claim import Claim, Numbers, Order, Texts, Truth, both, holds
from feuerwache.escalation.rules.language.expression.interval import EXACT, Interval, point
from feuerwache.escalation.rules.language.expression.tree import (
    Binary,
    Call,
    Conditional,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Member,
    Node,
    Unary,
    walk,
)
from feuerwache.escalation.rules.language.expression.type import BOOL, INT, NUMBERS, STRING
from feuerwache.escalation.rules.language.expression.typed import Schema, type_of

MAX_CASES = 128
#: Items of a list that `in` is resolved into.
_MAX_ITEMS = 24

Case = Mapping[str, Claim]
#: What a field can be, by its name (`labels.insult`); None where nothing is known.
Domain = Callable[[str], Claim | None]
#: Field → the fields that are never less than it, all of them: also those that are so by way of others.
AtMost = Mapping[str, frozenset[str]]

NOTHING_RELATED: AtMost = {}

_ALWAYS: tuple[Case, ...] = ({},)
_SIGNS: dict[str, frozenset[int | None]] = {
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    ">": frozenset({1}),
    ">=": frozenset({0, 1}),
    "==": frozenset({0}),
    "!=": frozenset({-1, 1, None}),
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Cases:
    """Asks about expressions that have no flaws, over the fields of a schema."""

    def __init__(self, schema: Schema, domain: Domain, at_most: AtMost = NOTHING_RELATED) -> None:
        self._schema = schema
        self._domain = domain
        self._at_most = at_most
        self._at_least: dict[str, set[str]] = {}
        for small, larger in at_most.items():
            for each in larger:
                self._at_least.setdefault(each, set()).add(small)

    def never_true(self, node: Node) -> bool:
        return not self.of(node, True)

    def never_false(self, node: Node) -> bool:
        """Whether it is true wherever it does not fail."""
        return not self.of(node, False)

    def exclude(self, *nodes: Node) -> bool:
        """Whether these can never be true together."""
        cases = _ALWAYS
        for node in nodes:
            cases = self._product(cases, self.of(node, True))
        return not cases

    def implies(self, node: Node, other: Node) -> bool:
        """Whether the other is true wherever this one is. An expression that may fail is implied by nothing."""
        return total(other) and not self._product(self.of(node, True), self.of(other, False))

    @singledispatchmethod
    def of(self, node: Node, true: bool) -> tuple[Case, ...]:
        """The cases in which the expression is true, or those in which it is false."""
        return self._opaque(node, true)

    @of.register
    def _(self, node: Literal, true: bool) -> tuple[Case, ...]:
        return _ALWAYS if node.value is true else ()

    @of.register
    def _(self, _node: Has, true: bool) -> tuple[Case, ...]:
        return _ALWAYS if true else ()

    @of.register
    def _(self, node: Unary, true: bool) -> tuple[Case, ...]:
        return self.of(node.operand, not true)

    @of.register
    def _(self, node: Logical, true: bool) -> tuple[Case, ...]:
        parts = [self.of(part, true) for part in node.parts]
        if (node.operator == "||") == true:
            return _union(parts)
        cases = _ALWAYS
        for part in sorted(parts, key=len):
            cases = self._product(cases, part)
        return cases

    @of.register
    def _(self, node: Conditional, true: bool) -> tuple[Case, ...]:
        return _union(
            (
                self._product(self.of(node.condition, True), self.of(node.then, true)),
                self._product(self.of(node.condition, False), self.of(node.otherwise, true)),
            )
        )

    @of.register
    def _(self, node: Member, true: bool) -> tuple[Case, ...]:
        return self._opaque(node, true)

    @of.register
    def _(self, node: Binary, true: bool) -> tuple[Case, ...]:
        if node.operator == "in":
            return self._membership(node, true)
        left = type_of(node.left, self._schema)
        right = type_of(node.right, self._schema)
        if left in NUMBERS and right in NUMBERS:
            return self._compared(node, true)
        if left == right == STRING and node.operator in ("==", "!="):
            return self._texts(node, true)
        if left == right == BOOL and node.operator in ("==", "!="):
            same = (node.operator == "==") == true
            return _union(
                self._product(self.of(node.left, value), self.of(node.right, value is same)) for value in (True, False)
            )
        return self._opaque(node, true)

    @of.register
    def _(self, node: Call, true: bool) -> tuple[Case, ...]:
        argument = node.arguments[0] if node.arguments else None
        known = node.function in ("contains", "startsWith", "endsWith")
        if not known or not isinstance(argument, Literal) or node.target is None:
            return self._opaque(node, true)
        wanted = str(argument.value)
        if isinstance(node.target, Literal):
            return _ALWAYS if holds(node.function, str(node.target.value), wanted) is true else ()
        return self._claimed(node.target, Texts(tests=frozenset({(node.function, wanted, true)})))

    def _opaque(self, node: Node, true: bool) -> tuple[Case, ...]:
        return ({f"{canonical(node)} is true": Truth(frozenset({true}))},)

    def _claimed(self, node: Node, claim: Claim) -> tuple[Case, ...]:
        known = self._domain(canonical(node)) if isinstance(node, Member) else None
        found = claim if known is None else both(known, claim)
        return () if found.empty else ({canonical(node): found},)

    def _membership(self, node: Binary, true: bool) -> tuple[Case, ...]:
        if not isinstance(node.right, ListOf):
            return self._opaque(node, true)
        items = node.right.items
        texts = [item.value for item in items if isinstance(item, Literal) and isinstance(item.value, str)]
        if len(texts) == len(items) and not isinstance(node.left, Literal):
            if not items:
                return () if true else _ALWAYS
            among = frozenset(texts)
            return self._claimed(node.left, Texts(among=among) if true else Texts(without=among))
        if len(items) > _MAX_ITEMS:
            return self._opaque(node, true)
        equal = [
            self.of(Binary(node.offset, node.end, "==", node.operator_at, node.left, item), true) for item in items
        ]
        if true:
            return _union(equal)
        cases = _ALWAYS
        for each in equal:
            cases = self._product(cases, each)
        return cases

    def _texts(self, node: Binary, true: bool) -> tuple[Case, ...]:
        left, right = node.left, node.right
        equal = (node.operator == "==") == true
        if isinstance(left, Literal) and isinstance(right, Literal):
            return _ALWAYS if (left.value == right.value) is equal else ()
        if isinstance(left, Literal):
            left, right = right, left
        if isinstance(right, Literal):
            among = frozenset({str(right.value)})
            return self._claimed(left, Texts(among=among) if equal else Texts(without=among))
        one, other = sorted((canonical(left), canonical(right)))
        if one == other:
            return _ALWAYS if equal else ()
        return ({f"{one} is {other}": Truth(frozenset({equal}))},)

    def _compared(self, node: Binary, true: bool) -> tuple[Case, ...]:
        left, right, operator = node.left, node.right, node.operator
        one, other = self.range(left), self.range(right)
        if one.point is not None and other.point is None:
            left, right, one, other, operator = right, left, other, one, _FLIPPED[operator]
        number = other.point
        if number is not None and abs(number) < EXACT:
            found = one.kept(operator, number, true)
            return () if found.empty else ({canonical(left): Numbers(found)},)
        if number is not None:
            return self._opaque(node, true)
        return self._ordered(left, right, operator, true)

    def _ordered(self, left: Node, right: Node, operator: str, true: bool) -> tuple[Case, ...]:
        first, second = canonical(left), canonical(right)
        if first > second:
            left, right, first, second, operator = right, left, second, first, _FLIPPED[operator]
        one, other = self.range(left), self.range(right)
        signs = _SIGNS[operator if true else _OPPOSITE[operator]]
        possible = one.signs(other) if first != second else frozenset({0, None} if one.nan else {0})
        if second in self._at_most.get(first, ()):
            possible -= {1}
        elif first in self._at_most.get(second, ()):
            possible -= {-1}
        if not signs & possible:
            return ()
        return ({f"{first} against {second}": Order(signs & possible, first, second, one, other)},)

    def range(self, node: Node) -> Interval:
        """The numbers that the expression can be."""
        if isinstance(node, Literal) and isinstance(node.value, int | float):
            return point(node.value)
        if isinstance(node, Member) and isinstance(claim := self._domain(canonical(node)), Numbers):
            return claim.interval
        return self._computed(node)

    def _computed(self, node: Node) -> Interval:
        if isinstance(node, Unary):
            return -self.range(node.operand)
        if isinstance(node, Conditional):
            return self.range(node.then).hull(self.range(node.otherwise))
        if isinstance(node, Binary) and node.operator in _ARITHMETIC:
            return _ARITHMETIC[node.operator](self.range(node.left), self.range(node.right))
        if isinstance(node, Call) and node.function == "size":
            return Interval(low=0, whole=True)
        whole = type_of(node, self._schema) == INT
        return Interval(whole=whole, nan=not whole)

    def _product(self, left: tuple[Case, ...], right: tuple[Case, ...]) -> tuple[Case, ...]:
        """Each case of one with each of the other, as far as they do not contradict."""
        if len(left) * len(right) > MAX_CASES:
            return min(left, right, key=len)  # what the other says is left out: more is possible then, never less
        return tuple(joined for one in left for other in right if (joined := self._joined(one, other)) is not None)

    def _joined(self, one: Case, other: Case) -> Case | None:
        joined = dict(one)
        for key, claim in other.items():
            found = both(joined[key], claim) if key in joined else claim
            if found.empty:
                return None
            joined[key] = found
        if any(self._unrelated(key, joined) for key in other):
            return None
        return None if any(_out_of_order(claim, joined) for claim in joined.values()) else joined

    def _unrelated(self, key: str, case: Case) -> bool:
        """Whether a field is more in this case than one that is never less, or less than one that is never more."""
        larger, smaller = self._at_most.get(key), self._at_least.get(key)
        if larger is None and smaller is None:
            return False
        claim = case[key]
        if not isinstance(claim, Numbers):
            return False
        low, high = claim.interval.ends
        for field in larger or ():
            if isinstance(other := case.get(field), Numbers) and low > other.interval.ends[1]:
                return True
        for field in smaller or ():
            if isinstance(other := case.get(field), Numbers) and other.interval.ends[0] > high:
                return True
        return False


_ARITHMETIC: dict[str, Callable[[Interval, Interval], Interval]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}


def total(node: Node) -> bool:
    """Whether the expression gives a value on every post: nothing in it can fail."""
    return not any(
        isinstance(each, Index)
        or (isinstance(each, Call) and each.function in ("int", "double"))
        or (isinstance(each, Binary) and each.operator in "+-*/%")
        for each in walk(node)
    )


def _union(parts: Iterable[tuple[Case, ...]]) -> tuple[Case, ...]:
    found = tuple(case for part in parts for case in part)
    return found if len(found) <= MAX_CASES else _ALWAYS


def _out_of_order(claim: Claim, case: Case) -> bool:
    """Whether two numbers, as far as they are known in this case, cannot stand to each other as is claimed."""
    if not isinstance(claim, Order) or claim.left == claim.right:
        return False
    left, right = case.get(claim.left), case.get(claim.right)
    one = left.interval if isinstance(left, Numbers) else claim.left_range
    other = right.interval if isinstance(right, Numbers) else claim.right_range
    return not claim.signs & one.signs(other)
