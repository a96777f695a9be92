"""Turns a batch of raw items into events ready to be written, each on its author's partition, or into problems.

Every way in (HTTP, gRPC, `posts.submitted.v1`) goes through here. Items that name no author are looked up together:
first among the posts of the same batch, then in the index. What is about a post that is not known, or cannot be looked
up now, becomes an orphan (`orphans/`): it is on record and waits for its post. An appeal does not wait: it is for the
author of a decision, so there is a post, or it is a mistake. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.config.community import Communities
from feuerwache.common.errors import TransientError
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import AppealDecision
from feuerwache.common.events.orphan import PostOrphaned
from feuerwache.common.events.post import PostCreated, PostEdited, PostEvent
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.appeal import appeal_event, appeal_record
from feuerwache.ingest.authors import Authors, Place, author_in
from feuerwache.ingest.event import author_of, event_id_of, event_of, records_of
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.orphans.orphan import orphan_of, orphan_record
from feuerwache.ingest.problem import Problem, shown
from feuerwache.ingest.submission import SubmittedAppeal, SubmittedPost

Problems = tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """An item that may be written. `mark` tells a repeat from something else under the same event id."""

    post_id: str
    integration: str
    event: Event[PostEvent] | Event[AppealDecision] | Event[PostOrphaned]
    records: list[Outgoing]
    mark: Mark

    @property
    def event_id(self) -> UUID:
        """Of the event this is, or will be once its post is known."""
        data = self.event.data
        return data.event_id if isinstance(data, PostOrphaned) else self.event.id

    @property
    def pending(self) -> bool:
        """It waits for its post."""
        return isinstance(self.event.data, PostOrphaned)

    @property
    def place(self) -> Place | None:
        """Where the index holds this post; None for what is only about a post."""
        ref = self.event.data.ref
        return (ref.platform, ref.post_id) if isinstance(self.event.data, PostCreated | PostEdited) else None


@dataclass(frozen=True, slots=True)
class Mark:
    """What two submissions with the same event id must share to be the same thing. `content`: a post's text, or what an
    appeal says and is against, as a hash. `author` is empty while it is not known."""

    author: bytes
    content: int | None


def _as_it_is(examined: Examined, _: Integration) -> Examined:
    return examined


class Reception:
    def __init__(
        self,
        communities: Callable[[], Communities],
        authors: Authors,
        names: TopicNames,
        partitioning: Partitioning,
        clock: Clock,
        *,
        disguise: Callable[[Examined, Integration], Examined] = _as_it_is,
    ) -> None:
        """`disguise` takes out of a valid submission who wrote it, where its integration asks for that; everything
        behind it (look-ups, ids, events) sees only what it answers."""
        self._communities = communities
        self._authors = authors
        self._names = names
        self._partitioning = partitioning
        self._clock = clock
        self._disguise = disguise

    async def prepare(self, items: Sequence[tuple[Item, Integration | Problems]], way: str) -> list[Ready | Problems]:
        """One answer per item, in order. Raises `TransientError` when an appeal needs the index and it does not
        answer."""
        now = self._clock.now()
        examined = [
            self._examined(item, integration, now) if isinstance(integration, Integration) else integration
            for item, integration in items
        ]
        authors = await self._look_up(examined)
        answers: list[Ready | Problems] = []
        for (item, integration), result in zip(items, examined, strict=True):
            if isinstance(result, Examined) and isinstance(integration, Integration):
                found = authors.get(_place(result), b"")
                answers.append(self._ready(item, integration, result, found, way=way, now=now))
            elif not isinstance(result, Examined):
                answers.append(result)
        return answers

    def _examined(self, item: Item, integration: Integration, now: datetime) -> Examined | Problems:
        result = examine(item, integration, now)
        return self._disguise(result, integration) if isinstance(result, Examined) else result

    def _is_canary(self, community_id: str) -> bool:
        community = self._communities().get(community_id)
        return community is not None and community.canary

    async def _look_up(self, examined: Sequence[Examined | Problems]) -> dict[Place, bytes]:
        valid = [result for result in examined if isinstance(result, Examined)]
        wanted = [_place(result) for result in valid if author_of(result) is None or _is_appeal(result)]
        if not wanted:
            return {}
        here = {
            _place(result): author_key(result.community, result.submission.author.id)
            for result in valid
            if isinstance(result.submission, SubmittedPost)
        }
        try:
            known = await self._authors.find([place for place in wanted if place not in here])
        except TransientError:
            if any(_is_appeal(result) for result in valid):
                raise
            known = self._authors.recalled(wanted)  # the others wait on record, and not at the sender's
        return {**known, **here}

    def _ready(
        self,
        item: Item,
        integration: Integration,
        examined: Examined,
        found: bytes,
        *,
        way: str,
        now: datetime,
    ) -> Ready | Problems:
        indexed = author_in(found, examined.community)
        author_id = author_of(examined) or indexed
        source = f"/ingest/{way}/{integration.id}"
        if isinstance(examined.submission, SubmittedAppeal):
            if author_id is None:
                return (_unknown_post(examined),)
            if found and indexed != author_id:
                return (_not_the_author(author_id),)
            return self._appeal(item, integration, examined, examined.submission, author_id=author_id, source=source)
        canary = self._is_canary(examined.community)
        if author_id is None:
            return self._orphan(item, integration, examined, source=source, now=now, canary=canary)
        event = event_of(
            examined,
            event_id_of(examined),
            author_id,
            integration=integration.id,
            source=source,
            received_at=now,
            canary=canary,
            traceparent=item.traceparent,
        )
        submission = examined.submission
        text = hash(submission.text) if isinstance(submission, SubmittedPost) else None
        records = records_of(event, self._names, self._partitioning)
        mark = Mark(author_key(examined.community, author_id), text)
        return Ready(submission.post_id, integration.id, event, records, mark)

    def _appeal(
        self,
        item: Item,
        integration: Integration,
        examined: Examined,
        submission: SubmittedAppeal,
        *,
        author_id: str,
        source: str,
    ) -> Ready:
        trace = item.traceparent
        appeal = appeal_event(
            examined, submission, author_id, integration=integration.id, source=source, traceparent=trace
        )
        record = appeal_record(appeal, self._names, self._partitioning)
        mark = Mark(author_key(examined.community, author_id), hash((submission.decision_id, submission.text)))
        return Ready(submission.post_id, integration.id, appeal, [record], mark)

    def _orphan(
        self, item: Item, integration: Integration, examined: Examined, *, source: str, now: datetime, canary: bool
    ) -> Ready:
        event = orphan_of(
            examined,
            event_id_of(examined),
            integration=integration.id,
            source=source,
            received_at=now,
            canary=canary,
            traceparent=item.traceparent,
        )
        record = orphan_record(event, self._names, self._partitioning)
        return Ready(examined.submission.post_id, integration.id, event, [record], Mark(b"", None))


def _is_appeal(examined: Examined) -> bool:
    return isinstance(examined.submission, SubmittedAppeal)


def _unknown_post(examined: Examined) -> Problem:
    return Problem(
        "unknown_post",
        "post_id",
        "is a post that was not received in this community",
        "send author_id (the author of the post), or send the post first and then this again",
        examined.submission.post_id[:60],
    )


def _not_the_author(author_id: str) -> Problem:
    """Only the author of a post appeals against what was decided about it; theirs is the partition it lies on."""
    reason, fix = "is not the author of this post in this community", "leave author_id out: the author is known here"
    return Problem("other_author", "author_id", reason, fix, shown("author_id", author_id))


def _place(examined: Examined) -> Place:
    return examined.platform, examined.submission.post_id
