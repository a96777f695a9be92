"""What the other communities of a brand know of an author: marks against them, and texts they posted there today.

Authors are the same by (platform, author id): one account on one platform, in however many of the brand's communities.
Each community keeps its own part, taken from its author's journal; the parts are written by many partitions, so what
is read of the others may be a moment old. It is recorded in the evidence, and nothing but evidence is made of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from feuerwache.escalation.rules.community.fingerprint import ALIKE, Fingerprint
from feuerwache.escalation.rules.language.context import Fields

DAY = 86400
#: Days for which marks are kept here, and the window they are counted in.
MARK_DAYS, WINDOW = 100, 90
#: Texts kept per author and community, of the last day, and hashes of each: its author is the same, so few will do.
MAX_TEXTS, HASHES = 20, 12
#: Of the smallest hashes of both texts, so many stand in both (a Jaccard similarity that is `ALIKE` as a Dice one).
SHARE = ALIKE / (2 - ALIKE)

#: Day (since 1970) → violations, warnings, restrictions.
Marks = Mapping[int, tuple[int, int, int]]
#: When a text was posted (seconds since 1970), and the smallest hashes of its fingerprint.
Text = tuple[int, Fingerprint]
AuthorOf = tuple[str, str]


@dataclass(frozen=True, slots=True)
class BrandAuthor:
    """One account, as all communities of a brand see it."""

    brand: str
    platform: str
    author_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one community knows of the account."""

    marks: Marks = field(default_factory=dict)
    texts: tuple[Text, ...] = ()

    def packed(self) -> bytes:
        marks = [[day, *counts] for day, counts in self.marks.items()]
        return json.dumps([marks, self.texts], separators=(",", ":")).encode()

    @classmethod
    def unpacked(cls, blob: bytes) -> Part:
        marks, texts = json.loads(blob)[:2]
        return cls(
            {day: (violations, warnings, restrictions) for day, violations, warnings, restrictions in marks},
            tuple((at, tuple(sketch)) for at, sketch in texts),
        )

    @classmethod
    def of(cls, marks: Marks, texts: Iterable[Text] = ()) -> Part:
        """The newest marks and the texts of a day, each once, in order of time."""
        recent = sorted(set(texts))
        newest_day = max(marks, default=0)
        return cls(
            {day: counts for day, counts in marks.items() if day > newest_day - MARK_DAYS},
            tuple(text for text in recent if text[0] > recent[-1][0] - DAY)[-MAX_TEXTS:],
        )


def alone(author: Fields) -> Fields:
    """The brand's fields of `author` where no other community is asked: what this one knows itself."""
    return {
        "brand_communities": 1,
        "brand_violations_90d": author["violations_90d"],
        "brand_warnings_90d": author["warnings_90d"],
        "brand_restrictions_90d": author["restrictions_90d"],
        "brand_duplicates_24h": 0,
    }


class BrandMemory:
    """The accounts of a batch: which are asked for, what the brand knows of them, and what the batch adds."""

    def __init__(self) -> None:
        self._accounts: dict[AuthorOf, BrandAuthor] = {}
        self._parts: dict[BrandAuthor, dict[str, Part]] = {}
        self._texts: dict[AuthorOf, list[Text]] = {}

    def ask(self, author: AuthorOf, account: BrandAuthor) -> None:
        """Before reading: this author (community, id) shares a memory with the brand's other communities."""
        self._accounts[author] = account

    @property
    def accounts(self) -> list[BrandAuthor]:
        return list(dict.fromkeys(self._accounts.values()))

    def learn(self, answers: Sequence[Mapping[bytes, bytes]]) -> None:
        """The parts of each of `accounts`, by community."""
        for account, parts in zip(self.accounts, answers, strict=True):
            self._parts[account] = {community.decode(): Part.unpacked(part) for community, part in parts.items()}

    def fields(self, author: AuthorOf, own: Fields, at: datetime, sketch: Fingerprint | None) -> Fields:
        """The brand's fields of `author`; `own` are those of this community, `sketch` is of the post's text."""
        seen = alone(own)
        second = int(at.timestamp())
        day = second // DAY
        for part in self._others(author):
            seen["brand_communities"] += 1
            for marked, (violations, warnings, restrictions) in part.marks.items():
                if day - WINDOW <= marked <= day:
                    seen["brand_violations_90d"] += violations
                    seen["brand_warnings_90d"] += warnings
                    seen["brand_restrictions_90d"] += restrictions
            if sketch is not None:
                seen["brand_duplicates_24h"] += any(_alike(sketch, text, second) for text in part.texts)
        return seen

    def wrote(self, author: AuthorOf, at: int, sketch: Fingerprint | None) -> None:
        """A text that may turn up in other communities; short ones have no fingerprint and say nothing."""
        if sketch is not None and author in self._accounts:
            self._texts.setdefault(author, []).append((at, sketch[:HASHES]))

    def gained(self, marks: Mapping[AuthorOf, Marks]) -> dict[BrandAuthor, dict[str, bytes]]:
        """Account → community → its part, where the batch changed it. `marks` are of the authors it touched."""
        gained: dict[BrandAuthor, dict[str, bytes]] = {}
        for author, marked in marks.items():
            account, community = self._accounts.get(author), author[0]
            if account is None:
                continue
            former = self._parts.get(account, {}).get(community)
            part = Part.of(marked, [*(former.texts if former is not None else ()), *self._texts.get(author, ())])
            if part != former:
                gained.setdefault(account, {})[community] = part.packed()
        return gained

    def _others(self, author: AuthorOf) -> list[Part]:
        account = self._accounts.get(author)
        parts = self._parts.get(account, {}) if account is not None else {}
        return [part for community, part in parts.items() if community != author[0]]


def _alike(sketch: Fingerprint, text: Text, second: int) -> bool:
    """Whether a text of the day before `second` is nearly the same, by the hashes that are kept of it."""
    at, hashes = text
    if not 0 <= second - at < DAY or not hashes:
        return False
    own = sketch[:HASHES]
    smallest = sorted({*own, *hashes})[:HASHES]
    return len({*own} & {*hashes}.intersection(smallest)) >= SHARE * len(smallest)
