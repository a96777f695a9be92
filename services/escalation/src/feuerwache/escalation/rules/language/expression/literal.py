"""What a literal of CEL means: numbers within their range, texts with their escapes undone."""

from __future__ import annotations

import math
import re

from feuerwache.escalation.rules.language.expression.flaw import Flaw, Flawed
from feuerwache.escalation.rules.language.expression.token import Token, Word

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
UINT_MAX = 2**64 - 1

_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL)
_QUOTES = ('"""', "'''", '"', "'")


def integer(token: Token, negative: bool = False) -> int:
    """A 64-bit integer, decimal or after 0x; raises `Flawed` beyond that."""
    value = int(token.text, 16 if token.text.startswith("0x") else 10)
    value = -value if negative else value
    if not INT_MIN <= value <= INT_MAX:
        raise Flawed(Flaw(token.offset, f"{value} is beyond what a whole number can be ({INT_MIN} to {INT_MAX})"))
    return value


def unsigned(token: Token, _negative: bool = False) -> int:
    """The same without a sign; a minus before it is an operator of its own."""
    digits = token.text[:-1]
    value = int(digits, 16 if digits.startswith("0x") else 10)
    if value > UINT_MAX:
        raise Flawed(Flaw(token.offset, f"{value}u is beyond what a whole number can be (0 to {UINT_MAX})"))
    return value


def decimal(token: Token, negative: bool = False) -> float:
    value = float(token.text)
    if math.isinf(value):
        raise Flawed(Flaw(token.offset, f"{token.text} is beyond what a decimal can be"))
    return -value if negative else value


def text(token: Token) -> str | bytes:
    """A string, or bytes where it begins with b. In bytes `\\x41` and `\\101` are single bytes, the rest is UTF-8."""
    prefix, body, _ = opened(token)
    as_bytes, raw = "b" in prefix, "r" in prefix
    if raw:
        return body.encode() if as_bytes else body
    return _bytes(token, body) if as_bytes else _ESCAPE.sub(lambda match: _character(token, match), body)


def opened(token: Token) -> tuple[str, str, int]:
    """The prefix in lower case, what stands between the quotes, and where that begins in the source."""
    prefix = token.text[: len(token.text) - len(token.text.lstrip("bBrR"))]
    rest = token.text[len(prefix) :]
    quote = next(each for each in _QUOTES if rest.startswith(each) and len(rest) >= 2 * len(each))
    return prefix.lower(), rest[len(quote) : -len(quote)], token.offset + len(prefix) + len(quote)


def _character(token: Token, match: re.Match[str]) -> str:
    if match[5]:
        return _SIMPLE.get(match[5], match[5])
    code = int(match[4], 8) if match[4] else int(match[1] or match[2] or match[3], 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Flawed(Flaw(opened(token)[2] + match.start(), f"{match[0]} is no character"))
    return chr(code)


def _bytes(token: Token, body: str) -> bytes:
    parts, place = [], 0
    for match in _ESCAPE.finditer(body):
        parts.append(body[place : match.start()].encode())
        place = match.end()
        if match[2] or match[3]:
            raise Flawed(Flaw(opened(token)[2] + match.start(), f"{match[0]} stands in bytes; write it as \\x.."))
        code = int(match[4], 8) if match[4] else int(match[1], 16) if match[1] else None
        parts.append(_character(token, match).encode() if code is None else bytes([code]))
    parts.append(body[place:].encode())
    return b"".join(parts)


def places(written: str, offset: int) -> list[int]:
    """Where each character of a string's value is written, and last where its closing quote is.

    `written` is the literal with its quotes, which begins at `offset`.
    """
    prefix, body, start = opened(Token(Word.TEXT, written, offset))
    found: list[int] = []
    place = 0
    if "r" not in prefix:
        for match in _ESCAPE.finditer(body):
            found += range(place, match.start() + 1)
            place = match.end()
    return [start + each for each in (*found, *range(place, len(body) + 1))]
