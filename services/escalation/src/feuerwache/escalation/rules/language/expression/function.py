"""The functions a condition may call: those of CEL that the library really has, for the types conditions have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from feuerwache.escalation.rules.language.expression.type import (
    BOOL,
    DOUBLE,
    INT,
    NUMBERS,
    STRING,
    UNKNOWN,
    Type,
    is_list,
)

#: Called on a text, with a text: `post.text.contains('x')`.
ON_TEXT: Final = frozenset({"contains", "startsWith", "endsWith", "matches"})
#: Called with a number or text: `int(post.reach)`.
CONVERSIONS: Final[Mapping[str, Type]] = {"int": INT, "double": DOUBLE, "string": STRING}
#: `size(x)` or `x.size()`, of a text (in bytes of UTF-8) or a list.
SIZE: Final = "size"

FUNCTIONS: Final = frozenset({*ON_TEXT, *CONVERSIONS, SIZE})

#: What people look for, and what there is.
_INSTEAD: Final[Mapping[str, str]] = {
    "len": "size",
    "length": "size",
    "includes": "contains",
    "has": "in",
    "any": "exists",
    "some": "exists",
    "every": "all",
    "each": "all",
    "regex": "matches",
    "match": "matches",
    "search": "matches",
    "count": "size",
    "float": "double",
    "str": "string",
    "integer": "int",
    "starts_with": "startsWith",
    "ends_with": "endsWith",
}


def instead_of(name: str) -> str:
    """A function of another language by its name in CEL: "; did you mean 'size'?", else nothing."""
    return f"; did you mean {_INSTEAD[name.lower()]!r}?" if name.lower() in _INSTEAD else ""


def result(function: str, target: Type | None, arguments: tuple[Type, ...]) -> Type | str:
    """The type of a call, or what is wrong with it in words that follow the name of the function."""
    given = ((target,) if target is not None else ()) + arguments
    if UNKNOWN in given:
        return INT if function == SIZE else CONVERSIONS.get(function, BOOL)
    if function in ON_TEXT:
        return _on_text(function, target, given)
    if function == SIZE:
        fits = len(given) == 1 and (given[0] == STRING or is_list(given[0]))
        return INT if fits else f"needs one text or list, not {_spoken(given)}"
    if target is not None:
        return f"is written before its value: {function}(…)"
    fits = len(given) == 1 and given[0] in {*NUMBERS, STRING}
    return CONVERSIONS[function] if fits else f"needs one number or text, not {_spoken(given)}"


def _on_text(function: str, target: Type | None, given: tuple[Type, ...]) -> Type | str:
    if target is None:
        return f"is called on a text: post.text.{function}('…')"
    if is_list(target) and function == "contains":
        return "is for texts; for a list write `x in list`"
    return BOOL if given == (STRING, STRING) else f"needs a text and one text in parentheses, not {_spoken(given)}"


def _spoken(types: tuple[Type, ...]) -> str:
    return " and ".join(str(each) for each in types) or "nothing"
