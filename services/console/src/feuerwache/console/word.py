"""A human's word on a post or an author: written to `decisions.commands.v1`, waited for until it is on record.

What comes of it is looked for in the author's partition from where that ended before the word was given, so nothing is
missed and nothing old is taken for an answer.
"""

from __future__ import annotations

from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.events.author import AuthorJournalled, JournalEntry
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import (
    AnswerAppeal,
    AppealChanged,
    AppealDecision,
    DecideAuthor,
    DecisionMade,
    ReviewDecision,
)
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.consumer import read_partition, to_record, unattached
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import AUTHORS_JOURNAL, DECISIONS_COMMANDS, DECISIONS_MADE
from feuerwache.common.settings import CommonSettings

POLL_MS = 200
Word = ReviewDecision | AppealDecision | AnswerAppeal | DecideAuthor
#: What is on record of a word: a decision, where an appeal stands, or the author's journal.
Heard = Event[DecisionMade] | Event[AppealChanged] | Event[AuthorJournalled]


async def give(settings: CommonSettings, word: Word, wait: float) -> Heard | None:
    """What the rules have made of it, None if nothing within `wait` real seconds: it is written all the same.

    Raises what `refusal` says when the broker cannot be asked.
    """
    community = word.community if isinstance(word, DecideAuthor) else word.ref.community
    key = author_key(community, word.author_id)
    partition = partition_of(key, settings.post_partitions)
    event = Event(uuid4(), "/cli", settings.clock().now(), word)
    names = settings.topics()
    watched = [TopicPartition(names.of(topic), partition) for topic in (DECISIONS_MADE, AUTHORS_JOURNAL)]
    consumer = unattached(settings)
    try:
        await consumer.start()
        consumer.assign(watched)
        for place, end in (await consumer.end_offsets(watched)).items():
            consumer.seek(place, end)
        async with EventProducer(settings) as producer:
            await producer.send(Outgoing.of(names.of(DECISIONS_COMMANDS), partition, key, event))
        until, sign = monotonic() + wait, str(event.id).encode()
        while monotonic() < until:
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    if record.value is not None and sign in record.value:
                        heard = to_record(record).event()
                        if _answers(heard.data, event.id, word):
                            return heard
    except KafkaError as error:
        raise await refusal(settings, error) from error
    finally:
        await consumer.stop()
    return None


async def read_journal(settings: CommonSettings, community: str, author_id: str) -> AuthorJournalled | None:
    """What the rules know of this author, None when they have never heard of one."""
    key = author_key(community, author_id)
    partition = partition_of(key, settings.post_partitions)
    newest = None
    async for record in read_partition(settings, settings.topics().of(AUTHORS_JOURNAL), partition):
        if record.key == key:
            newest = record
    return newest.event().data if newest is not None and newest.value is not None else None


def standing(journal: AuthorJournalled) -> JournalEntry | None:
    """The last word on the author as a whole."""
    return next((entry for entry in reversed(journal.entries) if entry.kind == "standing"), None)


def _answers(data: Any, cause: UUID, word: Word) -> bool:
    match data:
        case DecisionMade(cause_id=asked):
            return asked == cause and (isinstance(word, ReviewDecision) or _replaces(word))
        case AppealChanged(cause_id=asked):
            return asked == cause and not _replaces(word)
        case AuthorJournalled(entries=entries):
            return isinstance(word, DecideAuthor) and any(entry.event_id == cause for entry in entries)
    return False


def _replaces(word: Word) -> bool:
    return isinstance(word, AnswerAppeal) and not word.upheld
