"""What happens when a channel fails, a layer is empty, or a record is none."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from feuerwache.common.events.page import (
    LayerTarget,
    PersonTarget,
)
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    PAGES_REQUESTED,
)
from support.notifier import ends, station, statuses
from support.servers import KafkaServer


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
