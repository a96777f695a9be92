"""Watchlists: terms that a house wants to hear of, whoever says them and in whatever mood.

One file per list in `config/watchlists`. Terms are expressions (`expression.py`): words, phrases, `rückruf*`,
`(anwalt|anwältin)`, gaps; umlauts, case and l33t spelling do not matter. `allow` takes a find back when it stands in
the same sentence. A hit changes no score and flags nothing by itself: the rules see it as `matched.watchlists`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from feuerwache.classifier.model.expression import BadExpression, parse
from feuerwache.classifier.model.phrases import FoldedText, Phrases
from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.classification import WatchlistHit


def known_expression(say: str) -> str:
    try:
        parse(say)
    except BadExpression as error:
        raise ValueError(str(error)) from error
    return say


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"
    CRITICAL = "critical"


Term = Annotated[str, AfterValidator(known_expression)]


class Watchlist(ConfigModel):
    """One file. `id` is what rules call it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: dict[str, str]
    category: str
    severity: Severity = Severity.LOW
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]
    allow: tuple[Term, ...] = ()


class Watch:
    """All lists together, searched in one pass."""

    def __init__(self, lists: Sequence[Watchlist] = ()) -> None:
        self.lists = tuple(lists)
        entries = [(parse(term), (each.id, term)) for each in self.lists for term in each.terms]
        allowed = {each.id: [parse(term) for term in each.allow] for each in self.lists}
        guards = {number: allowed[list_id] for number, (_, (list_id, _)) in enumerate(entries)}
        self._phrases = Phrases(entries, guards)

    def hits(self, text: FoldedText) -> tuple[WatchlistHit, ...]:
        """In the order of the text."""
        found = sorted(self._phrases.find(text), key=lambda each: (each.start, each.end, each.what))
        return tuple(
            WatchlistHit(
                watchlist=each.what[0],
                term=each.what[1],
                text=text.text[each.start : each.end],
                start=each.start,
                end=each.end,
            )
            for each in found
        )
