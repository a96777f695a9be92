"""The notifier as it runs: a process of its own on a real Kafka and a real mail server, also when it is killed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import (
    LayerTarget,
    PageReceipt,
    PageRequested,
    PageSubject,
    PersonTarget,
    Target,
    Urgency,
)
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import incident_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ONCALL_OVERRIDES,
    PAGES_DELIVERIES,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    Topic,
)
from feuerwache.common.linktoken import verify
from feuerwache.common.settings import CommonSettings
from support.kafka import until
from support.mailbox import Mailbox, text_of
from support.servers import KafkaServer

SECRET = "a-secret-for-links-in-tests-32-chars"
TOPICS = (PAGES_REQUESTED, PAGES_DELIVERIES, PAGES_RECEIPTS, ONCALL_OVERRIDES)
PEOPLE = """
people:
  - {id: anna, name: Anna Müller, contacts: [{channel: email, address: anna@morgenrot.example}]}
  - {id: jonas, name: Jonas, language: en, contacts: [{channel: email, address: jonas@morgenrot.example}]}
  - id: two
    name: Two
    contacts:
      - {channel: webhook, url: "http://127.0.0.1:9/hook", secret: whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU=}
      - {channel: email, address: two@morgenrot.example}
  - id: deaf
    name: Deaf
    contacts: [{channel: webhook, url: "http://127.0.0.1:9/hook", secret: whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU=}]
