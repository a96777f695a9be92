"""Which rules of a set can hold on a post: each condition as far as Python can say it, all in one function.

CEL sees only what Python objects are converted to, and that conversion costs more than all conditions of a set
together; its `matches` compiles the pattern on every post. So every condition is translated as far as Python says
exactly the same: comparisons of fields with literals, `in`, `contains`, `startsWith`, `endsWith`, `matches` with a
written pattern (the same engine, compiled once), `size`, `exists` and `all` of lists, under any `&&`, `||` and `!`.
Whatever else there is counts as "perhaps". A condition that is translated as a whole is decided here; of the others
only those that can hold are asked in CEL.

A condition that holds is never filtered away; one that would fail may be, where another part of it is false anyway. The
function is built from syntax nodes, never from text, so a rule cannot smuggle code into it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic_core import SchemaError, SchemaValidator, core_schema

from feuerwache.escalation.rules.language.context import SCHEMA, Context
from feuerwache.escalation.rules.language.expression.tree import (
    Binary,
    Call,
    Index,
    Kind,
    ListOf,
    Literal,
    Logical,
    Macro,
    Member,
    Name,
    Node,
    Unary,
)

#: The positions of the rules that may hold, in rising order.
Candidates = Callable[[Context], list[int]]

_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_AFFIXES = {"startsWith": "startswith", "endsWith": "endswith"}
_NUMBERS = (int, float)
_KINDS: dict[Kind, type] = {Kind.BOOL: bool, Kind.INT: int, Kind.DOUBLE: float, Kind.STRING: str}


@dataclass(frozen=True, slots=True)
class Prefilter:
    """`candidates` gives the positions of the rules that may hold; those in `exact` do hold."""

    candidates: Candidates
    exact: frozenset[int]


class Value(NamedTuple):
    """A Python expression and the type of what it gives."""

    expression: ast.expr
    type: type


class Bounds(NamedTuple):
    """What must be true where a condition holds, and what suffices for it; None: nothing can be said.

    `necessary` None is "perhaps" (True), `sufficient` None is "not for certain" (False).
    """

    necessary: ast.expr | None = None
    sufficient: ast.expr | None = None
    #: One is the other: all of the condition was translated.
    exact: bool = False


def prefilter(conditions: Sequence[Node]) -> Prefilter:
    """The function for these conditions."""
    translation = _Translation()
    tests: list[ast.stmt] = []
    exact: set[int] = set()
    for position, condition in enumerate(conditions):
        bounds = translation.of(condition)
        if bounds.exact:
            exact.add(position)
        append = ast.Attribute(_read("found"), "append", ast.Load())
        found: ast.stmt = ast.Expr(ast.Call(append, [ast.Constant(position)], []))
        tests.append(found if bounds.necessary is None else ast.If(bounds.necessary, [found], []))
    return Prefilter(_compiled(translation, tests), frozenset(exact))


def _compiled(translation: _Translation, tests: Sequence[ast.stmt]) -> Candidates:
    roots = sorted({root for root, _ in translation.fields})
    body: list[ast.stmt] = [
        ast.Assign([_written("found")], ast.List([], ast.Load())),
        *(ast.Assign([_written(root)], _item(_read("context"), root)) for root in roots),
        *(
            ast.Assign([_written(name)], _item(_read(root), field))
            for (root, field), name in translation.fields.items()
        ),
        *tests,
        ast.Return(_read("found")),
    ]
    arguments = ast.arguments([], [ast.arg("context")], None, [], [], None, [])
    module = ast.fix_missing_locations(ast.Module([ast.FunctionDef("candidates", arguments, body, [])], []))
    namespace: dict[str, Any] = {"__builtins__": {}, "len": len, "any": any, "all": all, **translation.patterns}
    exec(compile(module, "<prefilter>", "exec"), namespace)
    candidates: Candidates = namespace["candidates"]
    return candidates


@dataclass(slots=True)
class _Translation:
    """`fields` are the function's variables by the fields they hold, `patterns` the functions that search for one."""

    fields: dict[tuple[str, str], str] = field(default_factory=dict)
    patterns: dict[str, Callable[[str], bool]] = field(default_factory=dict)
    #: Variable of a macro → that of the comprehension, while its condition is translated.
    bound: dict[str, str] = field(default_factory=dict)

    def of(self, node: Node) -> Bounds:
        match node:
            case Logical(operator=operator, parts=parts):
                return _joined(operator, [self.of(part) for part in parts])
            case Unary(operator="!", operand=operand):
                inner = self.of(operand)
                return Bounds(_negated(inner.sufficient), _negated(inner.necessary), inner.exact)
            case Binary(operator="in", left=left, right=right):
                exact = self._membership(left, right)
            case Binary(operator=operator, left=left, right=right):
                exact = self._comparison(operator, left, right)
            case Call(function=function, target=Node() as target, arguments=(argument,)):
                exact = self._said_of_a_text(function, target, argument)
            case Macro(name="exists" | "all"):
                exact = self._said_of_items(node)
            case _:
                value = self._value(node)
                exact = value.expression if value is not None and value.type is bool else None
        return Bounds(exact, exact, exact is not None)

    def _comparison(self, operator: str, left: Node, right: Node) -> ast.expr | None:
        comparison, one, other = _COMPARISONS.get(operator), self._value(left), self._value(right)
        if comparison is None or one is None or other is None:
            return None
        numbers = one.type in _NUMBERS and other.type in _NUMBERS
        same = one.type is other.type and (one.type is str or (one.type is bool and operator in ("==", "!=")))
        return ast.Compare(one.expression, [comparison()], [other.expression]) if numbers or same else None

    def _membership(self, left: Node, right: Node) -> ast.expr | None:
        """A text in a list of texts, from a field or written down."""
        one = self._value(left)
        if one is None or one.type is not str:
            return None
        if not isinstance(right, ListOf):
            among = self._value(right)
            return ast.Compare(one.expression, [ast.In()], [among.expression]) if among and among.type is list else None
        items = [item.value for item in right.items if isinstance(item, Literal) and item.kind is Kind.STRING]
        if len(items) < len(right.items):
            return None
        return ast.Compare(one.expression, [ast.In()], [ast.Tuple([ast.Constant(item) for item in items], ast.Load())])

    def _said_of_items(self, macro: Macro) -> ast.expr | None:
        """`list.exists(item, …)` and `list.all(item, …)` for a field that holds texts, if Python can say the rest."""
        items = self._value(macro.target)
        if items is None or items.type is not list or macro.variable in self.bound or len(macro.arguments) != 1:
            return None
        variable = f"item_{len(self.bound)}"
        self.bound[macro.variable] = variable
        said = self.of(macro.arguments[0])
        del self.bound[macro.variable]
        if not said.exact or said.necessary is None:
            return None
        each = ast.comprehension(_written(variable), items.expression, [], 0)
        every = ast.GeneratorExp(said.necessary, [each])
        return ast.Call(_read("any" if macro.name == "exists" else "all"), [every], [])

    def _said_of_a_text(self, function: str, target: Node, argument: Node) -> ast.expr | None:
        text, part = self._value(target), self._value(argument)
        if text is None or part is None or text.type is not str or part.type is not str:
            return None
        if function == "contains":
            return ast.Compare(part.expression, [ast.In()], [text.expression])
        if function == "matches":
            search = self._search(argument)
            return None if search is None else ast.Call(search, [text.expression], [])
        affix = _AFFIXES.get(function)
        if affix is None:
            return None
        return ast.Call(ast.Attribute(text.expression, affix, ast.Load()), [part.expression], [])

    def _search(self, pattern: Node) -> ast.expr | None:
        """A search for a written pattern by the engine that CEL uses; pydantic has it, and compiles once."""
        if not isinstance(pattern, Literal):
            return None
        try:
            schema = core_schema.str_schema(pattern=str(pattern.value), regex_engine="rust-regex")
            search = SchemaValidator(schema).isinstance_python
        except SchemaError:
            return None
        name = f"search_{len(self.patterns)}"
        self.patterns[name] = search
        return _read(name)

    def _value(self, node: Node) -> Value | None:
        match node:
            case Literal(kind=kind, value=value) if kind in _KINDS and not (kind is Kind.INT and _is_huge(value)):
                return Value(ast.Constant(value), _KINDS[kind])
            case Name(name=name) if name in self.bound:
                return Value(_read(self.bound[name]), str)
            case Member(operand=Name(name=root), field=name) if root not in self.bound:
                return self._field(root, name)
            case Index(operand=Name(name=root), index=Literal(kind=Kind.STRING, value=str(name))) if (
                root not in self.bound
            ):
                return self._field(root, name)
            case (
                Call(function="size", target=None, arguments=(measured,))
                | Call(function="size", target=Node() as measured, arguments=())
            ):
                return self._size(measured)
        return None

    def _field(self, root: str, name: str) -> Value | None:
        if name not in SCHEMA.get(root, ()):
            return None
        variable = self.fields.setdefault((root, name), f"{root}_{name}")
        return Value(_read(variable), type(SCHEMA[root][name]))

    def _size(self, measured: Node) -> Value | None:
        """Of a list. Of a text the CEL library counts bytes."""
        value = self._value(measured)
        if value is None or value.type is not list:
            return None
        return Value(ast.Call(_read("len"), [value.expression], []), int)


