"""What the handler makes of an answer it hears of: nobody else is paged, and whoever was paged is told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PageReceipt, PersonTarget
from feuerwache.notifier.channels.channel import transient
from feuerwache.notifier.delivery.handler import DeliveryHandler
from support.deliveries import INCIDENT, incident
from support.kafka import until
from support.life import NOW, SENT, Life, requested
from support.scripted_channel import ScriptedChannel

BOTH = (PersonTarget(person_id="anna.bergmann"), PersonTarget(person_id="jonas.keller"))


async def settled(life: Life, handler: DeliveryHandler, count: int) -> None:
    """Ticks until there are so many receipts."""

    async def condition() -> bool:
        await life.commit(handler, await handler.tick())
        return len(life.receipts) >= count

    await until(condition, f"{count} receipts", 10)


def told(receipts: list[PageReceipt]) -> list[tuple[str | None, str]]:
    return [(receipt.recipient, receipt.status.value) for receipt in receipts if receipt.kind == "notice"]


def taken(by: str | None = "anna.bergmann", state: IncidentState = IncidentState.ACKNOWLEDGED) -> Incident:
    return incident(state, by, at=NOW + timedelta(seconds=30))


def test_whoever_was_paged_is_told_once_who_has_it_and_the_one_who_has_it_is_not() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        handler = await life.handler()
        await life.commit(handler, await handler.handle(requested([uuid4()], targets=BOTH, revision=1)))
        await settled(life, handler, 4)
        life.incidents[INCIDENT] = taken()
        await settled(life, handler, 6)
        assert told(life.receipts) == [("jonas.keller", "claimed"), ("jonas.keller", "sent")]
        delivery, message = channel.sent[-1]
        assert not delivery.urgent
        assert "Anna Bergmann" in message.text and "übernommen" in message.text
        life.incidents[INCIDENT] = taken().model_copy(update={"revision": 9})
        reborn = await life.handler()
        for one in (handler, reborn):
            assert not await one.tick(), "once, also by another process"

    asyncio.run(main())


def test_a_page_that_comes_after_its_answer_wakes_nobody() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        life.incidents[INCIDENT] = taken()
        handler = await life.handler()
        await life.commit(handler, await handler.handle(requested([uuid4()], targets=BOTH, revision=1)))
        assert life.said() == ["withdrawn", "withdrawn"]
        await life.commit(handler, await handler.tick())
        assert (channel.sent, told(life.receipts)) == ([], [])

    asyncio.run(main())


def test_an_answer_before_the_incident_was_reopened_stops_nothing() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        life = Life(channel)
        life.incidents[INCIDENT] = taken()
        handler = await life.handler()
        await life.commit(handler, await handler.handle(requested([uuid4()], targets=BOTH[:1], revision=7)))
        await settled(life, handler, 2)
        assert life.said() == ["claimed", "sent"]

    asyncio.run(main())


def test_an_answer_ends_the_retries_that_are_running() -> None:
    async def main() -> None:
        channel = ScriptedChannel(transient("SMTP 450"))
        life = Life(channel)
        handler = await life.handler()
        page = requested([uuid4()], targets=BOTH[:1], revision=1, deadline=NOW + timedelta(days=1))
        await life.commit(handler, await handler.handle(page))

        async def tried() -> bool:
            return bool(channel.sent)

        await until(tried, "a first try", 10)
        life.incidents[INCIDENT] = taken("jonas.keller")
        await settled(life, handler, 3)
        assert [one.status.value for one in life.receipts if one.kind == "page"] == ["claimed", "withdrawn"]
        assert not any(receipt.exhausted for receipt in life.receipts)
        await life.office.desk.close(0)  # the notice to Anna, who may have read it, is being tried

    asyncio.run(main())


def test_what_calmed_down_by_itself_is_no_news_from_anybody() -> None:
    async def main() -> None:
        life = Life(ScriptedChannel(SENT))
        handler = await life.handler()
        await life.commit(handler, await handler.handle(requested([uuid4()], targets=BOTH, revision=1)))
        await settled(life, handler, 4)
        life.incidents[INCIDENT] = taken(None, IncidentState.RESOLVED)
        await life.commit(handler, await handler.tick())
        assert not await handler.tick()
        assert told(life.receipts) == []

    asyncio.run(main())


def test_another_incident_is_nobodys_business() -> None:
    async def main() -> None:
        life = Life(ScriptedChannel(SENT))
        handler = await life.handler()
        life.incidents[UUID(int=99)] = taken()
        await life.commit(handler, await handler.handle(requested([uuid4()], targets=BOTH, revision=1)))
        await settled(life, handler, 4)
        assert sorted(life.said()) == ["claimed", "claimed", "sent", "sent"]

    asyncio.run(main())