"""
SCHEDULES = """
schedules:
  - id: s
    layers:
      - {id: first, shifts: [{id: all, from: "00:00", to: "00:00", since: 2020-01-06, people: [anna]}]}
      - {id: later, shifts: [{id: all, from: "00:00", to: "00:00", since: 2999-01-06, people: [anna]}]}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Station:
    """A notifier that can be started, killed and started again, with its broker, its mail server and its addresses."""

    settings: CommonSettings
    mailbox: Mailbox
    config: Path
    process: asyncio.subprocess.Process | None = None
    environment: dict[str, str] = field(default_factory=dict)
    health_port: int = field(default_factory=free_port)

    async def start(self) -> None:
        assert self.process is None
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "feuerwache.notifier",
            env={
                **os.environ,
                "FEUERWACHE_KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
                "FEUERWACHE_TOPIC_PREFIX": self.settings.topic_prefix,
                "FEUERWACHE_SHARDS": str(self.settings.shards),
                "FEUERWACHE_CONFIG_DIR": str(self.config),
                "FEUERWACHE_LINK_SECRET": SECRET,
                "FEUERWACHE_CONSOLE_URL": "https://wache.example",
                "FEUERWACHE_HEALTH_PORT": str(self.health_port),
                "FEUERWACHE_SMTP_HOST": "127.0.0.1",
                "FEUERWACHE_SMTP_PORT": str(self.mailbox.port),
                **self.environment,
            },
        )

    async def end(self, signum: signal.Signals) -> int:
        process, self.process = self.process, None
        assert process is not None
        if process.returncode is None:
            process.send_signal(signum)
        async with asyncio.timeout(30):
            return await process.wait()

    async def publish(self, topic: Topic, payload: Payload, event_id: UUID | None = None) -> UUID:
        event = Event(event_id or uuid4(), "/test", datetime.now(UTC), payload)
        async with EventProducer(self.settings) as producer:
            name = self.settings.topics().of(topic)
            await producer.send(Outgoing.of(name, 0, incident_key(event.id), event))
        return event.id

    async def metrics(self) -> str:
        """Of a process that says it is ready."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.health_port}", trust_env=False) as client:

            async def ready() -> bool:
                return (await client.get("/readyz")).status_code == 200

            await until(ready, "the notifier is ready", 30)
            return (await client.get("/metrics")).text

    async def page(self, *targets: Target, page_id: UUID | None = None, **changes: object) -> UUID:
        return await self.publish(PAGES_REQUESTED, page_for(*targets).model_copy(update=changes), page_id)

    async def receipts(self, page_id: UUID) -> list[PageReceipt]:
        records = await read_topic(self.settings, self.settings.topics().of(PAGES_RECEIPTS))
        found = [record.event().data for record in records]
        return [receipt for receipt in found if isinstance(receipt, PageReceipt) and receipt.page_id == page_id]

    async def settled(self, page_id: UUID, is_end: Callable[[list[PageReceipt]], bool]) -> list[PageReceipt]:
        async def condition() -> bool:
            return is_end(await self.receipts(page_id))

        await until(condition, "the receipts of the page", 60)
        return await self.receipts(page_id)


def page_for(*targets: Target) -> PageRequested:
    now = datetime.now(UTC)
    about = PageSubject(
        community="c",
        community_title="Morgenrot-Forum",
        kind=CrisisKind.NEGATIVITY_BURST,
        severity=Severity.CRITICAL,
        onset=now,
        figures=Figures(posts=214, window_minutes=15, usual_posts=12, negative_share=0.61, most_said=("Rückruf",)),
    )
    return PageRequested(
        incident_id=uuid4(),
        step=0,
        targets=targets,
        subject=about,
        due_at=now,
        deadline=now + timedelta(seconds=2),
    )


@asynccontextmanager
async def station(kafka: KafkaServer, prefix: str, config: Path) -> AsyncIterator[Station]:
    (config / "people.yaml").write_text(PEOPLE)
    (config / "schedules.yaml").write_text(SCHEDULES)
    settings = CommonSettings(kafka_bootstrap=kafka.bootstrap, topic_prefix=prefix, shards=1)
    await ensure_topics(settings, TOPICS)
    async with Mailbox() as mailbox:
        one = Station(settings, mailbox, config)
        try:
            yield one
        finally:
            if one.process is not None:
                await one.end(signal.SIGKILL)


def statuses(receipts: list[PageReceipt]) -> list[str]:
    return [receipt.status.value for receipt in receipts]


def ends(*last: str) -> Callable[[list[PageReceipt]], bool]:
    return lambda receipts: bool(receipts) and receipts[-1].status.value in last


FIRST = LayerTarget(schedule="s", layer="first")


def test_a_page_arrives_once_with_a_link_that_acts_for_its_reader(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            page_id = uuid4()
            incident = uuid4()
            for _ in range(2):  # the same page twice is one page
                await one.page(FIRST, PersonTarget(person_id="anna"), page_id=page_id, incident_id=incident)
            receipts = await one.settled(page_id, ends("sent"))
            assert statuses(receipts) == ["claimed", "sent"]
            quiet = await one.page(PersonTarget(person_id="jonas"), urgency=Urgency.QUIET, late_seconds=720.0)
            await one.settled(quiet, ends("sent"))
            assert 'feuerwache_notifier_deliveries_total{channel="email",outcome="sent"} 2.0' in await one.metrics()
            assert await one.end(signal.SIGTERM) == 0
            first, second = one.mailbox.mails
        assert first["To"] == "anna@morgenrot.example"
        assert first["Subject"] == "Kritisch: Welle der Empörung – Morgenrot-Forum: 61 % negativ"
        text = text_of(first)
        assert "214 Beiträge in 15 Min., sonst 12; 61 % negativ; am häufigsten: Rückruf" in text
        link = re.search(r"https://wache\.example/i/(\S+)", text)
        assert link is not None
        token = verify(link[1], SECRET.encode(), datetime.now(UTC))
        assert (token.incident_id, token.person_id) == (incident, "anna")
        assert receipts[-1].provider_id == first["Message-ID"]
        assert second["To"] == "jonas@morgenrot.example"
        assert second["Subject"] == "Critical: Wave of outrage – Morgenrot-Forum: 61 % negative (12 min late)"

    asyncio.run(main())


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.QUIET])
def test_killed_between_sending_and_settling_it_says_so_and_repeats_only_what_is_urgent(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path, urgency: Urgency
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            one.mailbox.open_gate.clear()
            page_id = await one.page(FIRST, urgency=urgency)
            await one.mailbox.wait_for(1)
            assert await one.end(signal.SIGKILL) == -signal.SIGKILL
            assert statuses(await one.receipts(page_id)) == ["claimed"]
            one.mailbox.open_gate.set()

            await one.start()
            if urgency is Urgency.QUIET:
                assert statuses(await one.settled(page_id, ends("outcome_unknown"))) == ["claimed", "outcome_unknown"]
                following = await one.page(PersonTarget(person_id="jonas"))
                await one.settled(following, ends("sent"))
                assert [mail["To"] for mail in one.mailbox.mails] == [
                    "anna@morgenrot.example",
                    "jonas@morgenrot.example",
                ]
                return
            receipts = await one.settled(page_id, ends("sent"))
            assert statuses(receipts) == ["claimed", "outcome_unknown", "claimed", "sent"]
            assert [receipt.attempt for receipt in receipts] == [1, 1, 2, 2]
            assert [receipt.possible_repeat for receipt in receipts] == [False, False, True, True]
            assert await one.end(signal.SIGTERM) == 0
            await one.start()
            following = await one.page(PersonTarget(person_id="jonas"))
            await one.settled(following, ends("sent"))
            first, repeat, _ = one.mailbox.mails
            assert first["Message-ID"] == repeat["Message-ID"]
            assert "möglicherweise doppelt" not in first["Subject"]
            assert "möglicherweise doppelt" in repeat["Subject"]
            assert statuses(await one.receipts(page_id)) == ["claimed", "outcome_unknown", "claimed", "sent"]

    asyncio.run(main())


def test_told_to_stop_while_sending_it_settles_first(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            one.mailbox.open_gate.clear()
            page_id = await one.page(FIRST)
            await one.mailbox.wait_for(1)
            ending = asyncio.create_task(one.end(signal.SIGTERM))
            done, _ = await asyncio.wait({ending}, timeout=1)
            assert not done
            one.mailbox.open_gate.set()
            assert await ending == 0
            assert statuses(await one.receipts(page_id)) == ["claimed", "sent"]

    asyncio.run(main())


@pytest.mark.parametrize("point", ["after_handle", "after_send", "after_commit", "after_channel"])
def test_wherever_it_is_killed_the_page_is_sent(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path, point: str
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            marker = tmp_path / "hit"
            one.environment["FEUERWACHE_CHAOS"] = f"notifier.{point}@{marker}"
            await one.start()
            page_id = await one.page(FIRST)
            assert one.process is not None
            async with asyncio.timeout(60):
                assert await one.process.wait() == -signal.SIGKILL
            assert marker.exists()
            one.process = None
            await one.start()
            receipts = await one.settled(page_id, ends("sent"))
            claimed_before = point in {"after_commit", "after_channel"}
            assert statuses(receipts) == (
                ["claimed", "outcome_unknown", "claimed", "sent"] if claimed_before else ["claimed", "sent"]
            )
            assert len(one.mailbox.mails) == (2 if point == "after_channel" else 1)

    asyncio.run(main())


def test_a_failed_channel_falls_back_and_a_page_without_any_success_is_exhausted(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            page_id = await one.page(PersonTarget(person_id="two"))
            receipts = await one.settled(page_id, ends("sent"))
            assert [(receipt.channel, receipt.status.value) for receipt in receipts] == [
                ("webhook", "claimed"),
                ("webhook", "failed"),
                ("email", "claimed"),
                ("email", "sent"),
            ]
            assert receipts[1].reason == "the address is not public and not allowed"
            deaf = await one.page(PersonTarget(person_id="deaf"))
            receipts = await one.settled(deaf, ends("failed"))
            assert receipts[-1].exhausted
            assert one.mailbox.mails[0]["To"] == "two@morgenrot.example"
            one.mailbox.replies["RCPT"] = "450 4.2.0 later"
            busy = await one.page(PersonTarget(person_id="anna"))
            receipts = await one.settled(busy, ends("failed"))
            assert receipts[-1].exhausted
            assert re.fullmatch(r"SMTP 450 \(\d tries\)", receipts[-1].reason)

    asyncio.run(main())


def test_nobody_on_call_is_said_at_once_and_a_bad_record_stops_nothing(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            await one.start()
            name = one.settings.topics().of(PAGES_REQUESTED)
            async with EventProducer(one.settings) as producer:
                await producer.send(Outgoing(name, 0, b"k", b"nonsense"))
            page_id = await one.page(LayerTarget(schedule="s", layer="later"), PersonTarget(person_id="nobody"))
            receipts = await one.settled(page_id, lambda found: len(found) == 2)
            assert statuses(receipts) == ["unreachable", "unreachable"]
            assert [receipt.exhausted for receipt in receipts] == [False, True]
            assert receipts[0].reason == "layer s/later has nobody on call"
            assert len(await read_topic(one.settings, one.settings.topics().dlq(PAGES_REQUESTED))) == 1

    asyncio.run(main())


def test_an_override_decides_who_is_paged(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            now = datetime.now(UTC)
            await one.publish(
                ONCALL_OVERRIDES,
                OnCallOverridden(
                    override_id="o",
                    schedule="s",
                    layer="first",
                    reason="take_over",
                    start=now - timedelta(hours=1),
                    end=now + timedelta(hours=1),
                    person_id="jonas",
                    actor=Actor(person_id="jonas", via=Via.TOKEN),
                ),
            )
            await one.start()
            # Pages do not wait for overrides, so the first one after a start may go by the schedule alone.
            for _ in range(20):
                page_id = await one.page(FIRST)
                await one.settled(page_id, ends("sent"))
                if one.mailbox.mails[-1]["To"] == "jonas@morgenrot.example":
                    return
            raise AssertionError("the override was not followed")

    asyncio.run(main())


def test_people_and_shifts_that_change_while_it_runs(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            one.environment["FEUERWACHE_CONFIG_RELOAD_SECONDS"] = "0.05"
            await one.start()

            async def says(ok: str) -> bool:
                return f'feuerwache_config_ok{{service="notifier"}} {ok}' in await one.metrics()

            first = await one.page(PersonTarget(person_id="jonas"))
            await one.settled(first, ends("sent"))
            assert await says("1.0")
            people = tmp_path / "people.yaml"
            people.write_text(PEOPLE.replace("channel: email, address: jonas@", "channel: pigeon, address: jonas@"))
            await until(lambda: says("0.0"), "the broken file is told", 30)
            kept = await one.page(PersonTarget(person_id="jonas"))
            await one.settled(kept, ends("sent"))

            people.write_text(PEOPLE.replace("jonas@morgenrot", "jonas.keller@morgenrot"))
            await until(lambda: says("1.0"), "the mended file is taken over", 30)
            mended = await one.page(PersonTarget(person_id="jonas"))
            await one.settled(mended, ends("sent"))
            assert await one.end(signal.SIGTERM) == 0
            assert [mail["To"] for mail in one.mailbox.mails] == [
                "jonas@morgenrot.example",
                "jonas@morgenrot.example",
                "jonas.keller@morgenrot.example",
            ]

    asyncio.run(main())
