"""The second half of the house: detectors over pulses, incidents over alarms, the notifier over pages.

Their topics are filled here, so that each is measured alone and over more than an evening's worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bench.counting import count, drained
from bench.stack import Stack
from bench.throughput import CHUNK, Row
from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageReceipt, PageRequested, PageSubject, PersonTarget
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.kafka import keys, topics
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.local import ports
from feuerwache.local.mailbox import Mailbox

COMMUNITY, BRAND = "morgenrot-forum", "morgenrot"
PULSE_POSTS = 20


async def crisis(stack: Stack, records: int) -> Row:
    """Pulses of one busy community, each with the posts of a second."""
    return await _drain(stack, "crisis", topics.COMMUNITIES_PULSE, "pulses", _pulses(stack, records))


async def incidents(stack: Stack, records: int) -> Row:
    """Alarms of one community and kind: each changes the same incident."""
    return await _drain(stack, "incidents", topics.ALARMS_RAISED, "alarms", _alarms(stack, records))


async def notifier(stack: Stack, records: int) -> Row:
    """Pages to one person by mail, into a mailbox on loopback: from the first claim to the last settlement."""
    port = ports.free_port()
    await _fill(stack, _pages(stack, records))
    async with Mailbox(stack.home / "mail", port):
        # Each page is to be a mail of its own.
        alone = {"FEUERWACHE_PAGE_GATHER_SECONDS": "0", "FEUERWACHE_PAGE_CAP": "0"}
        environment = {"FEUERWACHE_SMTP_HOST": ports.HOST, "FEUERWACHE_SMTP_PORT": str(port), **alone}
        async with stack.service("feuerwache.notifier", **environment) as child:
            receipts = topics.PAGES_RECEIPTS.name
            # Two receipts a page: claimed, sent.
            counted = await count(stack.settings, receipts, stack.settings.shards, 2 * records, [PageReceipt.TYPE])
            return Row("notifier, mails", records, records / counted.seconds, stack.resident_megabytes(child))


async def _drain(stack: Stack, group: str, topic: topics.Topic, what: str, records: Iterator[Outgoing]) -> Row:
    await _fill(stack, records)
    async with stack.service(f"feuerwache.escalation.{group}") as child:
        counted = await drained(stack.settings, group, topic.name)
        return Row(f"{group}, {what}", counted.records, counted.per_second, stack.resident_megabytes(child))


async def _fill(stack: Stack, records: Iterator[Outgoing]) -> None:
    async with EventProducer(stack.settings) as producer:
        pending = list(records)
        for first in range(0, len(pending), CHUNK):
            await producer.send_all(pending[first : first + CHUNK])


def _outgoing(stack: Stack, topic: topics.Topic, at: datetime, payload: Payload) -> Outgoing:
    brand = "" if topic is topics.COMMUNITIES_PULSE else BRAND
    shard = keys.alarm_shard(COMMUNITY, brand, stack.settings.shards)
    event: Event[Payload] = Event(derived_id("bench", uuid4()), "/bench", at, payload)
    return Outgoing.of(topic.name, shard, keys.shard_key(shard), event)


def _pulses(stack: Stack, many: int) -> Iterator[Outgoing]:
    shard = keys.shard_of(COMMUNITY, stack.settings.shards)
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(seconds=many)
    for number in range(many):
        at = begin + timedelta(seconds=number)
        increment = Increment(
            community=COMMUNITY,
            minute=at.replace(second=0),
            posts=PULSE_POSTS,
            negative=1,
            authors=tuple(f"{number * PULSE_POSTS + each:08x}" for each in range(PULSE_POSTS)),
            terms={f"wort{each}": 2 for each in range(PULSE_POSTS)},
        )
        payload = CommunitiesPulsed(shard=shard, source_partition=99, sequence=number + 1, increments=(increment,))
        yield _outgoing(stack, topics.COMMUNITIES_PULSE, at, payload)


def _alarms(stack: Stack, many: int) -> Iterator[Outgoing]:
    at = datetime.now(UTC)
    for _ in range(many):
        payload = AlarmRaised(
            community=COMMUNITY,
            brand=BRAND,
            kind=CrisisKind.VOLUME_BURST,
            severity=Severity.HIGH,
            onset=at,
            seen_at=at,
        )
        yield _outgoing(stack, topics.ALARMS_RAISED, at, payload)


def _pages(stack: Stack, many: int) -> Iterator[Outgoing]:
    at = datetime.now(UTC)
    subject = PageSubject(
        community=COMMUNITY,
        community_title="Morgenrot-Forum",
        kind=CrisisKind.VOLUME_BURST,
        severity=Severity.HIGH,
        onset=at,
    )
    for _ in range(many):
        target = PersonTarget(person_id="anna.bergmann")
        page = PageRequested(incident_id=uuid4(), step=0, targets=(target,), subject=subject, due_at=at)
        yield _outgoing(stack, topics.PAGES_REQUESTED, at, page)
