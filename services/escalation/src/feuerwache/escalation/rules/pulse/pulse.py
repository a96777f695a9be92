"""The pulse of a batch: what it adds, minute by minute of event time, to what is counted per community.

Counts, pseudonyms and ids, never text. Canaries are left out; historic and late posts travel in increments of their
own, marked as such, and historic ones are bare counts, because nothing that is long over is shown or alarmed about.
Edits are not posts. Everything is bounded and in one order: the same batch gives the same pulse.

What the community's own team writes raises no alarm: it counts among what an integration delivered, and as an answer
to the thread and to the post it answers, nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import nlargest
from itertools import chain

from feuerwache.common.events.pulse import Example, Increment
from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.rules.community.memory import HOUR
from feuerwache.escalation.rules.language.context import minute_of
from feuerwache.escalation.rules.pulse.counted import REGULAR_POSTS, Counted, Reported
from feuerwache.escalation.rules.pulse.gain import Copies, Quarrels, Threads, bounded

MAX_TERMS = 20
#: Pseudonyms of a kind that an increment carries; a batch has rarely so many posts of one minute.
MAX_PEOPLE, MAX_SUBJECTS, MAX_INTEGRATIONS = 1000, 200, 50
#: Examples of an increment: the most reported, the strongest, the most seen, the newest, the first.
MAX_STRONGEST, MAX_REPORTED = 2, 2
MAX_EXAMPLES = MAX_STRONGEST + 3 + MAX_REPORTED
#: Copies are worth telling from so many authors or posts on, this one included.
COPY_AUTHORS, COPY_POSTS = 2, 3


@dataclass(frozen=True, slots=True)
class When:
    """Which increment something belongs to: community, time of the event, and how old it was when judged."""

    community: str
    at: datetime
    late: bool = False
    historic: bool = False


@dataclass(slots=True)
class _Minute:
    posts: int = 0
    negative: int = 0
    reports: int = 0
    reach: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    terms: list[Mapping[str, int]] = field(default_factory=list)
    authors: set[str] = field(default_factory=set)
    new_authors: set[str] = field(default_factory=set)
    regular_authors: set[str] = field(default_factory=set)
    reporters: set[str] = field(default_factory=set)
    complaints: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    integrations: Counter[str] = field(default_factory=Counter)
    threads: Threads = field(default_factory=Threads)
    copies: Copies = field(default_factory=Copies)
    quarrels: Quarrels = field(default_factory=Quarrels)
    shown: list[Counted] = field(default_factory=list)
    reported: dict[tuple[str, str], Reported] = field(default_factory=dict)


_Key = tuple[str, datetime, bool, bool]


class Pulse:
    """Gathers a batch; `increments` hands out what belongs to each shard."""

    def __init__(self) -> None:
        self._minutes: dict[_Key, _Minute] = {}

    def post(self, counted: Counted) -> None:
        """A newly created post of somebody outside the team."""
        minute = self._minute(When(counted.community, counted.at, counted.late, counted.historic))
        minute.posts += 1
        minute.negative += counted.negative
        minute.reach += counted.reach
        minute.labels.update(counted.labels)
        minute.actions[counted.action.value] += 1
        author = counted.row.author
        minute.authors.add(author)
        if counted.row.newcomer:
            minute.new_authors.add(author)
        if counted.earlier_posts >= REGULAR_POSTS:
            minute.regular_authors.add(author)
        minute.terms.append(counted.terms)
        if counted.historic:
            return
        minute.shown.append(counted)
        if counted.complaint:
            minute.complaints.add(counted.subject)
        answer = counted.answer
        if answer is not None:
            minute.threads.take(counted, answer)
            if answer.pair and counted.hostile:
                minute.quarrels.take(counted, answer)
        if counted.copies:
            self._copied(counted, minute)

    def report(self, when: When, reported: Reported) -> None:
        minute = self._minute(when)
        minute.reports += 1
        if when.historic:
            return
        minute.reporters.add(reported.reporter)
        known = minute.reported.get((reported.platform, reported.post_id))
        if known is None or known.times <= reported.times:
            minute.reported[reported.platform, reported.post_id] = reported

    def answer(self, when: When, subjects: Iterable[str]) -> None:
        """The team has answered, or decided about, these threads and posts (pseudonyms)."""
        if not when.historic:
            self._minute(when).answered.update(subjects)

    def deliver(self, when: When, integration: str) -> None:
        """An event of any kind came in; what is late or historic says nothing about whether an integration lives."""
        if not (when.late or when.historic):
            self._minute(when).integrations[integration] += 1

    def increments(self, shards: int) -> dict[int, tuple[Increment, ...]]:
        """shard → increments, in order of minute and community: the same batch gives the same pulse."""
        by_shard: dict[int, list[Increment]] = {}
        for key in sorted(self._minutes, key=lambda each: (each[1], each[0], each[2], each[3])):
            by_shard.setdefault(shard_of(key[0], shards), []).append(_increment(key, self._minutes[key]))
        return {shard: tuple(increments) for shard, increments in sorted(by_shard.items())}

    def _minute(self, when: When) -> _Minute:
        key = (when.community, minute_of(when.at), when.late, when.historic)
        minute = self._minutes.get(key)
        if minute is None:
            minute = self._minutes[key] = _Minute()
        return minute

    def _copied(self, counted: Counted, minute: _Minute) -> None:
        """Tells a copy once there are enough of them; whoever was first, and alone then, is told with the second."""
        authors = {row.author for row in counted.copies}
        posts = len(counted.copies)
        if len(authors | {counted.row.author}) < COPY_AUTHORS and posts + 1 < COPY_POSTS:
            return
        cluster = counted.row.cluster or counted.row.post
        minute.copies.take(cluster, counted.row, counted)
        if len(authors) >= COPY_AUTHORS or posts >= COPY_POSTS:
            return  # the others were told when they came
        for row in counted.copies:
            if abs(counted.row.at - row.at) < HOUR:
                at = datetime.fromtimestamp(row.at, UTC)
                when = When(counted.community, at, counted.late, counted.historic)
                self._minute(when).copies.take(cluster, row)


def _examples(minute: _Minute, common: Mapping[str, int]) -> tuple[Example, ...]:
    """Posts worth showing, each once: the most reported, the strongest, the most seen, the newest, the first."""
    chosen: dict[tuple[str, str], Example] = {}
    for reported in nlargest(MAX_REPORTED, minute.reported.values(), key=lambda each: (each.times, each.post_id)):
        chosen[reported.platform, reported.post_id] = reported.example()
    if minute.shown:
        posts = minute.shown
        most_seen = max(posts, key=lambda each: (each.reach, each.weight, each.post_id))
        newest = max(posts, key=lambda each: (each.at, each.post_id))
        first = min(posts, key=lambda each: (each.at, each.post_id))
        strongest = nlargest(MAX_STRONGEST, posts, key=lambda each: (each.weight, each.post_id))
        for post in (*strongest, most_seen, newest, first):
            if (post.platform, post.post_id) not in chosen:
                chosen[post.platform, post.post_id] = post.example(common)
    return tuple(chosen.values())


def _increment(key: _Key, minute: _Minute) -> Increment:
    community, at, late, historic = key
    common = Counter(chain.from_iterable(minute.terms))
    return Increment(
        community=community,
        minute=at,
        posts=minute.posts,
        negative=minute.negative,
        reports=minute.reports,
        reach=minute.reach,
        labels=dict(sorted(minute.labels.items())),
        actions=dict(sorted(minute.actions.items())),
        authors=bounded(minute.authors, MAX_PEOPLE),
        new_authors=bounded(minute.new_authors, MAX_PEOPLE),
        regular_authors=bounded(minute.regular_authors, MAX_PEOPLE),
        reporters=bounded(minute.reporters, MAX_PEOPLE),
        hot_threads=minute.threads.gains(),
        copies=minute.copies.gains(common),
        quarrels=minute.quarrels.gains(common),
        complaints=bounded(minute.complaints, MAX_SUBJECTS),
        answered=bounded(minute.answered, MAX_SUBJECTS),
        integrations=_top(minute.integrations, minute.integrations, MAX_INTEGRATIONS),
        terms=_top(common, _weights(common, minute.terms), MAX_TERMS),
        examples=_examples(minute, common),
        late=late,
        historic=historic,
    )


def _weights(common: Counter[str], terms: Iterable[Mapping[str, int]]) -> Counter[str]:
    """How often each word was said, and once more where it weighs more."""
    weights = common.copy()
    for each in terms:
        for term, weight in each.items():
            if weight > 1:
                weights[term] += weight - 1
    return weights


def _top(counts: Counter[str], ranks: Counter[str], count: int) -> dict[str, int]:
    """The counts of those that rank first."""
    first = sorted(ranks.items(), key=lambda each: (-each[1], each[0]))[:count]
    return {name: counts[name] for name, _ in first}
