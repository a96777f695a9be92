"""One partition's handler with its state carried by hand from one life to the next, as the runner does it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.people import load_people
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import LayerTarget, PageReceipt, PageRequested, PageSubject
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.common.kafka.topics import PAGES_DELIVERIES, PAGES_REQUESTED, TopicNames
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.delivery.desk import Desk
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.delivery.handler import DeliveryHandler
from feuerwache.notifier.delivery.office import Office
from feuerwache.notifier.schedule.model import load_schedules
from support.kafka import until
from support.scripted_channel import ScriptedChannel

CONFIG = Path(__file__).parents[2] / "config"
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
SENT = Outcome(Result.ACCEPTED)


class Life:
    """The state topic of one partition, and handlers that come and go over it."""

    def __init__(self, channel: ScriptedChannel) -> None:
        self.clock = ManualClock(NOW)
        self.directory = Directory(load_people(CONFIG), load_schedules(CONFIG, load_people(CONFIG)))
        self.incidents: dict[UUID, Incident] = {}
        self.state: list[Outgoing] = []
        self.receipts: list[PageReceipt] = []
        self.office = self.opened(channel)

    def opened(self, channel: ScriptedChannel) -> Office:
        """An office in a new process: an empty desk."""
        return Office(
            lambda: self.directory,
            Desk({"email": channel}, self.clock),
            self.clock,
            TopicNames(),
            lambda incident, person: f"{incident}/{person}",
            incidents=self.incidents.get,
        )

    async def handler(self) -> DeliveryHandler:
        handler = DeliveryHandler(3, self.office)
        for outgoing in self.state:
            await handler.restore(as_record(outgoing))
        await handler.start({PAGES_REQUESTED.name: 0})
        return handler

    async def commit(self, handler: DeliveryHandler, output: Output) -> None:
        assert {outgoing.partition for outgoing in output.outgoing} <= {3}
        for outgoing in output.outgoing:
            if outgoing.topic == PAGES_DELIVERIES.name:
                self.state.append(outgoing)
            else:
                receipt = as_record(outgoing).event().data
                assert isinstance(receipt, PageReceipt)
                self.receipts.append(receipt)
        await handler.committed()

    async def answered(self, handler: DeliveryHandler) -> Output:
        """What the handler has to say once the desk has its answer."""
        outputs: list[Output] = []

        async def condition() -> bool:
            outputs.append(await handler.tick())
            return bool(outputs[-1])

        await until(condition, "an answer", 10)
        return outputs[-1]

    def said(self) -> list[str]:
        return [receipt.status.value for receipt in self.receipts]


def as_record(outgoing: Outgoing) -> Record:
    return Record(outgoing.topic, outgoing.partition, 0, 0, outgoing.key, outgoing.value, tuple(outgoing.headers))


def requested(page_ids: Iterable[UUID], **changes: Any) -> list[Record]:
    about = PageSubject(community="c", community_title="C", kind=CrisisKind.DECLARED, severity=Severity.HIGH, onset=NOW)
    page = PageRequested(
        incident_id=UUID(int=2),
        step=0,
        targets=(LayerTarget(schedule="morgenrot", layer="first"),),
        subject=about,
        due_at=NOW,
    ).model_copy(update=changes)
    return [
        as_record(Outgoing.of(PAGES_REQUESTED.name, 3, b"i", Event(page_id, "/test", NOW, page)))
        for page_id in page_ids
    ]
