"""The words of a CEL expression, as the language definition lists them (github.com/google/cel-spec, doc/langdef.md).

Blanks and comments (`//` to the end of the line) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from feuerwache.escalation.rules.language.expression.flaw import Flaw, Flawed


class Word(StrEnum):
    FLOAT = "float"
    UINT = "uint"
    INT = "int"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    word: Word
    text: str
    offset: int

    @property
    def end(self) -> int:
        return self.offset + len(self.text)


_ESCAPE = r"\\(?:[abfnrtv\"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})"
_TEXT = "|".join(
    (
        r'[rR]"""(?s:.*?)"""',
        r"[rR]'''(?s:.*?)'''",
        r'[rR]"[^"\r\n]*"',
        r"[rR]'[^'\r\n]*'",
        rf'"""(?s:(?:{_ESCAPE}|[^\\])*?)"""',
        rf"'''(?s:(?:{_ESCAPE}|[^\\])*?)'''",
        rf'"(?:{_ESCAPE}|[^\\"\r\n])*"',
        rf"'(?:{_ESCAPE}|[^\\'\r\n])*'",
    )
)
_TOKEN = re.compile(
    rf"""
      (?P<blank>[\t\ \r\n\f]+|//[^\n]*)
    | (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
    | (?P<uint>(?:0x[0-9a-fA-F]+|\d+)[uU])
    | (?P<int>0x[0-9a-fA-F]+|\d+)
    | (?P<text>[bB]?(?:{_TEXT}))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]{{}}])
    """,
    re.VERBOSE | re.ASCII,
)

#: What people write who come from another language, and what CEL calls it.
_INSTEAD = {"=": "==", "&": "&&", "|": "||"}


def tokens(source: str) -> Iterator[Token]:
    """All tokens, the last of them `END`; raises `Flawed` at a character that begins none."""
    place = 0
    while place < len(source):
        found = _TOKEN.match(source, place)
        if found is None:
            raise Flawed(Flaw(place, _no_token(source, place)))
        if found.lastgroup != "blank":
            yield Token(Word(found.lastgroup or ""), found[0], place)
        place = found.end()
    yield Token(Word.END, "", len(source))


def _no_token(source: str, place: int) -> str:
    mark = source[place]
    if mark in "'\"":
        rest = re.compile(rf"{mark}(?:{_ESCAPE}|[^\\{mark}\r\n])*").match(source, place)
        broken = source[rest.end() :][:2] if rest else ""
        if broken.startswith("\\"):
            return (
                f"is no CEL expression: '{broken}' is no escape; write a backslash twice, or the text as r'…'"
                if len(broken) == 2
                else "is no CEL expression: this text does not end"
            )
        return f"is no CEL expression: this text does not end; its closing {mark} is missing on this line"
    if mark in _INSTEAD:
        return f"is no CEL expression: {mark!r} is no operator; did you mean {_INSTEAD[mark]!r}?"
    return f"is no CEL expression: {mark!r} means nothing here"
