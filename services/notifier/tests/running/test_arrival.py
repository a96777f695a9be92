"""What arrives, with whom, and by which configuration: the notifier as it runs."""

from __future__ import annotations

import asyncio
import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import (
    PersonTarget,
    Urgency,
)
from feuerwache.common.kafka.topics import (
    ONCALL_OVERRIDES,
)
from feuerwache.common.linktoken import verify
from support.kafka import until
from support.mailbox import text_of
from support.notifier import FIRST, PEOPLE, SECRET, ends, station, statuses
from support.servers import KafkaServer


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
