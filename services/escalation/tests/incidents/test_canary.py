"""A canary's alarm goes through the task to the notifier; no incident, no person, no dead letter."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from feuerwache.common.clock import ManualClock
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.page import PageReceipt, PageRequested, ReceiptStatus
from feuerwache.common.kafka.keys import incident_key
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.common.kafka.topics import ALARMS_RAISED, PAGES_REQUESTED, TopicNames
from feuerwache.escalation.incidents.task import IncidentsTask
from feuerwache.escalation.policy.house import load_house
from support.incidents import NIGHT, alarm

CONFIG = Path(__file__).parents[4] / "config"
CANARY = "feuerwache-canary"


def taken(*events: Event[Any]) -> tuple[Output, IncidentsTask]:
    house = load_house(CONFIG)
    task = IncidentsTask(0, 1, lambda: house, ManualClock(NIGHT + timedelta(seconds=3)), TopicNames())
    records = [record(Outgoing.of(ALARMS_RAISED.name, 0, b"0", event)) for event in events]
    return asyncio.run(task.handle(records)), task


def record(sent: Outgoing) -> Record:
    return Record(sent.topic, 0, 0, 0, sent.key, sent.value, tuple(sent.headers))


def test_a_canary_becomes_a_drill_and_no_incident() -> None:
    sung = alarm(community=CANARY, kind=CrisisKind.SINGLE_POST, canary=True)
    output, task = taken(sung)
    (sent,) = output.outgoing
    drill = record(sent).event()
    assert isinstance(drill.data, PageRequested)
    assert (sent.topic, sent.key) == (PAGES_REQUESTED.name, incident_key(drill.data.incident_id))
    assert (drill.data.canary, drill.data.targets, drill.data.due_at) == (True, (), sung.data.onset)
    assert not output.dead_letters
    assert asyncio.run(task.tick()).outgoing == []


def test_the_same_canary_again_is_the_same_drill() -> None:
    sung = alarm(community=CANARY, kind=CrisisKind.SINGLE_POST, canary=True)
    first, again = taken(sung, sung)[0].outgoing
    assert record(first).event().id == record(again).event().id


def test_the_receipt_of_a_drill_belongs_to_no_incident() -> None:
    back = PageReceipt(
        page_id=uuid4(),
        delivery_id=uuid4(),
        incident_id=uuid4(),
        step=0,
        channel="drill",
        status=ReceiptStatus.DELIVERED,
        at=NIGHT,
    )
    output, _ = taken(Event(uuid4(), "/notifier", NIGHT, back))
    assert (output.outgoing, output.dead_letters) == ([], [])
    stray, _ = taken(Event(uuid4(), "/notifier", NIGHT, back.model_copy(update={"channel": "email"})))
    assert len(stray.dead_letters) == 1, "a receipt for an incident that nobody knows is told"


def test_a_canary_of_a_community_nobody_knows_is_told() -> None:
    output, _ = taken(alarm(community="elsewhere", kind=CrisisKind.SINGLE_POST, canary=True))
    assert len(output.dead_letters) == 1
