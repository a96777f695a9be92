"""What is wrong with an expression, and where in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """What is wrong with an expression, at the character `offset` of it (from 0)."""

    offset: int
    reason: str


class Flawed(Exception):  # noqa: N818 - it says what the expression is
    """The expression cannot be read any further; carries the one flaw that ended it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(f"at {flaw.offset}: {flaw.reason}")
        self.flaw = flaw


def suggest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean 'x'?" where one of the known words is close, else nothing."""
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
