"""The promise that nothing is lost and nothing shows up twice, as anybody can check it from outside.

Over everything a `read_committed` consumer sees: each accepted (platform, post, revision) has exactly one decision
with cause `post`, or was withdrawn before it got one, or lies in a dead-letter topic with its reason. `Books` is the
pure part; `check` reads the topics of a broker into it. Canaries, which nobody sent, are left out of the figures.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import DecisionMade, DecisionWithdrawn
from feuerwache.common.events.post import PostCreated, PostEdited, PostRef
from feuerwache.common.kafka.consumer import read_to_end
from feuerwache.common.kafka.deadletters import REASON
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DECISIONS_MADE, POSTS_RECEIVED, TOPICS, Topic, TopicNames
from feuerwache.common.settings import CommonSettings

#: One revision of one post: platform, post id, revision.
Key = tuple[str, str, int]
SHOWN = 20
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of the check. `examples` names some of the posts that break the promise, by what is wrong;
    `reasons` counts the dead letters by what their stages said about them.
    """

    posts_accepted: int
    decisions: int
    decisions_duplicate: int
    posts_without_decision: int
    decisions_without_post: int
    withdrawn: int
    posts_dead_lettered: int
    dead_letters: int
    examples: dict[str, list[Key]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not (self.decisions_duplicate or self.posts_without_decision or self.decisions_without_post)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "holds": self.holds}


class Books:
    """What was accepted and what became of it. Records may come in any order and more than once per topic scan."""

    def __init__(self) -> None:
        self.accepted: set[Key] = set()
        self.classified: set[Key] = set()
        self.decided: Counter[Key] = Counter()
        self.withdrawn: set[Key] = set()
        self.dead: set[Key] = set()
        self.reasons: Counter[str] = Counter()

    def received(self, record: Record) -> None:
        """A record of `posts.received.v1`. What is no event there ends as a dead letter; it was never accepted."""
        if (key := _written(_payload(record))) is not None:
            self.accepted.add(key)

    def classification(self, record: Record) -> None:
        """A record of `posts.classified.v1` (for the picture of the flow; no part of the promise)."""
        payload = _payload(record)
        if isinstance(payload, PostClassified) and (key := _written(payload.received)) is not None:
            self.classified.add(key)

    def decision(self, record: Record) -> None:
        """A record of `decisions.made.v1`."""
        payload = _payload(record)
        if isinstance(payload, DecisionMade | DecisionWithdrawn) and payload.canary:
            return
        if isinstance(payload, DecisionMade) and payload.cause == "post":
            self.decided[_key(payload.ref, payload.revision)] += 1
        elif isinstance(payload, DecisionWithdrawn):
            self.withdrawn.add(_key(payload.ref, payload.revision))

    def dead_letter(self, record: Record) -> None:
        """A record of a dead-letter topic: any counts, those of posts also settle the post."""
        headers = dict(record.headers)
        self.reasons[(headers.get(REASON) or b"no reason given").decode(errors="replace")] += 1
        payload = _payload(record)
        if isinstance(payload, PostClassified):
            payload = payload.received
        if (key := _written(payload)) is not None:
            self.dead.add(key)

    @property
    def dead_letters(self) -> int:
        return self.reasons.total()

    def verdict(self) -> Verdict:
        decided = set(self.decided)
        twice = {key for key, count in self.decided.items() if count > 1} | (decided & self.dead)
        lost = self.accepted - decided - self.withdrawn - self.dead
        unknown = decided - self.accepted
        wrong = {"twice": twice, "without decision": lost, "without post": unknown}
        return Verdict(
            posts_accepted=len(self.accepted),
            decisions=len(decided),
            decisions_duplicate=sum(self.decided.values()) - len(decided) + len(decided & self.dead),
            posts_without_decision=len(lost),
            decisions_without_post=len(unknown),
            withdrawn=len((self.accepted & self.withdrawn) - decided),
            posts_dead_lettered=len((self.accepted & self.dead) - decided),
            dead_letters=self.dead_letters,
            examples={what: sorted(keys)[:SHOWN] for what, keys in wrong.items() if keys},
            reasons=dict(self.reasons.most_common(SHOWN)),
        )


def dead_letter_topics(names: TopicNames) -> list[str]:
    return [names.dlq(topic) for topic in TOPICS if topic.dead_letters]


async def read(settings: CommonSettings) -> Books:
    """Everything committed on this broker so far. Raises `TransientError`."""
    names, books = settings.topics(), Books()

    def name(topic: Topic) -> str:
        return names.of(topic)

    # Posts are read after what answers them: with posts still coming in, some may lack a decision, never the reverse.
    async for record in read_to_end(settings, [name(DECISIONS_MADE)]):
        books.decision(record)
    async for record in read_to_end(settings, dead_letter_topics(names)):
        books.dead_letter(record)
    async for record in read_to_end(settings, [name(POSTS_RECEIVED)]):
        books.received(record)
    return books


async def check(settings: CommonSettings) -> Verdict:
    """The verdict as of now. While posts are still under way some have no decision yet; see `settled`."""
    return (await read(settings)).verdict()


async def settled(settings: CommonSettings, patience: float = 60.0) -> Verdict:
    """The verdict once it holds, or the last one after `patience` real seconds without any progress."""
    progress, moved = (0, 0), time.monotonic()
    while True:
        verdict = await check(settings)
        now = (verdict.decisions, verdict.dead_letters)
        if now != progress:
            progress, moved = now, time.monotonic()
        if verdict.holds or time.monotonic() - moved > patience:
            return verdict
        await asyncio.sleep(POLL_SECONDS)


def _payload(record: Record) -> object:
    try:
        return record.event().data
    except InvalidRecord:
        return None


def _written(payload: object) -> Key | None:
    """The key of a created or edited post; None for everything else, and for canaries."""
    if isinstance(payload, PostCreated | PostEdited) and not payload.canary:
        return _key(payload.ref, payload.post.revision)
    return None


def _key(ref: PostRef, revision: int) -> Key:
    return ref.platform, ref.post_id, revision


__all__ = ["Books", "Key", "Verdict", "check", "dead_letter_topics", "read", "settled"]
