"""CEL expressions in a configuration: checked when the file is read, bounded when they run. Pure.

The language's engine knows no limit of cost, so what could grow is refused at load: loops (`map`, `filter`, `all`,
`exists` …), patterns that are not written out, names and functions that are not there. What is left costs a walk over
the value at most, and the value is bounded (`bounded`). Instead of loops there are `each` and `flat`.

The functions that are added never raise: the engine would log what they say, and a platform's text with it. A value
they cannot read comes back as it is, and the examination says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import cel

from feuerwache.ingest.adapters import markup
from feuerwache.ingest.adapters.instant import from_milliseconds, from_seconds, revision_of
from feuerwache.ingest.envelope import Unreadable

LONGEST = 2_000
DEEPEST = 32
MOST_NODES = 20_000
#: What goes over a list, one item after another.
LOOPS = frozenset({"all", "exists", "exists_one", "existsOne", "filter", "map", "transformList", "transformMap"})
#: Of the language, as far as it is of use here; `_+_` and the like are its operators.
_LANGUAGE = frozenset({"contains", "double", "endsWith", "int", "matches", "size", "startsWith", "string", "type"})
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)
    |(?P<string>[rRbB]{0,2}(?:'{3}.*?'{3}|"{3}.*?"{3}|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
    |(?P<name>[A-Za-z_]\w*)
    |(?P<other>\S)""",
    re.VERBOSE | re.DOTALL,
)
_WHERE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_INT64 = range(-(2**63), 2**63)


class Absent(Exception):  # noqa: N818 - reads as what it is
    """The value that an expression asks for is not there."""


class Failed(Exception):  # noqa: N818 - reads as what it is
    """The expression does not fit the value. Quotes nothing of it."""


class Expression:
    """One expression, compiled. Raises `ValueError` with what is wrong and where (line and column within it).

    `names` are the variables it may speak of.
    """

    __slots__ = ("_program", "names", "source")

    def __init__(self, source: str, names: Collection[str]) -> None:
        if len(source) > LONGEST:
            raise ValueError(f"is longer than {LONGEST} characters")
        try:
            self._program = cel.compile(source)
        except ValueError as error:
            raise ValueError(_in_words(str(error))) from error
        tokens = [match for match in _TOKEN.finditer(source) if match.lastgroup != "comment"]
        _refuse_loops(source, tokens)
        _refuse_open_patterns(source, tokens)
        called = {each for each in self._program.functions() if each.isidentifier()}
        unknown = sorted(called - _LANGUAGE - FUNCTIONS.keys())
        if unknown:
            there = ", ".join(sorted(_LANGUAGE | FUNCTIONS.keys()))
            raise ValueError(f"there is no function {unknown[0]!r}; there are {there}")
        #: The variables it looks at.
        self.names = frozenset(self._program.variables())
        if not self.names <= set(names):
            foreign = sorted(self.names - set(names))[0]
            raise ValueError(f"there is no {foreign!r} here; there are {', '.join(sorted(names))}")
        self.source = source

    def value(self, context: cel.Context) -> Any:
        """What it gives. Raises `Absent`, or `Failed`."""
        try:
            found = self._program.execute(context)
        except (KeyError, IndexError) as error:
            raise Absent from error
        except (RuntimeError, TypeError, ValueError, ArithmeticError) as error:
            raise Failed(type(error).__name__) from error
        return _plain(found)


def context_of(**variables: Any) -> cel.Context:
    """What expressions look at: values that `bounded` gave. Raises `Unreadable` for a text that is no Unicode."""
    try:
        return cel.Context(variables, dict(FUNCTIONS))
    except ValueError as error:
        raise Unreadable(400, "Not readable", "a text in the body is no Unicode") from error