def _joined(operator: str, parts: Sequence[Bounds]) -> Bounds:
    """For all to hold, what is known of each must be true; for one to hold, something must be known of every one."""
    necessary = [part.necessary for part in parts]
    sufficient = [part.sufficient for part in parts]
    exact = all(part.exact for part in parts)
    if operator == "&&":
        return Bounds(_of_the_known(ast.And(), necessary), _of_all(ast.And(), sufficient), exact)
    return Bounds(_of_all(ast.Or(), necessary), _of_the_known(ast.Or(), sufficient), exact)


def _of_the_known(operator: ast.boolop, parts: Sequence[ast.expr | None]) -> ast.expr | None:
    known = [part for part in parts if part is not None]
    return ast.BoolOp(operator, known) if len(known) > 1 else next(iter(known), None)


def _of_all(operator: ast.boolop, parts: Sequence[ast.expr | None]) -> ast.expr | None:
    return _of_the_known(operator, parts) if None not in parts else None


def _negated(expression: ast.expr | None) -> ast.expr | None:
    return None if expression is None else ast.UnaryOp(ast.Not(), expression)


def _is_huge(value: object) -> bool:
    """Beyond 2**53 a whole number has no exact double, and CEL compares it as one."""
    return isinstance(value, int) and abs(value) > 2**53


def _read(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _written(name: str) -> ast.expr:
    return ast.Name(name, ast.Store())


def _item(of: ast.expr, key: str) -> ast.expr:
    return ast.Subscript(of, ast.Constant(key), ast.Load())
