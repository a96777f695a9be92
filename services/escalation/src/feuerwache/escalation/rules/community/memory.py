"""What a community did during the last day: near-duplicates, the heat and depth of its threads, spent quotas.

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

from feuerwache.escalation.rules.community.feud import Feuds
from feuerwache.escalation.rules.community.fingerprint import ALIKE, Fingerprint, mask, may_be_alike, probes, similarity
from feuerwache.escalation.rules.community.reporter import Reporters
from feuerwache.escalation.rules.engine.quota import OPEN_HANDED, Firings, Standing, State
from feuerwache.escalation.rules.language.context import Fields

HOUR, DAY = 3600, 86400
#: Rows kept per community; at 10,000 posts an hour the memory is shorter than a day.
MAX_ROWS = 50_000
#: Posts looked at for one text or thread, the newest; more would only raise a number that is high already.
MAX_LOOKED_AT = 100
#: Different texts that a text is held against for each of its probes, the newest.
MAX_TEXTS = 12
#: Similarity from which on a text is filed with another: what two differ in from a third adds up to 1 - ALIKE at most.
FILED_WITH = 1 - (1 - ALIKE) / 2


@dataclass(frozen=True, slots=True)
class Row:
    """One judged post. `post`, `author` and `thread` are pseudonyms, `at` is in seconds since 1970.

    `depth` is how many answers lie between it and its thread's first post, itself included. `cluster` is the first
    post with nearly this text that was known when it was judged, empty where it is the first itself. `answered` is the
    person whom a hostile post answers, empty for every other post.
    """

    post: str
    author: str
    at: int
    fingerprint: Fingerprint | None = None
    thread: str = ""
    negative: bool = False
    rules: tuple[str, ...] = ()
    depth: int = 0
    cluster: str = ""
    newcomer: bool = False
    complaint: bool = False
    hostile: bool = False
    answered: str = ""

    def packed(self) -> list[Any]:
        flags = self.negative | self.newcomer << 1 | self.complaint << 2 | self.hostile << 3
        return [
            *(self.post, self.author, self.at, self.fingerprint, self.thread, flags, self.rules),
            *(self.depth, self.cluster, self.answered),
        ]

    @classmethod
    def unpacked(cls, values: list[Any]) -> Row:
        """Rows of earlier versions lack what stands at the end; what later ones add is left out."""
        post, author, at, sketch, thread, flags, rules = values[:7]
        depth, cluster = values[7:9] or (0, "")
        return cls(
            post,
            author,
            at,
            tuple(sketch) if sketch else None,
            thread,
            bool(flags & 1),
            tuple(rules),
            depth,
            cluster,
            bool(flags & 2),
            bool(flags & 4),
            bool(flags & 8),
            values[9] if len(values) > 9 else "",
        )


@dataclass(slots=True, eq=False)
class _Text:
    """Posts with this fingerprint, or one so close that they are alike among themselves: they are compared once.

    However often a text is sent around, with a name or a number changed, a new post is held against it once.
    """

    sketch: Fingerprint
    posts: dict[str, Row] = field(default_factory=dict)


@dataclass(slots=True)
class CommunityMemory:
    """The memory of one community. `read_until` is where its stream has been read to."""

    read_until: str = "-"
    reporters: Reporters = field(default_factory=Reporters)
    feuds: Feuds = field(default_factory=Feuds)
    _rows: dict[str, Row] = field(default_factory=dict)
    _order: deque[str] = field(default_factory=deque)
    _texts: dict[Fingerprint, _Text] = field(default_factory=dict)
    _text_of: dict[str, _Text] = field(default_factory=dict)  # post → where it is filed
    _index: dict[int, dict[_Text, int]] = field(default_factory=dict)  # probe → text → mask
    _threads: dict[str, dict[str, None]] = field(default_factory=dict)
    _firings: dict[str, Firings] = field(default_factory=dict)
    _newest: int = 0
    _looked_up: tuple[Fingerprint, list[tuple[_Text, float]]] | None = None

    def fold(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.post in self._rows or row.at < self._newest - DAY:
                continue
            self._rows[row.post] = row
            self._order.append(row.post)
            self._newest = max(self._newest, row.at)
            if row.fingerprint is not None:
                self._file(row, row.fingerprint)
            if row.thread:
                self._threads.setdefault(row.thread, {})[row.post] = None
            if row.answered:
                self.feuds.add(row.author, row.answered, row.post, row.at)
            for rule in row.rules:
                self._firings.setdefault(rule, Firings()).add(row.post, row.at)
        self._forget()

    def row(self, post: str) -> Row | None:
        """What is remembered of a post."""
        return self._rows.get(post)

    def posts_in(self, thread: str) -> tuple[str, ...]:
        """The posts of the last day in a thread, the newest."""
        return tuple(islice(reversed(self._threads.get(thread, {})), MAX_LOOKED_AT))

    def copies(self, post: str, at: int, sketch: Fingerprint | None) -> tuple[Row, ...]:
        """Other posts with nearly this text within a day of it, of the newest that could be."""
        if sketch is None:
            return ()
        found: list[Row] = []
        for text, _ in self._alike(sketch):
            for row in islice(reversed(text.posts.values()), MAX_LOOKED_AT):
                if row.post != post and abs(row.at - at) <= DAY:
                    found.append(row)
            if len(found) >= MAX_LOOKED_AT:
                return tuple(found[:MAX_LOOKED_AT])
        return tuple(found)

    def _alike(self, sketch: Fingerprint) -> list[tuple[_Text, float]]:
        """Texts that are nearly this one and how alike they are, of the newest that could be. Itself is the first."""
        if self._looked_up is not None and self._looked_up[0] == sketch:
            return self._looked_up[1]  # a post is looked up and then filed
        exact = self._texts.get(sketch)
        found = [] if exact is None else [(exact, 1.0)]
        candidates: dict[_Text, int] = {}
        for probe in probes(sketch):
            candidates.update(islice(reversed(self._index.get(probe, _NONE).items()), MAX_TEXTS))
        if exact is not None:
            candidates.pop(exact, None)
        if candidates:
            own, size, values = mask(sketch), len(sketch), frozenset(sketch)
            for text in may_be_alike(size, own, candidates.items()):
                if (close := similarity(values, text.sketch)) >= ALIKE:
                    found.append((text, close))
        self._looked_up = sketch, found
        return found

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
            "hostile_1h": sum(row.hostile for row in rows),
        }

    def quota(self, rule: str, limit: int, seconds: int, post: str, at: int) -> Standing:
        """How the quota of a rule, `limit` posts in `seconds`, stands for a post written at `at`."""
        firings = self._firings.get(rule)
        if firings is None:
            return OPEN_HANDED if limit > 0 else Standing(State.TRIPPED, acts=False, since=at, trips=True)
        return firings.standing(limit, seconds, post, at)

    def _file(self, row: Row, sketch: Fingerprint) -> None:
        text = next((text for text, close in self._alike(sketch) if close >= FILED_WITH), None)
        if text is None:
            text = self._texts[sketch] = _Text(sketch)
            bits = mask(sketch)
            for probe in probes(sketch):
                self._index.setdefault(probe, {})[text] = bits
            self._looked_up = None
        text.posts[row.post] = row
        self._text_of[row.post] = text

    def _unfile(self, post: str) -> None:
        text = self._text_of.pop(post, None)
        if text is None:
            return
        del text.posts[post]
        if not text.posts:
            del self._texts[text.sketch]
            for probe in probes(text.sketch):
                _drop(self._index, probe, text)
            self._looked_up = None

    def _forget(self) -> None:
        while self._order and (len(self._order) > MAX_ROWS or self._rows[self._order[0]].at < self._newest - DAY):
            row = self._rows.pop(self._order.popleft())
            self._unfile(row.post)
            _drop(self._threads, row.thread, row.post)
            if row.answered:
                self.feuds.forget(row.author, row.answered, row.post)
            for rule in row.rules:
                self._firings[rule].forget(row.post)
                if not self._firings[rule]:
                    del self._firings[rule]


def near_duplicates(copies: tuple[Row, ...], post: Row) -> Fields:
    """Of the rule context: how many copies of `post` there are, how many authors they and it have together, how many
    are by its own author, and in how many other threads those stand."""
    if not copies:
        return dict(_NO_DUPLICATES)
    own = [row for row in copies if row.author == post.author]
    threads = {row.thread or row.post for row in own} - {post.thread or post.post}
    return {
        "near_duplicates": len(copies),
        "near_duplicate_authors": len({row.author for row in copies} | {post.author}),
        "own_duplicates": len(own),
        "own_duplicate_threads": len(threads),
    }


def cluster_of(copies: tuple[Row, ...]) -> str:
    """The cluster of a post with these copies; empty for a post that is the first of its own.

    The smallest of those its copies are in: where two partitions each took a copy for the first one, all later posts
    choose the same of the two.
    """
    return min((row.cluster or row.post for row in copies), default="")


_NO_DUPLICATES = {"near_duplicates": 0, "near_duplicate_authors": 0, "own_duplicates": 0, "own_duplicate_threads": 0}
_NONE: dict[_Text, int] = {}


def _drop(index: dict[Any, dict[Any, Any]], key: object, member: object) -> None:
    members = index.get(key)
    if members is not None:
        members.pop(member, None)
        if not members:
            del index[key]
