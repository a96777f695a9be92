"""What one partition's handler does with pages, over several lives."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import PAGES_REQUESTED
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.delivery.ledger import KEPT
from feuerwache.notifier.schedule.model import Schedules
from support.life import SENT, Life, requested
from support.scripted_channel import ScriptedChannel


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
