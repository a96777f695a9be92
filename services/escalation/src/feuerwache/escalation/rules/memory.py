"""What a community did during the last day: near-duplicates, the heat of its threads, spent quotas.

Several partitions write it, so it is approximate by nature; the values seen are recorded in the decision's evidence.
It is folded from rows, one per judged post, in any order; the same row twice changes nothing. Time is event time:
rows older than a day before the newest are forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from feuerwache.escalation.rules.context import Fields
from feuerwache.escalation.rules.fingerprint import ALIKE, Fingerprint, probes, similarity

HOUR, DAY = 3600, 86400
#: Rows kept per community; at 10,000 posts an hour the memory is shorter than a day.
MAX_ROWS = 50_000
#: Posts looked at for one text or thread, the newest; more would only raise a number that is high already.
MAX_LOOKED_AT = 100
SPANS = {"hour": HOUR, "day": DAY}


@dataclass(frozen=True, slots=True)
class Row:
    """One judged post. `post`, `author` and `thread` are short hashes, `at` is in seconds since 1970."""

    post: str
    author: str
    at: int
    fingerprint: Fingerprint | None = None
    thread: str = ""
    negative: bool = False
    rules: tuple[str, ...] = ()

    def packed(self) -> list[Any]:
        return [self.post, self.author, self.at, self.fingerprint, self.thread, int(self.negative), self.rules]

    @classmethod
    def unpacked(cls, values: list[Any]) -> Row:
        post, author, at, sketch, thread, negative, rules = values
        return cls(post, author, at, tuple(sketch) if sketch else None, thread, bool(negative), tuple(rules))


@dataclass(slots=True)
class CommunityMemory:
    """The memory of one community. `read_until` is where its stream has been read to."""

    read_until: str = "-"
    _rows: dict[str, Row] = field(default_factory=dict)
    _order: deque[str] = field(default_factory=deque)
    _sketches: dict[str, frozenset[int]] = field(default_factory=dict)
    _index: dict[int, dict[str, None]] = field(default_factory=dict)
    _threads: dict[str, dict[str, None]] = field(default_factory=dict)
    _spent: dict[tuple[str, str, int], set[str]] = field(default_factory=dict)
    _newest: int = 0

    def fold(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.post in self._rows or row.at < self._newest - DAY:
                continue
            self._rows[row.post] = row
            self._order.append(row.post)
            self._newest = max(self._newest, row.at)
            if row.fingerprint is not None:
                self._sketches[row.post] = frozenset(row.fingerprint)
                for probe in probes(row.fingerprint):
                    self._index.setdefault(probe, {})[row.post] = None
            if row.thread:
                self._threads.setdefault(row.thread, {})[row.post] = None
            for rule in row.rules:
                for span, seconds in SPANS.items():
                    self._spent.setdefault((rule, span, row.at // seconds), set()).add(row.post)
        self._forget()

    def near(self, post: str, author: str, at: int, sketch: Fingerprint | None) -> Fields:
        """Other posts with nearly this text within a day, and how many authors they and this one have together."""
        if sketch is None:
            return {"near_duplicates": 0, "near_duplicate_authors": 0}
        candidates: dict[str, None] = {}
        for probe in probes(sketch):
            candidates.update(dict.fromkeys(islice(reversed(self._index.get(probe, {})), MAX_LOOKED_AT)))
        candidates.pop(post, None)
        values = frozenset(sketch)
        authors: set[str] = set()
        found = 0
        for candidate in islice(candidates, MAX_LOOKED_AT):
            row = self._rows[candidate]
            if abs(row.at - at) <= DAY and similarity(values, self._sketches[candidate]) >= ALIKE:
                found += 1
                authors.add(row.author)
        return {"near_duplicates": found, "near_duplicate_authors": len(authors | {author}) if found else 0}

    def heat(self, thread: str, post: str, at: int) -> Fields:
        """`thread` of the rule context: the last hour of a thread, this post not included."""
        rows = [
            row
            for other in islice(reversed(self._threads.get(thread, {})), MAX_LOOKED_AT)
            if other != post and 0 <= at - (row := self._rows[other]).at < HOUR
        ]
        return {
            "posts_1h": len(rows),
            "authors_1h": len({row.author for row in rows}),
            "negative_1h": sum(row.negative for row in rows),
        }

    def spent(self, rule: str, span: str, post: str, at: int) -> int:
        """How often a rule fired in the hour or day (UTC) of `at`, this post not included."""
        posts = self._spent.get((rule, span, at // SPANS[span]), set())
        return len(posts) - (post in posts)

    def _forget(self) -> None:
        while self._order and (len(self._order) > MAX_ROWS or self._rows[self._order[0]].at < self._newest - DAY):
            row = self._rows.pop(self._order.popleft())
            self._sketches.pop(row.post, None)
            for probe in probes(row.fingerprint or ()):
                _drop(self._index, probe, row.post)
            _drop(self._threads, row.thread, row.post)
            for rule in row.rules:
                for span, seconds in SPANS.items():
                    if (row.at // seconds + 1) * seconds <= self._newest - DAY:
                        self._spent.pop((rule, span, row.at // seconds), None)


def _drop(index: dict[Any, dict[str, None]], key: object, post: str) -> None:
    members = index.get(key)
    if members is not None:
        members.pop(post, None)
        if not members:
            del index[key]
