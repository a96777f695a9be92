"""The syntax tree of a CEL expression. Every node knows its span in the source: `offset` until before `end`, from 0.

The span is that of the node without the parentheses around it. Chains of `&&` and of `||` are one node with all parts,
so a long list of alternatives is not deep. Macros are nodes of their own, as they bind a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a literal is; a value alone does not tell `1` from `1u`."""

    BOOL = "bool"
    INT = "int"
    UINT = "uint"
    DOUBLE = "double"
    STRING = "string"
    BYTES = "bytes"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Node:
    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    kind: Kind
    value: bool | int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable; with its leading dot where it is written with one."""

    name: str


@dataclass(frozen=True, slots=True)
class Member(Node):
    """`operand.field`."""

    operand: Node
    field: str
    field_at: int


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`has(operand.field)`."""

    operand: Node
    field: str
    field_at: int


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`operand[index]`."""

    operand: Node
    index: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`, or `target.function(arguments)`."""

    function: str
    function_at: int
    target: Node | None
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Macro(Node):
    """`target.all(variable, condition)`, likewise exists, exists_one, filter, map; `map` may have a condition before
    what it gives."""

    name: str
    name_at: int
    target: Node
    variable: str
    variable_at: int
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`operator` is "!" or "-"."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Arithmetic (+ - * / %) and relations (== != < <= > >= in)."""

    operator: str
    operator_at: int
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """`operator` is "&&" or "||"; two parts or more."""

    operator: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Struct(Node):
    """`pack.Message{field: value}`: CEL has it, conditions know no messages."""

    name: str
    fields: tuple[tuple[str, Node], ...]


_BELOW: dict[type[Node], Callable[[Any], tuple[Node, ...]]] = {
    Member: lambda node: (node.operand,),
    Has: lambda node: (node.operand,),
    Unary: lambda node: (node.operand,),
    Index: lambda node: (node.operand, node.index),
    Call: lambda node: node.arguments if node.target is None else (node.target, *node.arguments),
    Macro: lambda node: (node.target, *node.arguments),
    Binary: lambda node: (node.left, node.right),
    Logical: lambda node: node.parts,
    Conditional: lambda node: (node.condition, node.then, node.otherwise),
    ListOf: lambda node: node.items,
    MapOf: lambda node: tuple(each for entry in node.entries for each in entry),
    Struct: lambda node: tuple(value for _, value in node.fields),
}


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, in the order in which they are written."""
    below = _BELOW.get(type(node))
    return () if below is None else below(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, each before its children."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def depth(node: Node) -> int:
    """How many nodes lie on the longest way down, this one included."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(node))
    return deepest


def fields(node: Node) -> dict[str, frozenset[str]]:
    """name → fields that the expression looks at, of names that no macro binds; empty for a name used as a whole."""
    found: dict[str, frozenset[str]] = {}
    waiting: list[tuple[Node, frozenset[str]]] = [(node, frozenset())]
    while waiting:
        node, bound = waiting.pop()
        if isinstance(node, Name) and node.name not in bound:
            found.setdefault(node.name, frozenset())
        elif isinstance(node, Member | Has) and isinstance(node.operand, Name) and node.operand.name not in bound:
            found[node.operand.name] = found.get(node.operand.name, frozenset()) | {node.field}
        elif isinstance(node, Macro):
            waiting.append((node.target, bound))
            waiting.extend((each, bound | {node.variable}) for each in node.arguments)
        else:
            waiting.extend((child, bound) for child in children(node))
    return found
