"""An expression written in one way: without comments, blanks as in a book, parentheses around every operator.

Two expressions that mean the same step by step are written the same; `size(x)` and `x.size()` too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

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
    Struct,
    Unary,
)


def canonical(node: Node) -> str:
    """The expression as text; reading it again gives the same tree but for the places."""
    return _WAYS[type(node)](node)


def _literal(node: Literal) -> str:
    if isinstance(node.value, bool) or node.value is None:
        return json.dumps(node.value)
    if isinstance(node.value, bytes):
        return "b'" + "".join(f"\\x{byte:02x}" for byte in node.value) + "'"
    if isinstance(node.value, str):
        return quoted(node.value)
    return f"{node.value}u" if node.kind == "uint" else repr(node.value)


def quoted(text: str) -> str:
    """The text as a literal of CEL."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def _list(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(canonical, nodes))


def _call(node: Call) -> str:
    if node.target is None:
        return f"{node.function}({_list(node.arguments)})"
    if node.function == "size" and not node.arguments:
        return f"size({canonical(node.target)})"
    return f"{canonical(node.target)}.{node.function}({_list(node.arguments)})"


_WAYS: dict[type[Node], Callable[[Any], str]] = {
    Literal: _literal,
    Name: lambda node: node.name,
    Member: lambda node: f"{canonical(node.operand)}.{node.field}",
    Has: lambda node: f"has({canonical(node.operand)}.{node.field})",
    Index: lambda node: f"{canonical(node.operand)}[{canonical(node.index)}]",
    Call: _call,
    Macro: lambda node: f"{canonical(node.target)}.{node.name}({node.variable}, {_list(node.arguments)})",
    Unary: lambda node: f"{node.operator}({canonical(node.operand)})",
    Binary: lambda node: f"({canonical(node.left)} {node.operator} {canonical(node.right)})",
    Logical: lambda node: "(" + f" {node.operator} ".join(map(canonical, node.parts)) + ")",
    Conditional: lambda node: f"({canonical(node.condition)} ? {canonical(node.then)} : {canonical(node.otherwise)})",
    ListOf: lambda node: f"[{_list(node.items)}]",
    MapOf: lambda node: "{" + ", ".join(f"{canonical(k)}: {canonical(v)}" for k, v in node.entries) + "}",
    Struct: lambda node: node.name + "{" + ", ".join(f"{name}: {canonical(v)}" for name, v in node.fields) + "}",
}
