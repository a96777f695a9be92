"""The pulse of a batch: what it adds, minute by minute of event time, to what is counted per community.

Counts, hashes and ids, never text. Authors are short keyed hashes, so they can be counted across increments and not
be named. Canaries are left out; historic and late posts travel in increments of their own, marked as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from heapq import nlargest

from feuerwache.common.events.classification import Label
from feuerwache.common.events.decision import Action
from feuerwache.common.events.pulse import Example, Increment
from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.rules.context import minute_of

MAX_TERMS = 20
MAX_THREADS = 20
MAX_EXAMPLES = 5
#: The labels that make a post count as negative.
NEGATIVE = (Label.NEGATIVE.value, Label.INSULT.value, Label.HATE.value, Label.COMPLAINT.value)


def short_hash(value: str, key: bytes, size: int = 4) -> str:
    """A keyed hash of `size` bytes, in hex. Four are enough to count the authors of an hour, and name nobody."""
    return blake2b(value.encode(), digest_size=size, key=key[:64]).hexdigest()


@dataclass(slots=True)
class Counted:
    """One post as the pulse counts it. `labels` are those above their threshold."""

    community: str
    at: datetime
    platform: str
    post_id: str
    author: str
    new_author: bool
    scores: Mapping[str, float]
    labels: tuple[str, ...]
    action: Action
    reach: int
    thread: str | None
    terms: Iterable[str]
    late: bool
    historic: bool

    @property
    def negative(self) -> bool:
        return any(label in NEGATIVE for label in self.labels)


@dataclass(slots=True)
class _Minute:
    posts: int = 0
    negative: int = 0
    reports: int = 0
    reach: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    threads: Counter[str] = field(default_factory=Counter)
    terms: Counter[str] = field(default_factory=Counter)
    authors: dict[str, None] = field(default_factory=dict)
    new_authors: dict[str, None] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)


_Key = tuple[str, datetime, bool, bool]


class Pulse:
    """Gathers a batch; `increments` hands out what belongs to each shard."""

    def __init__(self) -> None:
        self._minutes: dict[_Key, _Minute] = {}

    def post(self, counted: Counted) -> None:
        """A newly created post; edits are not posts."""
        minute = self._minute(counted.community, counted.at, counted.late, counted.historic)
        minute.posts += 1
        minute.negative += counted.negative
        minute.reach += counted.reach
        minute.labels.update(counted.labels)
        minute.actions[counted.action.value] += 1
        minute.authors[counted.author] = None
        if counted.new_author:
            minute.new_authors[counted.author] = None
        if counted.thread is not None:
            minute.threads[counted.thread] += 1
        minute.terms.update(counted.terms)
        example = _example(counted)
        if example is not None:
            minute.examples.append(example)

    def report(self, community: str, at: datetime, late: bool, historic: bool) -> None:
        self._minute(community, at, late, historic).reports += 1

    def _minute(self, community: str, at: datetime, late: bool, historic: bool) -> _Minute:
        return self._minutes.setdefault((community, minute_of(at), late, historic), _Minute())

    def increments(self, shards: int) -> dict[int, tuple[Increment, ...]]:
        """shard → increments, in order of minute and community: the same batch gives the same pulse."""
        by_shard: dict[int, list[Increment]] = {}
        for key in sorted(self._minutes, key=lambda each: (each[1], each[0], each[2], each[3])):
            by_shard.setdefault(shard_of(key[0], shards), []).append(_increment(key, self._minutes[key]))
        return {shard: tuple(increments) for shard, increments in sorted(by_shard.items())}


def _example(counted: Counted) -> Example | None:
    """A post worth showing: by its strongest negative score, raised by how many saw it (log scale, bounded)."""
    label, score = max(((label, counted.scores.get(label, 0.0)) for label in NEGATIVE), key=lambda each: each[1])
    if not counted.negative and counted.reach == 0:
        return None
    weight = score + min(len(str(counted.reach)) if counted.reach else 0, 7) / 10
    shown = label if counted.negative else "reach"
    return Example(platform=counted.platform, post_id=counted.post_id, label=shown, weight=round(weight, 4))


def _increment(key: _Key, minute: _Minute) -> Increment:
    community, at, late, historic = key
    return Increment(
        community=community,
        minute=at,
        posts=minute.posts,
        negative=minute.negative,
        reports=minute.reports,
        reach=minute.reach,
        labels=dict(sorted(minute.labels.items())),
        actions=dict(sorted(minute.actions.items())),
        authors=tuple(minute.authors),
        new_authors=tuple(minute.new_authors),
        threads=_top(minute.threads, MAX_THREADS),
        terms=_top(minute.terms, MAX_TERMS),
        examples=tuple(nlargest(MAX_EXAMPLES, minute.examples, key=lambda each: (each.weight, each.post_id))),
        late=late,
        historic=historic,
    )


def _top(counts: Counter[str], count: int) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:count])
