"""Whatever stands in a topic, the stage that reads it puts it away with a reason and goes on with the next record.

Every topic a runner reads, each with its real stage on the real broker, and the same four kinds of poison.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from feuerwache.classifier.bootstrap import serve as serve_classifier
from feuerwache.classifier.settings import ClassifierSettings
from feuerwache.common.clock import AcceleratedClock, Clock, SystemClock
from feuerwache.common.events import codec
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Declare
from feuerwache.common.events.orphan import PostOrphaned
from feuerwache.common.events.page import DeliveryFailed, PageRequested, PersonTarget
from feuerwache.common.events.post import PostCreated, PostIndexed
from feuerwache.common.health import Health
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ACTIONS_RECEIPTS,
    ALARMS_RAISED,
    COMMUNITIES_PULSE,
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    ONCALL_OVERRIDES,
    PAGES_FAILURES,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    POSTS_CLASSIFIED,
    POSTS_INDEX,
    POSTS_ORPHANED,
    POSTS_RECEIVED,
    POSTS_SUBMITTED,
    POSTS_WAITING,
    TOPICS,
    Topic,
)
from feuerwache.common.process import Process
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.incidents.bootstrap import compose as compose_incidents
from feuerwache.escalation.rules.bootstrap import serve as serve_rules
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.notifier.bootstrap import serve as serve_notifier
from feuerwache.notifier.settings import NotifierSettings
from support import incidents, rules
from support.ingest import STANDING, make_settings
from support.ingest import TOPICS as INGESTED
from support.ingest import running as running_ingest
from support.kafka import BRISK, dead_letters, until
from support.mailbox import Mailbox
from support.samples import event, sample
from support.servers import KafkaServer
from support.submissions import post

CONFIG = Path(__file__).parents[2] / "config"
#: Read by projections and by Faust, which have tests of their own, or by nobody yet.
READ_OTHERWISE = {
    POSTS_INDEX,
    DECISIONS_MADE,
    INCIDENTS_CHANGED,
    COMMUNITIES_PULSE,
    ONCALL_OVERRIDES,
    ACTIONS_RECEIPTS,
}
Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True)
class Corner:
    """One test's own topics, folder and servers."""

    settings: CommonSettings
    redis_url: str
    folder: Path

    def of(self, kind: type[Any], **more: Any) -> Any:
        """Settings of one service for this corner."""
        return kind(**{**self.settings.model_dump(), **more})

    async def put(self, topic: Topic, value: bytes | None, headers: Headers) -> None:
        name = self.settings.topics().of(topic)
        brand = incidents.BRAND if topic in LEADS else ""
        partition = alarm_shard(incidents.COMMUNITY, brand, self.settings.shards) if topic.sharded else 0
        async with EventProducer(self.settings) as producer:
            await producer.send(Outgoing(name, partition, b"k", value, list(headers)))

    async def send(self, topic: Topic, given: Event[Payload]) -> None:
        await self.put(topic, *codec.encode(given))

    async def until(self, topic: Topic, count: int) -> list[Event[Any]]:
        """The events of a topic once there are that many; there must not be more."""
        name = self.settings.topics().of(topic)

        async def there() -> bool:
            return len(await read_topic(self.settings, name)) >= count

        await until(there, f"{count} records in {topic.name}")
        found = [record.event() for record in await read_topic(self.settings, name)]
        assert len(found) == count
        return found


@asynccontextmanager
async def process(
    name: str, settings: CommonSettings, clock: Clock, serve: Callable[[Process], Awaitable[None]]
) -> AsyncIterator[None]:
    """A service's own composition in this process; ended in an orderly way."""
    shell = Process(name, settings, clock, Health(), asyncio.Event())
    work = asyncio.ensure_future(serve(shell))
    try:
        yield
    finally:
        shell.stop.set()
        await asyncio.wait({work}, timeout=30)
        work.result()


def ingest(corner: Corner) -> AbstractAsyncContextManager[Any]:
    settings = corner.settings
    made = make_settings(corner.folder, settings.kafka_bootstrap, corner.redis_url, settings.topic_prefix)
    return running_ingest(made.model_copy(update={"post_partitions": settings.post_partitions}), topics=False)


