"""Contacts in their time and an answer that stops them, in the running notifier: state and follower on a real Kafka."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from uuid import uuid4

from feuerwache.common.events.incident import IncidentChanged
from feuerwache.common.events.page import PageReceipt, PersonTarget
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED
from support.deliveries import incident
from support.notifier import PEOPLE, station, statuses
from support.servers import KafkaServer

MORE = """
  - id: brisk
    name: Brisk
    contacts: [{channel: email, address: one@x.example}, {channel: email, address: two@x.example, after: 1s}]
  - id: patient
    name: Patient
    contacts: [{channel: email, address: first@x.example}, {channel: email, address: second@x.example, after: 1h}]
"""


def count(receipts: list[PageReceipt], status: str) -> int:
    return statuses(receipts).count(status)


def test_the_next_contact_has_its_time_also_after_a_kill_and_an_answer_withdraws_it(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path) as one:
            (tmp_path / "people.yaml").write_text(PEOPLE + MORE)
            await one.start()
            burning = uuid4()
            waits = await one.page(PersonTarget(person_id="patient"), incident_id=burning, revision=1)
            await one.settled(waits, lambda receipts: count(receipts, "sent") == 1)
            await one.end(signal.SIGKILL)
            await one.start()
            page_id = await one.page(PersonTarget(person_id="brisk"))
            await one.settled(page_id, lambda receipts: count(receipts, "sent") == 2)
            taken = incident(by="jonas", incident_id=burning)
            await one.publish(INCIDENTS_CHANGED, IncidentChanged(incident=taken))
            receipts = await one.settled(waits, lambda receipts: count(receipts, "withdrawn") == 1)
            assert statuses(receipts) == ["claimed", "sent", "withdrawn"]
            await one.mailbox.wait_for(4)
            assert [mail["To"] for mail in one.mailbox.mails] == [
                "first@x.example",
                "one@x.example",
                "two@x.example",
                "first@x.example",
            ]
            assert "übernommen" in one.mailbox.mails[-1]["Subject"]

    asyncio.run(main())