def bounded(document: object, depth: int = DEEPEST, nodes: int = MOST_NODES) -> Any:
    """The document as the engine can hold it: whole numbers of more than 64 bits as their digits, so that an id stays
    itself, and infinities as null. Raises `Unreadable` when it is too deep or has too many values.
    """
    left = nodes

    def walked(node: Any, below: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Unreadable(413, "Too many values", f"the body has more than {nodes} values")
        if isinstance(node, dict | list) and below == 0:
            raise Unreadable(413, "Nested too deeply", f"the body is nested more than {depth} deep")
        if isinstance(node, dict):
            return {key: walked(value, below - 1) for key, value in node.items()}
        if isinstance(node, list):
            return [walked(value, below - 1) for value in node]
        if isinstance(node, int) and node not in _INT64:
            return hex(node) if node.bit_length() > 10_000 else str(node)
        return None if isinstance(node, float) and not isfinite(node) else node

    return walked(document, depth)


def _time(value: Any = None, zone: Any = None) -> Any:
    """RFC 3339 of ISO 8601; a time without a zone is one of `zone`, as in `time(item.at, 'Europe/Berlin')`."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None and zone is not None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return moment.astimezone(UTC).isoformat() if moment.tzinfo is not None else moment.isoformat()
    except (TypeError, ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
        return value  # the examination says what is wrong with it


def _time_s(value: Any = None) -> Any:
    try:
        return from_seconds(value)
    except Unreadable:
        return value


def _time_ms(value: Any = None) -> Any:
    try:
        return from_milliseconds(value)
    except Unreadable:
        return value


def _revision(created: Any = None, edited: Any = None) -> Any:
    try:
        return revision_of(created, edited)
    except Unreadable:
        return edited


def _plain_text(value: Any = None) -> Any:
    return markup.read(value).text if isinstance(value, str) else value


def _links(value: Any = None) -> Any:
    return list(markup.read(value).links) if isinstance(value, str) else []


def _each(values: Any = None, name: Any = None) -> list[Any]:
    """Of each object in a list, the text of that name: `each(item.media, 'alt')`."""
    listed = values if isinstance(values, list) else []
    found = (each.get(name) for each in listed if isinstance(each, Mapping))
    return [each for each in found if isinstance(each, str) and each]


def _flat(values: Any = None, name: Any = None) -> list[Any]:
    """The lists of that name in each object of a list, put together: `flat(body.entry, 'changes')`."""
    listed = values if isinstance(values, list) else []
    found = (each.get(name) for each in listed if isinstance(each, Mapping))
    return [inner for each in found if isinstance(each, list) for inner in each]


#: Name → what it does, for every expression.
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "each": _each,
    "flat": _flat,
    "links": _links,
    "plain": _plain_text,
    "revision": _revision,
    "time": _time,
    "time_ms": _time_ms,
    "time_s": _time_s,
}


def _plain(value: Any) -> Any:
    """A value of the language as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int | float | list | dict):
        return value
    raise Failed(f"gave a {type(value).__name__}")


def _refuse_loops(source: str, tokens: list[re.Match[str]]) -> None:
    """Loops in loops take minutes over a list of a hundred."""
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before[0] == "." and token[0] in LOOPS and after[0] == "(":
            hint = "each(list, 'name') takes one field of each object, flat(list, 'name') puts their lists together"
            raise ValueError(f"{_place(source, token.start())}: {token[0]} is a loop, which is not taken here; {hint}")


def _refuse_open_patterns(source: str, tokens: list[re.Match[str]]) -> None:
    """A pattern that comes with the document could be made to be large."""
    for at, token in enumerate(tokens):
        if token.lastgroup == "name" and token[0] == "matches":
            rest = tokens[at + 1 : at + 4]
            method = at > 0 and tokens[at - 1][0] == "."
            if not (method and len(rest) == 3 and rest[0][0] == "(" and rest[1].lastgroup == "string"):
                raise ValueError(f"{_place(source, token.start())}: write the pattern out: x.matches('…')")
            if rest[2][0] != ")":
                raise ValueError(f"{_place(source, rest[2].start())}: write the pattern out: x.matches('…')")


def _place(source: str, offset: int) -> str:
    line = source.count("\n", 0, offset) + 1
    column = offset - (source.rfind("\n", 0, offset) + 1) + 1
    return f"line {line}, column {column}"


def _in_words(error: str) -> str:
    """The engine's first complaint, in one line."""
    match = _WHERE.search(error)
    return f"line {match[1]}, column {match[2]}: {match[3][:200]}" if match else "is no CEL expression"