def classifier(corner: Corner) -> AbstractAsyncContextManager[None]:
    settings = corner.of(ClassifierSettings, config_dir=corner.folder)
    registry = CollectorRegistry()
    return process(
        "classifier", settings, SystemClock(), lambda shell: serve_classifier(shell, settings, registry, BRISK)
    )


def judging(corner: Corner) -> AbstractAsyncContextManager[None]:
    settings = corner.of(RulesSettings, config_dir=CONFIG, redis_url=SecretStr(corner.redis_url))
    clock = AcceleratedClock(rules.NOW, STANDING.epoch, 1.0)
    return process("rules", settings, clock, lambda shell: serve_rules(shell, settings))


def leading(corner: Corner) -> AbstractAsyncContextManager[None]:
    clock = AcceleratedClock(incidents.NIGHT, STANDING.epoch, 1.0)
    runner = compose_incidents(corner.settings, clock, incidents.house)
    return process("incidents", corner.settings, clock, lambda shell: runner.run(shell.stop))


@asynccontextmanager
async def notifier(corner: Corner) -> AsyncIterator[None]:
    async with Mailbox() as mailbox:
        secret = SecretStr("a-secret-for-links-in-tests-32-chars")
        settings = corner.of(
            NotifierSettings, config_dir=CONFIG, link_secret=secret, smtp_host="127.0.0.1", smtp_port=mailbox.port
        )
        clock = AcceleratedClock(incidents.NIGHT, STANDING.epoch, 1.0)
        async with process("notifier", settings, clock, lambda shell: serve_notifier(shell, settings)):
            yield


async def a_submission(corner: Corner) -> None:
    await corner.put(POSTS_SUBMITTED, json.dumps(post()).encode(), [("fw-integration", b"forum")])
    await corner.until(POSTS_RECEIVED, 1)


async def an_orphan(corner: Corner) -> None:
    await corner.send(POSTS_ORPHANED, event(PostOrphaned))
    await corner.until(POSTS_WAITING, 1)


async def a_post(corner: Corner) -> None:
    await corner.send(POSTS_RECEIVED, event(PostCreated))
    await corner.until(POSTS_CLASSIFIED, 1)


async def a_judgement(corner: Corner) -> None:
    await corner.send(POSTS_CLASSIFIED, rules.written())
    await corner.until(DECISIONS_MADE, 1)


async def a_review(corner: Corner) -> None:
    await a_judgement(corner)
    await corner.send(DECISIONS_COMMANDS, rules.reviewed())
    assert [each.data.cause for each in await corner.until(DECISIONS_MADE, 2)] == ["post", "human"]


async def an_alarm(corner: Corner) -> None:
    await corner.send(ALARMS_RAISED, incidents.alarm())
    await corner.until(PAGES_REQUESTED, 1)


async def a_declaration(corner: Corner) -> None:
    declared = Declare(
        incident_id=uuid4(),
        community=incidents.COMMUNITY,
        severity=Severity.HIGH,
        note="Rauch aus der Aurora",
        actor=incidents.ANNA,
    )
    await corner.send(INCIDENTS_COMMANDS, incidents.event(declared, incidents.NIGHT))
    await corner.until(PAGES_REQUESTED, 1)


async def a_receipt(corner: Corner) -> None:
    await an_alarm(corner)
    (page,) = await corner.until(PAGES_REQUESTED, 1)
    await corner.send(PAGES_RECEIPTS, incidents.receipt(page.data.incident_id, page.id))
    assert (await corner.until(INCIDENTS_CHANGED, 2))[1].data.incident.timeline


async def a_page(corner: Corner) -> None:
    page = sample(PageRequested, full=False).model_copy(
        update={
            "targets": (PersonTarget(person_id="anna.bergmann"),),
            "due_at": incidents.NIGHT,
            "deadline": incidents.NIGHT + incidents.minutes(5),
        }
    )
    await corner.send(PAGES_REQUESTED, Event(uuid4(), "/test", incidents.NIGHT, page))
    assert [each.data.status for each in await corner.until(PAGES_RECEIPTS, 2)] == ["claimed", "sent"]


