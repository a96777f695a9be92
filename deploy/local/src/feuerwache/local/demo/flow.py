"""What the demo sees of the services: it reads their topics, read_committed, like any other consumer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from aiokafka import AIOKafkaConsumer

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.events.incident import Incident, IncidentChanged
from feuerwache.common.events.page import PageReceipt, PageRequested, ReceiptStatus
from feuerwache.common.kafka.consumer import to_record
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import (
    DECISIONS_MADE,
    INCIDENTS_CHANGED,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    POSTS_CLASSIFIED,
    POSTS_RECEIVED,
)
from feuerwache.common.settings import CommonSettings
from feuerwache.local.invariant import Books, dead_letter_topics

POLL_MS = 100
REACHED = {ReceiptStatus.SENT, ReceiptStatus.DELIVERED}


@dataclass(slots=True)
class Flow:
    """The picture so far, without canaries. `receipts` holds those that tell how a delivery ended."""

    books: Books = field(default_factory=Books)
    actions: Counter[str] = field(default_factory=Counter)
    incidents: dict[UUID, Incident] = field(default_factory=dict)
    pages: dict[UUID, PageRequested] = field(default_factory=dict)
    receipts: list[PageReceipt] = field(default_factory=list)

    def paged(self, incident_id: UUID) -> list[PageReceipt]:
        """Who was reached about an incident, first to last; not who was told that somebody has it."""
        return [r for r in self.receipts if r.incident_id == incident_id and r.status in REACHED and r.kind == "page"]

    def pages_sent(self) -> int:
        return len({one.delivery_id for one in self.receipts if one.status in REACHED and one.kind == "page"})

    def note(self, record: Record, topic: str) -> None:
        """One record of the topic with this name (without prefix)."""
        if topic == POSTS_RECEIVED.name:
            self.books.received(record)
        elif topic == POSTS_CLASSIFIED.name:
            self.books.classification(record)
        elif topic.endswith(".dlq"):
            self.books.dead_letter(record)
        else:
            self._decided_or_alarmed(record)

    def _decided_or_alarmed(self, record: Record) -> None:
        try:
            event = record.event()
        except InvalidRecord:
            return  # its consumer makes a dead letter of it, which is counted
        match event.data:
            case DecisionMade(canary=True) | PageRequested(canary=True) | PageReceipt(channel="drill"):
                pass  # a canary: nobody sent it, and it reaches nobody
            case DecisionMade():
                self.books.decision(record)
                self.actions[event.data.action.value] += 1
            case IncidentChanged(incident=incident):
                self.incidents[incident.incident_id] = incident
            case PageRequested():
                self.pages[event.id] = event.data
            case PageReceipt(status=status) if status is not ReceiptStatus.CLAIMED:
                self.receipts.append(event.data)
            case _:
                self.books.decision(record)


async def follow(settings: CommonSettings, flow: Flow) -> None:
    """Reads all topics of the flow from their beginning, until cancelled."""
    names = settings.topics()
    watched = (POSTS_RECEIVED, POSTS_CLASSIFIED, DECISIONS_MADE, INCIDENTS_CHANGED, PAGES_REQUESTED, PAGES_RECEIPTS)
    plain = {names.of(topic): topic.name for topic in watched} | {name: name for name in dead_letter_topics(names)}
    consumer: AIOKafkaConsumer[bytes | None, bytes | None] = AIOKafkaConsumer(
        *plain,
        **settings.kafka_client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        while True:
            for partition, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                for record in records:
                    flow.note(to_record(record), plain[partition.topic])
    finally:
        await consumer.stop()
