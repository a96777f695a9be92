"""What the threads, the copies of a text, and pairs of people gained in a minute. Bounded, and in one order.

Three gatherers of one batch's posts: each takes them one by one and says in the end what there was, the most first.
The same posts give the same gains, in whatever order they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from feuerwache.common.events.pulse import CopyGain, Example, QuarrelGain, ThreadGain
from feuerwache.escalation.rules.community.answer import Answer
from feuerwache.escalation.rules.community.memory import Row
from feuerwache.escalation.rules.pulse.counted import Counted

#: Said at most per minute: threads and their people, clusters and their people, pairs.
MAX_THREADS, MAX_THREAD_AUTHORS = 10, 50
MAX_COPIES, MAX_COPY_AUTHORS = 10, 100
MAX_QUARRELS = 10


def bounded(pseudonyms: Iterable[str], count: int) -> tuple[str, ...]:
    """At most `count`, in rising order: of hashes, that is as good as drawn by lot."""
    return tuple(sorted(pseudonyms)[:count])


@dataclass(slots=True)
class _Thread:
    posts: int = 0
    hostile: int = 0
    depth: int = 0
    authors: set[str] = field(default_factory=set)


class Threads:
    """Answers by thread; a post nobody answered is none."""

    def __init__(self) -> None:
        self._threads: dict[tuple[str, str], _Thread] = {}

    def take(self, counted: Counted, answer: Answer) -> None:
        gained = self._threads.setdefault((counted.platform, answer.thread), _Thread())
        gained.posts += 1
        gained.hostile += counted.hostile
        gained.depth = max(gained.depth, answer.depth)
        gained.authors.add(counted.row.author)

    def gains(self) -> tuple[ThreadGain, ...]:
        most = sorted(self._threads.items(), key=lambda each: (-each[1].posts, each[0]))
        return tuple(
            ThreadGain(
                platform=platform,
                thread=thread,
                posts=gained.posts,
                hostile=gained.hostile,
                authors=bounded(gained.authors, MAX_THREAD_AUTHORS),
                depth=gained.depth,
            )
            for (platform, thread), gained in most[:MAX_THREADS]
        )


class Copies:
    """Posts by the cluster they are copies in; a post that is seen twice counts once."""

    def __init__(self) -> None:
        self._clusters: dict[str, dict[str, tuple[Row, Counted | None]]] = {}

    def take(self, cluster: str, row: Row, counted: Counted | None = None) -> None:
        """`counted` None: the post is only remembered, and cannot be shown."""
        members = self._clusters.setdefault(cluster, {})
        if counted is not None or row.post not in members:
            members[row.post] = row, counted

    def gains(self, common: Mapping[str, int]) -> tuple[CopyGain, ...]:
        most = sorted(self._clusters.items(), key=lambda each: (-len(each[1]), each[0]))
        return tuple(
            CopyGain(
                cluster=cluster,
                posts=len(members),
                authors=bounded({row.author for row, _ in members.values()}, MAX_COPY_AUTHORS),
                new_authors=bounded({row.author for row, _ in members.values() if row.newcomer}, MAX_COPY_AUTHORS),
                example=_strongest((counted for _, counted in members.values()), common),
            )
            for cluster, members in most[:MAX_COPIES]
        )


class Quarrels:
    """Hostile answers by the two people they pass between."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], list[tuple[Counted, Answer]]] = {}

    def take(self, counted: Counted, answer: Answer) -> None:
        """A hostile answer to somebody who is known."""
        self._pairs.setdefault((answer.pair, counted.platform), []).append((counted, answer))

    def gains(self, common: Mapping[str, int]) -> tuple[QuarrelGain, ...]:
        most = sorted(self._pairs.items(), key=lambda each: (-len(each[1]), each[0]))
        return tuple(_quarrel(pair, posts, common) for (pair, _), posts in most[:MAX_QUARRELS])


def _quarrel(pair: str, posts: list[tuple[Counted, Answer]], common: Mapping[str, int]) -> QuarrelGain:
    """`forth` is what the one with the smaller pseudonym wrote; the thread is that of the strongest answer."""
    forth = sum(counted.row.author < answer.addressee for counted, answer in posts)
    counted, answer = max(posts, key=lambda each: (each[0].weight, each[0].post_id))
    return QuarrelGain(
        pair=pair,
        forth=forth,
        back=len(posts) - forth,
        platform=counted.platform,
        thread=answer.thread,
        example=counted.example(common),
    )


def _strongest(posts: Iterable[Counted | None], common: Mapping[str, int]) -> Example | None:
    shown = max(filter(None, posts), key=lambda each: (each.weight, each.post_id), default=None)
    return shown.example(common) if shown is not None else None
