"""What is passed on and not answered yet, as the authors' journals on Kafka say: exact, read anew for each question.

Only the last journal of an author counts, and only those that name a due time are looked into; the rest is read over.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import uuid4

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.author import AuthorJournalled
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import AnswerForward
from feuerwache.common.events.post import PostRef
from feuerwache.common.kafka.consumer import read_partition, read_to_end
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_COMMANDS
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules.author.postrecord import PostRecord
from feuerwache.escalation.rules.forwarding.deadline import came_up, unanswered

AGAIN_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class PassedOn:
    """One post that a department has not answered. `came_up`: it was late, and is on review since."""

    ref: PostRef
    author_id: str
    department: str
    due: datetime
    came_up: bool


async def read_passed_on(settings: CommonSettings, author: tuple[str, str] | None = None) -> list[PassedOn]:
    """All of it, or what one author (community, id) wrote; the earliest due first."""
    topic = settings.topics().of(AUTHORS_JOURNAL)
    key = author_key(*author) if author is not None else None
    records = (
        read_to_end(settings, [topic])
        if key is None
        else read_partition(settings, topic, partition_of(key, settings.post_partitions))
    )
    newest: dict[bytes | None, Record] = {}
    async for record in records:
        if record.value is not None and b'"due"' in record.value and key in (None, record.key):
            newest[record.key] = record
        else:
            newest.pop(record.key, None)
    found = [each for record in newest.values() for each in passed_on(record.event().data)]
    return sorted(found, key=lambda each: (each.due, each.ref.platform, each.ref.post_id))


def passed_on(journal: AuthorJournalled) -> list[PassedOn]:
    """What of this author is not answered."""
    posts = dict.fromkeys((entry.platform, entry.post_id) for entry in journal.entries if entry.due is not None)
    found: list[PassedOn] = []
    for platform, post_id in posts:
        own = (entry for entry in journal.entries if (entry.platform, entry.post_id) == (platform, post_id))
        entry = unanswered(PostRecord.of(own))
        if entry is not None and entry.due is not None:
            ref = PostRef(community=journal.community, platform=platform, post_id=post_id)
            found.append(PassedOn(ref, journal.author_id, entry.department, entry.due, came_up(entry)))
    return found


async def answer(settings: CommonSettings, passed: PassedOn, actor: Actor, note: str, wait: float) -> bool:
    """Says that it is answered; whether the rules have taken that in within `wait` real seconds."""
    command = AnswerForward(
        ref=passed.ref, author_id=passed.author_id, department=passed.department, actor=actor, note=note
    )
    key = author_key(passed.ref.community, passed.author_id)
    event = Event(uuid4(), "/cli", settings.clock().now(), command)
    partition = partition_of(key, settings.post_partitions)
    async with EventProducer(settings) as producer:
        await producer.send(Outgoing.of(settings.topics().of(DECISIONS_COMMANDS), partition, key, event))
    until = monotonic() + wait
    while monotonic() < until:
        await asyncio.sleep(AGAIN_SECONDS)
        left = await read_passed_on(settings, (passed.ref.community, passed.author_id))
        if all(each.ref != passed.ref for each in left):
            return True
    return False