async def a_failure(corner: Corner) -> None:
    await a_page(corner)
    claimed, _ = await corner.until(PAGES_RECEIPTS, 2)
    failed = DeliveryFailed(delivery_id=claimed.data.delivery_id, reason="Twilio: undelivered")
    await corner.send(PAGES_FAILURES, Event(uuid4(), "/test", incidents.NIGHT, failed))
    last = (await corner.until(PAGES_RECEIPTS, 3))[2].data
    assert (last.status, last.reason) == ("failed", "Twilio: undelivered")


@dataclass(frozen=True)
class Case:
    """A topic, the stage that reads it, a record it can handle, and the other topics the stage needs."""

    topic: Topic
    stage: Callable[[Corner], AbstractAsyncContextManager[Any]]
    good: Callable[[Corner], Awaitable[None]]
    more: tuple[Topic, ...]


LEADS = (ALARMS_RAISED, INCIDENTS_COMMANDS, PAGES_RECEIPTS, INCIDENTS_CHANGED, PAGES_REQUESTED)
JUDGES = tuple(topic for topic in TOPICS if topic not in LEADS)
CASES = (
    Case(POSTS_SUBMITTED, ingest, a_submission, INGESTED),
    Case(POSTS_ORPHANED, ingest, an_orphan, INGESTED),
    Case(POSTS_RECEIVED, classifier, a_post, (POSTS_CLASSIFIED,)),
    Case(POSTS_CLASSIFIED, judging, a_judgement, (*JUDGES, ALARMS_RAISED, INCIDENTS_CHANGED)),
    Case(DECISIONS_COMMANDS, judging, a_review, (*JUDGES, ALARMS_RAISED, INCIDENTS_CHANGED)),
    Case(ALARMS_RAISED, leading, an_alarm, LEADS),
    Case(INCIDENTS_COMMANDS, leading, a_declaration, LEADS),
    Case(PAGES_RECEIPTS, leading, a_receipt, LEADS),
    Case(PAGES_REQUESTED, notifier, a_page, tuple(topic for topic in TOPICS if topic.sharded)),
    Case(PAGES_FAILURES, notifier, a_failure, tuple(topic for topic in TOPICS if topic.sharded)),
)


def poison(topic: Topic) -> list[tuple[bytes | None, Headers]]:
    """Bytes that are nothing, no value, a header without a value, and an event that belongs elsewhere."""
    value, headers = codec.encode(event(PostIndexed))
    sender: Headers = [("fw-integration", b"forum")] if topic is POSTS_SUBMITTED else []
    named = [*sender, *headers]
    needed = "fw-integration" if topic is POSTS_SUBMITTED else "ce_id"
    return [
        (b"\xff\x00 garbage", named),
        (None, named),
        (value, [(name, None if name == needed else text) for name, text in named]),
        (value, named),
    ]


def test_every_topic_read_by_a_runner_is_poisoned_below() -> None:
    assert {case.topic for case in CASES} == {topic for topic in TOPICS if topic.dead_letters} - READ_OTHERWISE


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.topic.name)
def test_poison_is_put_away_and_the_next_record_passes(
    case: Case, kafka: KafkaServer, redis_url: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = CommonSettings(kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, post_partitions=1, shards=1)
    corner = Corner(settings, redis_url, tmp_path)
    bad = poison(case.topic)

    async def scenario() -> None:
        await ensure_topics(settings, dict.fromkeys((case.topic, *case.more)))
        for value, headers in bad:
            await corner.put(case.topic, value, headers)
        async with case.stage(corner):
            await case.good(corner)
        letters = await dead_letters(settings, case.topic)
        assert [letter.value for letter in letters] == [value for value, _ in bad]
        listed = [describe(letter) for letter in letters]
        assert all(each.reason for each in listed)
        # Told by the stage itself: not found by halving a batch in which something broke.
        assert {each.error_class for each in listed} <= {"InvalidRecord", "InvalidSubmission"}

    asyncio.run(scenario())
