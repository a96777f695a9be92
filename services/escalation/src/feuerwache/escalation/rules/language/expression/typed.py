"""Checks an expression against the names and types it may use, and tells everything that is wrong with it, with places.

The schema is name → field → default value; the type of the default is the field's type. An expression that passes
cannot fail at run time for its types or names; what is left are divisions by zero, indexes beyond a list, texts that
are no numbers and sums beyond 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any

from feuerwache.escalation.rules.language.expression.flaw import Flaw, suggest
from feuerwache.escalation.rules.language.expression.function import FUNCTIONS, instead_of, result
from feuerwache.escalation.rules.language.expression.parser import MACROS
from feuerwache.escalation.rules.language.expression.tree import (
    Binary,
    Call,
    Conditional,
    Has,
    Index,
    Kind,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Member,
    Name,
    Node,
    Struct,
    Unary,
)
from feuerwache.escalation.rules.language.expression.type import (
    BOOL,
    DOUBLE,
    EMPTY_LIST,
    INT,
    NUMBERS,
    STRING,
    UNKNOWN,
    Type,
    comparable,
    is_list,
    list_of,
    of_default,
)

Schema = Mapping[str, Mapping[str, Any]]

_LITERALS = {Kind.BOOL: BOOL, Kind.INT: INT, Kind.DOUBLE: DOUBLE, Kind.STRING: STRING}


def flaws(node: Node, schema: Schema) -> list[Flaw]:
    """Everything that is wrong with the expression as a condition, in the order of places; nothing if it is fine."""
    typing = _Typing(schema)
    found = typing.of(node, {})
    if found not in (BOOL, UNKNOWN):
        typing.flaw(node.offset, f"gives {_a(found)}, not true or false{_compare(found)}")
    return sorted(set(typing.flaws))


def type_of(node: Node, schema: Schema, bound: Mapping[str, Type] | None = None) -> Type:
    """The type of an expression that has no flaws; `bound` are the names that macros around it bind."""
    return _Typing(schema).of(node, dict(bound or {}))


class _Typing:
    def __init__(self, schema: Schema) -> None:
        self.flaws: list[Flaw] = []
        self._schema = schema

    def flaw(self, offset: int, reason: str) -> Type:
        self.flaws.append(Flaw(offset, reason))
        return UNKNOWN

    @singledispatchmethod
    def of(self, node: Node, _bound: dict[str, Type]) -> Type:
        # Every kind of node is registered below; a kind that the tree gains later must not pass as "unknown".
        raise TypeError(f"no type rule for {type(node).__name__}")

    @of.register
    def _(self, node: Literal, _bound: dict[str, Type]) -> Type:
        if node.kind in _LITERALS:
            return _LITERALS[node.kind]
        why = {
            Kind.UINT: f"no field is unsigned; write {node.value!r}",
            Kind.BYTES: "no field holds bytes; leave out the b",
            Kind.NULL: "no field is ever null: what is not known has its default",
        }
        return self.flaw(node.offset, why[node.kind])

    @of.register
    def _(self, node: Name, bound: dict[str, Type]) -> Type:
        if node.name in bound:
            return bound[node.name]
        if node.name in self._schema:
            first = next(iter(self._schema[node.name]))
            return self.flaw(
                node.offset, f"{node.name!r} is no value but a group of fields; name one: {node.name}.{first}"
            )
        return self.flaw(node.offset, f"unknown name {node.name!r}{self._similar(node.name, bound)}")

    @of.register
    def _(self, node: Member, bound: dict[str, Type]) -> Type:
        if not isinstance(node.operand, Name) or node.operand.name in bound:
            found = self.of(node.operand, bound)
            if found is UNKNOWN:
                return UNKNOWN
            hint = f"; did you mean .{node.field}()?" if node.field in FUNCTIONS else ""
            return self.flaw(node.field_at, f"{_a(found)} has no field {node.field!r}{hint}")
        return self._field(node, node.operand.name, node.field, bound)

    @of.register
    def _(self, node: Has, bound: dict[str, Type]) -> Type:
        if isinstance(node.operand, Name) and node.operand.name not in bound:
            self._field(node.operand, node.operand.name, node.field, bound)
        else:
            self.of(Member(node.offset, node.end, node.operand, node.field, node.field_at), bound)
        return BOOL

    @of.register
    def _(self, node: Index, bound: dict[str, Type]) -> Type:
        if isinstance(node.operand, Name) and node.operand.name in self._schema and node.operand.name not in bound:
            return self.flaw(node.operand.offset, f"fields of {node.operand.name!r} are written with a dot")
        held, index = self.of(node.operand, bound), self.of(node.index, bound)
        if index not in (INT, UNKNOWN):
            self.flaw(node.index.offset, f"an index is a whole number, not {_a(index)}")
        if held is UNKNOWN:
            return UNKNOWN
        if not is_list(held):
            return self.flaw(node.operand.offset, f"{_a(held)} has no items")
        return held.item or UNKNOWN

    @of.register
    def _(self, node: Call, bound: dict[str, Type]) -> Type:
        if node.function not in FUNCTIONS:
            for each in (node.target, *node.arguments):
                if each is not None and not (isinstance(each, Name) and node.function in MACROS):
                    self.of(each, bound)
            if node.function in MACROS or node.function == "has":
                how = "has(post.language)" if node.function == "has" else f"list.{node.function}(x, …)"
                return self.flaw(node.function_at, f"{node.function!r} is written {how}")
            hint = instead_of(node.function) or suggest(node.function, FUNCTIONS | MACROS.keys())
            return self.flaw(node.function_at, f"unknown function {node.function!r}{hint}")
        target = None if node.target is None else self.of(node.target, bound)
        found = result(node.function, target, tuple(self.of(each, bound) for each in node.arguments))
        return self.flaw(node.function_at, f"{node.function!r} {found}") if isinstance(found, str) else found

    @of.register
    def _(self, node: Macro, bound: dict[str, Type]) -> Type:
        held = self.of(node.target, bound)
        if held is not UNKNOWN and not is_list(held):
            hint = "; for a text there is .contains('…') and .matches('…')" if held == STRING else ""
            self.flaw(node.name_at, f"{node.name!r} needs a list, not {_a(held)}{hint}")
            held = UNKNOWN
        if node.variable in self._schema or node.variable in bound:
            self.flaw(node.variable_at, f"{node.variable!r} is taken already; choose another name")
        inner = {**bound, node.variable: held.item or UNKNOWN}
        *conditions, last = node.arguments
        for each in conditions if node.name == "map" else node.arguments:
            self._wants(each, BOOL, self.of(each, inner), f"of {node.name!r}")
        if node.name == "map":
            return list_of(self.of(last, inner))
        return held if node.name == "filter" else BOOL

    @of.register
    def _(self, node: Unary, bound: dict[str, Type]) -> Type:
        found = self.of(node.operand, bound)
        if node.operator == "!":
            self._wants(node.operand, BOOL, found, "after '!'")
            return BOOL
        if found in NUMBERS or found is UNKNOWN:
            return found
        return self.flaw(node.operand.offset, f"a number is needed after '-', not {_a(found)}")

    @of.register
    def _(self, node: Logical, bound: dict[str, Type]) -> Type:
        for part in node.parts:
            self._wants(part, BOOL, self.of(part, bound), f"beside {node.operator!r}")
        return BOOL

    @of.register
    def _(self, node: Conditional, bound: dict[str, Type]) -> Type:
        self._wants(node.condition, BOOL, self.of(node.condition, bound), "before '?'")
        then, otherwise = self.of(node.then, bound), self.of(node.otherwise, bound)
        if UNKNOWN in (then, otherwise):
            return UNKNOWN
        joined = _joined(then, otherwise)
        if joined is None:
            return self.flaw(
                node.otherwise.offset, f"both values of '?' must be of one type, not {then} and {otherwise}"
            )
        return joined

    @of.register
    def _(self, node: ListOf, bound: dict[str, Type]) -> Type:
        known: Type | None = None
        for item in node.items:
            found = self.of(item, bound)
            known = found if known is None or known is UNKNOWN else known
            if not comparable(known, found):
                return self.flaw(item.offset, f"a list holds values of one type, not {known} and {found}")
        return EMPTY_LIST if known is None else list_of(known)

    @of.register
    def _(self, node: MapOf, _bound: dict[str, Type]) -> Type:
        return self.flaw(node.offset, "no field is a map; did you mean a list: […]?")

    @of.register
    def _(self, node: Struct, _bound: dict[str, Type]) -> Type:
        return self.flaw(node.offset, f"conditions know no messages like {node.name!r}")

    @of.register
    def _(self, node: Binary, bound: dict[str, Type]) -> Type:
        left, right = self.of(node.left, bound), self.of(node.right, bound)
        at, operator = node.operator_at, node.operator
        if operator == "in":
            return self._membership(node, left, right)
        if operator in ("==", "!="):
            if not comparable(left, right):
                self.flaw(at, f"{_a(left)} never equals {_a(right)}{_quote(node.left, node.right, left, right)}")
            return BOOL
        if UNKNOWN in (left, right):
            return UNKNOWN if operator in "+-*/%" else BOOL
        if operator in ("<", "<=", ">", ">="):
            if not (left == right == STRING or (left in NUMBERS and right in NUMBERS)):
                hint = _quote(node.left, node.right, left, right)
                self.flaw(at, f"{operator!r} is between two numbers or two texts, not {left} and {right}{hint}")
            return BOOL
        return self._arithmetic(node, left, right)

    def _arithmetic(self, node: Binary, left: Type, right: Type) -> Type:
        operator, at = node.operator, node.operator_at
        if left == right and (left == INT or (left == DOUBLE and operator != "%")):
            if operator in "/%" and isinstance(node.right, Literal) and left == INT and node.right.value == 0:
                return self.flaw(at, "divides by zero")
            return left
        if operator == "+" and is_list(left) and is_list(right) and comparable(left, right):
            return left if left.item is not None else right
        if operator == "+" and left == right == STRING:
            return STRING
        if {left, right} == NUMBERS:
            return self.flaw(
                at, f"whole numbers and decimals do not mix in {operator!r}; convert one: double(…) or 2.0"
            )
        return self.flaw(at, f"{operator!r} is not for {left} and {right}")

    def _membership(self, node: Binary, left: Type, right: Type) -> Type:
        if right == STRING:
            return self.flaw(node.operator_at, "'in' is for lists; for a text write .contains('…')")
        if right is not UNKNOWN and not is_list(right):
            return self.flaw(node.operator_at, f"'in' needs a list on its right, not {_a(right)}")
        if right.item is not None and not comparable(left, right.item):
            return self.flaw(node.operator_at, f"{_a(left)} is never in a {right}")
        return BOOL

    def _field(self, node: Node, name: str, field: str, bound: dict[str, Type]) -> Type:
        fields = self._schema.get(name)
        if fields is None:
            return self.flaw(node.offset, f"unknown name {name!r}{self._similar(name, bound)}")
        if field not in fields:
            hint = self._elsewhere(field) or suggest(f"{name}.{field}", [f"{name}.{each}" for each in fields])
            return self.flaw(node.offset, f"unknown field {f'{name}.{field}'!r}{hint}")
        return of_default(fields[field])

    def _elsewhere(self, field: str) -> str:
        found = [f"{name}.{field}" for name, fields in self._schema.items() if field in fields]
        return f"; did you mean {found[0]!r}?" if found else ""

    def _similar(self, name: str, bound: Mapping[str, Type]) -> str:
        return suggest(name, [*self._schema, *bound]) or self._elsewhere(name)

    def _wants(self, node: Node, wanted: Type, found: Type, where: str) -> None:
        if found not in (wanted, UNKNOWN):
            self.flaw(node.offset, f"true or false is needed {where}, not {_a(found)}{_compare(found)}")


def _joined(one: Type, other: Type) -> Type | None:
    if one == other:
        return one
    if is_list(one) and is_list(other) and None in (one.item, other.item):
        return one if one.item is not None else other
    return None


def _a(type_: Type) -> str:
    return f"an {type_}" if type_ == INT else f"a {type_}"


def _compare(found: Type) -> str:
    """What to do with a value where a condition is needed."""
    if found in NUMBERS:
        return "; compare it: … >= 1" if found == INT else "; compare it: … >= 0.7"
    return "; compare it: … == '…'" if found == STRING else "; ask how many: size(…) > 0" if is_list(found) else ""


def _quote(left: Node, right: Node, left_type: Type, right_type: Type) -> str:
    """A number in quotes beside a number."""
    for node, type_, other in ((right, right_type, left_type), (left, left_type, right_type)):
        if isinstance(node, Literal) and type_ == STRING and other in NUMBERS:
            return f"; leave out the quotes: {node.value!s}"
    return ""
