"""One partition's handler with its state carried by hand from one life to the next, as the runner does it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.people import load_people
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import LayerTarget, PageReceipt, PageRequested, PageSubject
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.common.kafka.topics import PAGES_DELIVERIES, PAGES_REQUESTED, TopicNames
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.delivery.desk import Desk
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.delivery.handler import DeliveryHandler, Office
from feuerwache.notifier.delivery.ledger import KEPT
from feuerwache.notifier.schedule.model import Schedules, load_schedules
from support.kafka import until
from support.scripted_channel import ScriptedChannel

CONFIG = Path(__file__).parents[3] / "config"
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
SENT = Outcome(Result.ACCEPTED)


class Life:
    """The state topic of one partition, and handlers that come and go over it."""

    def __init__(self, channel: ScriptedChannel) -> None:
        self.clock = ManualClock(NOW)
        self.directory = Directory(load_people(CONFIG), load_schedules(CONFIG, load_people(CONFIG)))
        self.state: list[Outgoing] = []
        self.receipts: list[PageReceipt] = []
        self.office = self.opened(channel)

    def opened(self, channel: ScriptedChannel) -> Office:
        """An office in a new process: an empty desk."""
        desk = Desk({"email": channel}, self.clock)
        return Office(
            lambda: self.directory, desk, self.clock, TopicNames(), lambda incident, person: f"{incident}/{person}"
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


def test_nothing_is_sent_before_the_claim_is_on_record() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        handler = await life.handler()
        output = await handler.handle(requested([uuid4()]))
        await handler.tick()
        await asyncio.sleep(0)
        assert channel.sent == []
        await life.commit(handler, output)
        await life.commit(handler, await life.answered(handler))
        assert life.said() == ["claimed", "sent"]
        ((delivery, message),) = channel.sent
        assert f"{delivery.incident_id}/anna.bergmann" in message.text
        assert not await handler.tick()
        assert life.office.desk.unsettled == 0

    asyncio.run(main())


def test_who_has_handed_it_over_is_named_by_name_and_a_stranger_by_id() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        handler = await life.handler()
        for by in ("jonas.keller", "gone.away"):
            await life.commit(handler, await handler.handle(requested([uuid4()], reason="hand_over", by=by)))
            await life.commit(handler, await life.answered(handler))
        known, stranger = (message.text for _, message in channel.sent)
        assert "Jonas Keller hat Ihnen diesen Einsatz übergeben." in known
        assert "gone.away hat Ihnen diesen Einsatz übergeben." in stranger

    asyncio.run(main())


def test_a_handler_made_anew_in_the_same_process_asks_the_desk_instead_of_sending_again() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        former = await life.handler()
        await life.commit(former, await former.handle(requested([uuid4()])))
        await life.answered(former)  # this transaction fails: nothing of it is on record
        handler = await life.handler()
        await life.commit(handler, await life.answered(handler))
        assert life.said() == ["claimed", "sent"]
        assert len(channel.sent) == 1

    asyncio.run(main())


def test_a_new_process_does_not_know_and_repeats_with_the_same_id() -> None:
    async def main() -> None:
        first, second = ScriptedChannel(SENT), ScriptedChannel(SENT)
        life = Life(first)
        former = await life.handler()
        await life.commit(former, await former.handle(requested([uuid4()])))
        await life.answered(former)
        life.office = life.opened(second)
        handler = await life.handler()
        await life.commit(handler, await handler.tick())
        await life.commit(handler, await life.answered(handler))
        assert life.said() == ["claimed", "outcome_unknown", "claimed", "sent"]
        assert first.sent[0][0].delivery_id == second.sent[0][0].delivery_id
        assert "möglicherweise doppelt" in second.sent[0][1].subject

    asyncio.run(main())


def test_a_contact_that_left_the_configuration_has_failed() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        former = await life.handler()
        await life.commit(former, await former.handle(requested([uuid4()])))
        people = life.directory.people.model_copy(update={"people": ()})
        life.directory = Directory(people, life.directory.schedules)
        life.office = life.opened(channel)
        handler = await life.handler()
        await life.commit(handler, await handler.tick())
        assert life.said() == ["claimed", "outcome_unknown", "claimed", "failed"]
        assert life.receipts[-1].exhausted

    asyncio.run(main())


def test_settled_pages_leave_the_state_topic() -> None:
    async def main() -> None:
        life = Life(ScriptedChannel(SENT))
        handler = await life.handler()
        await life.commit(handler, await handler.handle(requested([uuid4(), uuid4()])))
        await life.commit(handler, await life.answered(handler))
        life.clock.advance(KEPT + timedelta(minutes=2))
        await life.commit(handler, await handler.tick())
        gone = {outgoing.key for outgoing in life.state if outgoing.value is None}
        assert gone == {outgoing.key for outgoing in life.state}
        assert not await (await life.handler()).tick()

    asyncio.run(main())


def test_the_wrong_event_becomes_a_dead_letter_and_the_rest_goes_on() -> None:
    async def main() -> None:
        life = Life(ScriptedChannel(SENT))
        handler = await life.handler()
        (good,) = requested([uuid4()])
        bad = Record(PAGES_REQUESTED.name, 3, 1, 0, None, b"{}", ())
        output = await handler.handle([bad, good])
        assert [letter.record for letter in output.dead_letters] == [bad]
        await life.commit(handler, output)
        assert life.said() == ["claimed"]
        await life.office.desk.close(1)

    asyncio.run(main())


def test_a_schedule_that_is_added_while_it_runs_reaches_people() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        everybody = life.directory
        (schedule,) = everybody.schedules.schedules
        another = Schedules(schedules=(schedule.model_copy(update={"id": "another"}),))
        life.directory = Directory(everybody.people, another)
        handler = await life.handler()
        await life.commit(handler, await handler.handle(requested([uuid4()])))
        assert life.said() == ["unreachable"]
        life.directory = everybody
        await life.commit(handler, await handler.handle(requested([uuid4()])))
        await life.commit(handler, await life.answered(handler))
        assert life.said() == ["unreachable", "claimed", "sent"]

    asyncio.run(main())
