"""A rule's condition: one CEL expression, checked before it is ever used and safe to evaluate on any post.

Checked are syntax, every name and field (with a suggestion for a misspelt one), functions, and that a dry run over
the default context gives true or false. CEL has no loops over unbounded input and its `matches` is linear in the
text, so no condition can stall the stage. A field that fails at run time raises `ConditionFailed`, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import cel

from feuerwache.escalation.rules.context import SCHEMA, Context, defaults

FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "has", "int", "uint", "double", "string", "max", "min"}
)
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map", "has"})
LITERALS = frozenset({"true", "false", "null", "in"})

_STRING = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_CHAIN = re.compile(r"(?<![\w.\])])([A-Za-z_]\w*)((?:\s*\.\s*[A-Za-z_]\w*)*)\s*(\()?")
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*([A-Za-z_]\w*)\s*,")
_SYNTAX = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")


class ConditionFailed(Exception):  # noqa: N818 - it says what happened to one condition on one post
    """The expression could not be evaluated on this post."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an expression, at the character `offset` of it (from 0)."""

    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A post's context, converted once and shared by all conditions that look at it."""

    context: cel.Context

    @classmethod
    def of(cls, context: Context, looked_at: Mapping[str, Collection[str]] = SCHEMA) -> Prepared:
        """Only what the conditions look at is converted: that is most of what judging costs."""
        return cls(
            cel.Context({name: {each: context[name][each] for each in fields} for name, fields in looked_at.items()})
        )


class Condition:
    """A compiled expression. Build it with `check` first; a flawed one raises `ValueError`."""

    __slots__ = ("_program", "looks_at", "source")

    def __init__(self, source: str) -> None:
        self.source = source
        self._program = cel.compile(source)
        #: name → fields that the expression looks at; all of them where it uses the name as a whole.
        self.looks_at: dict[str, frozenset[str]] = {}
        for root, fields, _, _ in _chains(source):
            if root in SCHEMA:
                seen = fields[:1] if fields else list(SCHEMA[root])
                self.looks_at[root] = self.looks_at.get(root, frozenset()) | frozenset(seen)

    def holds(self, prepared: Prepared) -> bool:
        try:
            result = self._program.execute(prepared.context)
        except (KeyError, IndexError, RuntimeError, TypeError, ValueError, ArithmeticError) as error:
            raise ConditionFailed(f"{type(error).__name__}: {error}") from error
        if not isinstance(result, bool):
            raise ConditionFailed(f"gave {type(result).__name__}, not true or false")
        return result


def check(source: str) -> list[Flaw]:
    """Everything that is wrong with the expression; an empty list means that it can be used."""
    try:
        condition = Condition(source)
    except ValueError as error:
        return [_syntax_flaw(source, str(error))]
    flaws = [*_unknown_names(source)]
    if flaws:
        return flaws
    try:
        condition.holds(Prepared.of(defaults()))
    except ConditionFailed as error:
        return [Flaw(0, str(error).split(". ", maxsplit=1)[0])]
    return []


def _syntax_flaw(source: str, message: str) -> Flaw:
    found = _SYNTAX.search(message)
    if found is None:
        return Flaw(0, f"is no CEL expression: {message.splitlines()[0]}")
    line, column, reason = int(found[1]), int(found[2]), found[3].split(" expecting ")[0]
    before = source.splitlines(keepends=True)[: line - 1]
    return Flaw(sum(map(len, before)) + column - 1, f"is no CEL expression: {reason}")


def _chains(source: str) -> Iterator[tuple[str, list[str], str | None, int]]:
    """Each `root.field.field`, the function it ends in, if it does, and its place; what quotes enclose is no name."""
    bare = _STRING.sub(lambda match: "'" + " " * (len(match[0]) - 2) + "'", source)
    for match in _CHAIN.finditer(bare):
        root, rest = match[1], re.findall(r"\w+", match[2])
        function = (rest.pop() if rest else root) if match[3] else None
        yield root, rest, function, match.start()


def _unknown_names(source: str) -> Iterator[Flaw]:
    bound = set(_BOUND.findall(source))
    for root, rest, function, place in _chains(source):
        if function is not None and function not in FUNCTIONS | MACROS:
            yield Flaw(place, f"unknown function {function!r}{_suggest(function, FUNCTIONS | MACROS)}")
        if root == function or root in LITERALS or root in bound:
            continue
        fields = SCHEMA.get(root)
        if fields is None:
            yield Flaw(place, f"unknown name {root!r}{_suggest(root, SCHEMA)}")
        elif rest and rest[0] not in fields:
            name = f"{root}.{rest[0]}"
            yield Flaw(place, f"unknown field {name!r}{_suggest(name, [f'{root}.{each}' for each in fields])}")


def _suggest(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
