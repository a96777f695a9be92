"""A small interpreter over the syntax tree: slow, plain, and written from the language definition.

It stands against the CEL library in tests: both must say the same of every expression. Where the library departs from
the definition (`size` of a text counts bytes, an error in `exists` ends it), this does as the library does.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import singledispatch
from typing import Any

from feuerwache.escalation.rules.language.expression.literal import INT_MAX, INT_MIN
from feuerwache.escalation.rules.language.expression.tree import (
    Binary,
    Call,
    Conditional,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    MapOf,
    Member,
    Name,
    Node,
    Unary,
)

Names = Mapping[str, Any]


class Failed(Exception):  # noqa: N818 - what happened to one expression
    """There is no value."""


@singledispatch
def evaluate(node: Node, names: Names) -> Any:
    """The value of the expression under these names; raises `Failed` where it has none."""
    raise Failed(type(node).__name__)


@evaluate.register
def _(node: Literal, names: Names) -> Any:
    return node.value


@evaluate.register
def _(node: Name, names: Names) -> Any:
    if node.name not in names:
        raise Failed(node.name)
    return names[node.name]


@evaluate.register
def _(node: Member, names: Names) -> Any:
    found = evaluate(node.operand, names)
    if not isinstance(found, Mapping) or node.field not in found:
        raise Failed(node.field)
    return found[node.field]


@evaluate.register
def _(node: Has, names: Names) -> bool:
    found = evaluate(node.operand, names)
    if not isinstance(found, Mapping):
        raise Failed(node.field)
    return node.field in found


@evaluate.register
def _(node: Index, names: Names) -> Any:
    held, index = evaluate(node.operand, names), evaluate(node.index, names)
    if isinstance(held, list) and _is_int(index) and 0 <= index < len(held):
        return held[index]
    if isinstance(held, Mapping) and isinstance(index, str) and index in held:
        return held[index]
    raise Failed("index")


@evaluate.register
def _(node: ListOf, names: Names) -> list[Any]:
    return [evaluate(item, names) for item in node.items]


@evaluate.register
def _(node: MapOf, names: Names) -> dict[Any, Any]:
    return {evaluate(key, names): evaluate(value, names) for key, value in node.entries}


@evaluate.register
def _(node: Conditional, names: Names) -> Any:
    return evaluate(node.then if _truth(evaluate(node.condition, names)) else node.otherwise, names)


@evaluate.register
def _(node: Unary, names: Names) -> Any:
    value = evaluate(node.operand, names)
    if node.operator == "!":
        return not _truth(value)
    if isinstance(value, bool):
        return not value  # the library's way; no condition with it passes the check of types
    if _kind(value) != "number":
        raise Failed("minus")
    if isinstance(value, float):
        return -value
    return _whole(-value) if value != INT_MIN else INT_MIN


@evaluate.register
def _(node: Logical, names: Names) -> bool:
    """What one part decides, no error of another can change."""
    decisive, failed = node.operator == "||", False
    for part in node.parts:
        try:
            value = evaluate(part, names)
        except Failed:
            failed = True
            continue
        if isinstance(value, bool) and value == decisive:
            return value
        failed = failed or not isinstance(value, bool)
    if failed:
        raise Failed(node.operator)
    return not decisive


@evaluate.register
def _(node: Macro, names: Names) -> Any:
    """In order; the first error ends it, the first that decides too."""
    given: list[Any] = []
    held = evaluate(node.target, names)
    if not isinstance(held, list | Mapping):
        raise Failed(node.name)
    count = 0
    for item in held:
        inner = {**names, node.variable: item}
        if node.name == "map":
            if len(node.arguments) == 1 or _truth(evaluate(node.arguments[0], inner)):
                given.append(evaluate(node.arguments[-1], inner))
            continue
        true = _truth(evaluate(node.arguments[0], inner))
        count += true
        if node.name == "filter" and true:
            given.append(item)
        if (node.name == "exists" and true) or (node.name == "all" and not true):
            return bool(true)
    return {"exists": False, "all": True, "exists_one": count == 1}.get(node.name, given)


@evaluate.register
def _(node: Binary, names: Names) -> Any:
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    if node.operator == "in":
        if isinstance(right, Mapping) and isinstance(left, bool | int | str):
            return left in right
        if isinstance(right, list):
            return any(equal(left, item) for item in right)
        raise Failed("in")
    if node.operator in ("==", "!="):
        return equal(left, right) is (node.operator == "==")
    if node.operator in _ORDER:
        comparable = _kind(left) == _kind(right) and _kind(left) in ("number", "str", "bool", "bytes")
        if not comparable or left != left or right != right:  # noqa: PLR0124 - so is what is no number
            raise Failed(node.operator)
        if {type(left), type(right)} == {int, float}:
            left, right = float(left), float(right)
        return _ORDER[node.operator](left, right)
    return _arithmetic(node.operator, left, right)


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _arithmetic(sign: str, left: Any, right: Any) -> Any:
    if type(left) is not type(right):
        raise Failed(sign)
    if sign == "+" and isinstance(left, str | list | bytes):
        return left + right
    if isinstance(left, float) and sign != "%":
        if sign == "/" and right == 0:
            return (
                math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)
            )
        return {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign](left, right)
    if not _is_int(left):
        raise Failed(sign)
    if sign in "/%":
        if right == 0:
            raise Failed(sign)
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return _whole(quotient) if sign == "/" else left - quotient * right
    return _whole({"+": operator.add, "-": operator.sub, "*": operator.mul}[sign](left, right))


@evaluate.register
def _(node: Call, names: Names) -> Any:
    given = [evaluate(each, names) for each in (node.target, *node.arguments) if each is not None]
    kinds = tuple(_kind(each) for each in given)
    called = (node.function, *kinds)
    if called not in _FUNCTIONS or (node.target is None and node.function in _METHODS):
        raise Failed(node.function)
    return _FUNCTIONS[called](*given)


def _truncated(number: int | float) -> int:
    if not math.isfinite(number):
        raise Failed("int")
    return _whole(int(number))


def _written(number: int | float) -> str:
    if isinstance(number, float):
        raise Failed("string of a decimal")  # written in its own way by the library; not drawn
    return str(number)


_METHODS = frozenset({"contains", "startsWith", "endsWith", "matches"})
_FUNCTIONS: dict[tuple[str, ...], Callable[..., Any]] = {
    ("size", "str"): lambda text: len(text.encode()),  # the library counts bytes
    ("size", "list"): len,
    ("size", "map"): len,
    ("contains", "str", "str"): lambda text, part: part in text,
    ("startsWith", "str", "str"): str.startswith,
    ("endsWith", "str", "str"): str.endswith,
    ("matches", "str", "str"): lambda text, pattern: re.search(pattern, text) is not None,
    ("int", "number"): _truncated,
    ("double", "number"): float,
    ("string", "number"): _written,
}


def equal(left: Any, right: Any) -> bool:
    """Never fails: values of different kinds are not equal, numbers are compared as numbers."""
    if _kind(left) != _kind(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(equal(a, b) for a, b in zip(left, right, strict=True))
    if {type(left), type(right)} == {int, float}:
        return float(left) == float(right)
    return bool(left == right)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Mapping):
        return "map"
    return type(value).__name__


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Failed("not true or false")
    return value


def _whole(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise Failed("overflow")
    return value
