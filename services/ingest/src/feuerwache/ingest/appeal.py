"""From an author's appeal, as a platform hands it in, to the command that puts it before the rules. Pure.

The command lies on the partition of the author's posts and says which integration brought it: that is the actor, by its
token. Its id comes from the platform, the post and the platform's own id of the appeal, so sent twice it is heard once.
"""

from __future__ import annotations

from uuid import UUID

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import AppealDecision
from feuerwache.common.events.post import PostRef
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import DECISIONS_COMMANDS, Partitioning, TopicNames
from feuerwache.ingest.examination import Examined
from feuerwache.ingest.submission import SubmittedAppeal


def appeal_event(
    examined: Examined,
    appeal: SubmittedAppeal,
    author_id: str,
    *,
    integration: str,
    source: str,
    traceparent: str | None = None,
) -> Event[AppealDecision]:
    """The command; its time is when the author appealed. Built without a second validation, as `event.py` does."""
    event_id: UUID = derived_id("appealed", examined.platform, appeal.post_id, appeal.appeal_id)
    command = AppealDecision.model_construct(
        ref=PostRef.model_construct(community=examined.community, platform=examined.platform, post_id=appeal.post_id),
        author_id=author_id,
        decision_id=appeal.decision_id,
        actor=Actor.model_construct(person_id=integration, via=Via.TOKEN),
        text=appeal.text,
    )
    return Event(id=event_id, source=source, time=appeal.appealed_at, data=command, traceparent=traceparent)


def appeal_record(event: Event[AppealDecision], names: TopicNames, partitioning: Partitioning) -> Outgoing:
    key = author_key(event.data.ref.community, event.data.author_id)
    partition = partition_of(key, partitioning.of(DECISIONS_COMMANDS))
    return Outgoing.of(names.of(DECISIONS_COMMANDS), partition, key, event)
