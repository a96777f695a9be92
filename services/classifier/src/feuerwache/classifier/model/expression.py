"""What a pattern or a watchlist may say: a small language over folded words that cannot run away.

    du idiot               these words, one after the other (punctuation other than . ! ? is not seen)
    rückruf*  *laden       a word's beginning, a word's end
    (ich|wir|man kann)     one of these
    (dich|euch|)           one of these or nothing
    [0-3]                  so many words of the same sentence in between
    ?  !                   the sentence's end

Umlauts, ß and case may be written as one likes: expressions are folded as texts are. Each expression has an anchor,
a word that must be there: only where an anchor stands is the rest looked at (`phrases.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from feuerwache.classifier.model.tokens import STOPS, fold

_PART = re.compile(r"\(([^()]+)\)|\[(\d)-(\d{1,2})\]|(\S+)")
#: Shorter anchors, the spaces around a word included, are met so often that they save nothing.
MIN_ANCHOR = 3


class BadExpression(ValueError):  # noqa: N818 - says what it is about, as InvalidRecord does
    """The expression is not of this language; the message says why."""


@dataclass(frozen=True, slots=True)
class Expression:
    """`regex` matches in a text of folded words, each followed by one space; `anchors` are what to look for first."""

    say: str
    regex: re.Pattern[str]
    anchors: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse(say: str) -> Expression:
    """Raises `BadExpression`."""
    source: list[str] = []
    candidates: list[tuple[str, ...]] = []
    for part in _PART.finditer(say):
        choices, least, most, single = part.groups()
        if least is not None:
            if int(least) > int(most):
                raise BadExpression(f"the gap [{least}-{most}] is the wrong way round")
            source.append(rf"(?:[^ .!?]+ ){{{least},{most}}}")
            continue
        choice = choices.split("|") if choices is not None else [single]
        pieces = [_sequence(words) for words in choice if words]
        if not pieces:
            raise BadExpression(f"there is nothing to choose in {part[0]!r}")
        optional = "?" if "" in choice else ""
        source.append(f"(?:{'|'.join(piece for piece, _ in pieces)}){optional}")
        if not optional:
            candidates.append(tuple(anchor for _, anchor in pieces))
    anchors = max(candidates, key=lambda every: min(map(len, every)), default=())
    if not anchors or min(map(len, anchors)) < MIN_ANCHOR:
        raise BadExpression(f"{say!r} names no word that must be there")
    return Expression(say, re.compile("(?<= )" + "".join(source)), anchors)


def _sequence(words: str) -> tuple[str, str]:
    """The regex of words that follow each other, and the longest string that must be there."""
    pieces = [_piece(word) for word in words.split()]
    return "".join(piece for piece, _ in pieces), max((anchor for _, anchor in pieces), key=len)


def _piece(word: str) -> tuple[str, str]:
    """The regex of one word with its space, and the string that is surely there when it matches."""
    if word in STOPS:
        return re.escape(word) + " ", f" {word} "
    open_left, open_right = word.startswith("*"), len(word) > 1 and word.endswith("*")
    bare = word.strip("*")
    folded = bare if bare.startswith("{") else fold(bare)
    if not folded:
        raise BadExpression(f"{word!r} is not a word")
    left, right = "[^ ]*" if open_left else "", "[^ ]*" if open_right else ""
    return f"{left}{re.escape(folded)}{right} ", ("" if open_left else " ") + folded + ("" if open_right else " ")
