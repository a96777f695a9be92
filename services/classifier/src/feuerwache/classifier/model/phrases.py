"""Finds many expressions in a text in one pass, with the places where they stand in the original.

An Aho-Corasick automaton over the anchors of all expressions runs over the folded text once; only an expression whose
anchor was seen is matched, within the anchor's sentence. Work is linear in the text: a sentence is looked at in a
window of bounded width, and an expression is tried at no more than `MAX_TRIES` anchors of a text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import ahocorasick

from feuerwache.classifier.model.expression import Expression
from feuerwache.classifier.model.tokens import STOPS, Token

#: Anchors per expression and text that are followed up.
MAX_TRIES = 12
#: Folded characters looked at on either side of an anchor.
WINDOW = 240

T = TypeVar("T")
_STOP = re.compile(r"(?= [.!?] )")


class FoldedText:
    """The folded words of a text joined by spaces, and the way back to the original."""

    __slots__ = ("_begins", "_stops", "joined", "text", "tokens")

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self._begins: list[int] | None = None
        self._stops: list[int] | None = None
        self.joined = " " + "".join([token.folded + " " for token in tokens])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `joined[start:end]`, which begins at a word, stands in the original: whole words, (start, end)."""
        if self._begins is None:
            begins, at = [], 1
            for token in self.tokens:
                begins.append(at)
                at += len(token.folded) + 1
            self._begins = begins
        first = bisect_right(self._begins, start) - 1
        last = bisect_right(self._begins, end - 1) - 1
        while last > first and self.tokens[last].folded in STOPS:
            last -= 1
        return self.tokens[first].start, self.tokens[last].end

    def sentence(self, at: int) -> tuple[int, int]:
        """The sentence around a place in `joined`, its stop included, cut to the window."""
        if self._stops is None:
            self._stops = [match.start() for match in _STOP.finditer(self.joined)]
        following = bisect_left(self._stops, at)
        # Both begin at a space: the one before the first word is looked back at.
        low = self._stops[following - 1] + 2 if following else 0
        high = self._stops[following] + 3 if following < len(self._stops) else len(self.joined)
        return max(low, at - WINDOW), min(high, at + WINDOW)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """`what` was said at `text[start:end]` of the original."""

    what: T
    start: int
    end: int


class Phrases(Generic[T]):
    """Expressions and what each stands for. `guards` are expressions that undo a find in the same sentence."""

    def __init__(self, entries: Sequence[tuple[Expression, T]], guards: Mapping[int, Sequence[Expression]]) -> None:
        self._entries = list(entries)
        self._guards = {number: [guard.regex for guard in guards.get(number, ())] for number in range(len(entries))}
        numbers: dict[str, list[int]] = {}
        for number, (expression, _) in enumerate(self._entries):
            for anchor in expression.anchors:
                numbers.setdefault(anchor, []).append(number)
        self._automaton = ahocorasick.Automaton()
        for anchor, owners in numbers.items():
            self._automaton.add_word(anchor, (len(anchor), tuple(dict.fromkeys(owners))))
        self._automaton.make_automaton()

    def find(self, text: FoldedText) -> list[Found[T]]:
        """Every place where an expression matches, by expression, without repeats."""
        if not self._entries:
            return []
        places: dict[int, list[int]] = {}
        for end, (length, owners) in self._automaton.iter(text.joined):
            for owner in owners:
                seen = places.setdefault(owner, [])
                if len(seen) < MAX_TRIES:
                    seen.append(end - length + 2)
        found: list[Found[T]] = []
        for number in sorted(places):
            expression, what = self._entries[number]
            for start, end in self._matches(text, expression.regex, self._guards[number], places[number]):
                found.append(Found(what, *text.span(start, end)))
        return found

    @staticmethod
    def _matches(
        text: FoldedText, regex: re.Pattern[str], guards: Sequence[re.Pattern[str]], places: Sequence[int]
    ) -> Iterator[tuple[int, int]]:
        done = 0
        for place in places:
            low, high = text.sentence(place)
            for match in regex.finditer(text.joined, max(low, done), high):
                if any(guard.search(text.joined, low, high) for guard in guards):
                    break
                yield match.span()
                done = match.end() - 1
            done = max(done, min(high - 1, place))
