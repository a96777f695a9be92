"""What names no author and whose post is not known: how it is written down, how it waits, what it becomes. Pure.

It goes to `posts.orphaned.v1` on the partition of its post. While it waits it also stands in `posts.waiting.v1`, under
its post and the event it will become, so the same thing sent twice waits once. The state record keeps where the
orphan stood and when the broker took it: its ten minutes do not begin anew with a restart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.orphan import PostOrphaned
from feuerwache.common.events.post import PostDeleted, PostEvent, PostModerated, PostRef, PostReported
from feuerwache.common.kafka.keys import SEPARATOR, partition_of, post_key
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import POSTS_ORPHANED, Partitioning, TopicNames
from feuerwache.ingest.examination import Examined
from feuerwache.ingest.submission import SubmittedDeletion, SubmittedModeration, SubmittedReport

OFFSET = "fw_orphan_offset"
SINCE = "fw_orphan_since_ms"

#: Platform and post id.
Place = tuple[str, str]


def orphan_of(
    examined: Examined,
    event_id: UUID,
    *,
    integration: str,
    source: str,
    received_at: datetime,
    canary: bool = False,
    traceparent: str | None = None,
) -> Event[PostOrphaned]:
    """The orphan of a deletion, a report or a human's action. `event_id` is that of the event it will be."""
    submission = examined.submission
    common: dict[str, Any] = {
        "ref": PostRef(community=examined.community, platform=examined.platform, post_id=submission.post_id),
        "event_id": event_id,
        "integration": integration,
        "source": source,
        "received_at": received_at,
        "historic": submission.historic,
        "canary": canary,
    }
    match submission:
        case SubmittedDeletion(deleted_at=at):
            data = PostOrphaned(**common, kind="deleted", at=at)
        case SubmittedReport(reported_at=at, report_id=report, reporter_id=reporter, reason=reason):
            data = PostOrphaned(**common, kind="reported", at=at, report_id=report, reporter_id=reporter, reason=reason)
        case SubmittedModeration(moderated_at=at, action=action, moderator_id=moderator, note=note):
            data = PostOrphaned(**common, kind="moderated", at=at, action=action, moderator_id=moderator, note=note)
        case _:
            raise AssertionError(f"{type(submission).__name__} needs its author at once")
    return Event(id=derived_id("orphaned", event_id), source=source, time=at, data=data, traceparent=traceparent)


def orphan_record(event: Event[PostOrphaned], names: TopicNames, partitioning: Partitioning) -> Outgoing:
    key = post_key(event.data.ref.platform, event.data.ref.post_id)
    return Outgoing.of(names.of(POSTS_ORPHANED), partition_of(key, partitioning.of(POSTS_ORPHANED)), key, event)


def found(orphan: Event[PostOrphaned], author_id: str) -> Event[PostEvent]:
    """What it becomes now that the author is known: the same event as if that had been known at once."""
    data = orphan.data
    common: dict[str, Any] = {
        "ref": data.ref,
        "author_id": author_id,
        "integration": data.integration,
        "received_at": data.received_at,
        "historic": data.historic,
        "canary": data.canary,
    }
    event: PostEvent
    match data.kind:
        case "deleted":
            event = PostDeleted(**common, deleted_at=data.at)
        case "reported":
            event = PostReported(
                **common,
                report_id=data.report_id,
                reporter_id=data.reporter_id,
                reason=data.reason,
                reported_at=data.at,
            )
        case "moderated":
            event = PostModerated(
                **common, action=data.action, moderator_id=data.moderator_id, note=data.note, moderated_at=data.at
            )
    return Event(id=data.event_id, source=data.source, time=data.at, data=event, traceparent=orphan.traceparent)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An orphan as it was read. `record` is as it stood in `posts.orphaned.v1`, its time stamp the broker's."""

    record: Record
    event: Event[PostOrphaned]

    @classmethod
    def read(cls, record: Record) -> Waiting:
        """Raises `InvalidRecord`."""
        event = record.event()
        if not isinstance(event.data, PostOrphaned):
            raise InvalidRecord(f"not an orphan but {event.data.TYPE}")
        return cls(record, event)

    @property
    def key(self) -> bytes:
        """Of `posts.waiting.v1`: the post, and what waits for it."""
        ref = self.event.data.ref
        return post_key(ref.platform, ref.post_id) + f"{SEPARATOR}{self.event.data.event_id}".encode()

    @property
    def place(self) -> Place:
        return self.event.data.ref.platform, self.event.data.ref.post_id

    @property
    def since_ms(self) -> int:
        """When the broker took it, in Unix milliseconds of real time."""
        return self.record.timestamp_ms

    def kept(self, topic: str) -> Outgoing:
        """As it stands in the state topic while it waits."""
        headers = [
            *self.record.headers,
            (OFFSET, str(self.record.offset).encode()),
            (SINCE, str(self.record.timestamp_ms).encode()),
        ]
        return Outgoing(topic, self.record.partition, self.key, self.record.value, headers)

    def gone(self, topic: str) -> Outgoing:
        """What takes it away from there."""
        return Outgoing(topic, self.record.partition, self.key, None)


def restored(record: Record, orphaned_topic: str) -> Waiting:
    """A state record as the orphan it was. Raises `InvalidRecord`."""
    headers = dict(record.headers)
    try:
        original = Record(
            orphaned_topic,
            record.partition,
            int(headers[OFFSET] or b""),
            int(headers[SINCE] or b""),
            None,
            record.value,
            tuple(header for header in record.headers if header[0] not in {OFFSET, SINCE}),
        )
    except (KeyError, ValueError) as error:
        raise InvalidRecord(f"not a waiting orphan: {type(error).__name__}") from error
    waiting = Waiting.read(original)
    return replace(waiting, record=replace(original, key=post_key(*waiting.place)))
