"""From a button, a digit or a text message to a command on a real Kafka, the real incidents task, and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from feuerwache.common.events.actor import Via
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import DeliveryChanged, PageRequested, ReceiptStatus
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import ALARMS_RAISED, INCIDENTS_CHANGED, INCIDENTS_COMMANDS, PAGES_DELIVERIES
from feuerwache.notifier.answering import service
from feuerwache.notifier.message.gsm import septets
from support.hotline import ANNA, EMMA, JONAS, MURAT, ROOM_IN_SLACK, CivilClock, Hotline, listening_in, reference
from support.incidents import NIGHT, alarm, event, minutes, resolve
from support.kafka import settings_for, until
from support.samples import sample
from support.servers import KafkaServer
from support.station import Station, running

WHAT = "Welle der Empörung, Morgenrot-Forum"


class Night:
    """An incident that burns, the task that leads it, and the line."""

    def __init__(self, station: Station, line: Hotline, clock: CivilClock) -> None:
        self.station, self.line, self.clock = station, line, clock

    def later(self, count: float) -> None:
        self.clock.advance(minutes(count))
        self.line.clock.advance(minutes(count))

    async def burning(self, kind: CrisisKind = CrisisKind.NEGATIVITY_BURST) -> UUID:
        """A new incident, as soon as the notifier knows it."""
        known = {one.incident_id for one in self.line.incidents.open()}
        await self.station.send(ALARMS_RAISED, alarm(kind=kind))
        found: list[Incident] = []

        def new() -> bool:
            found[:] = [one for one in self.line.incidents.open() if one.incident_id not in known]
            return bool(found)

        assert await self.line.incidents.until(new, 45)
        return found[0].incident_id

    async def commands(self) -> list[Event[Any]]:
        settings = self.station.settings
        return [record.event() for record in await read_topic(settings, settings.topics().of(INCIDENTS_COMMANDS))]

    async def incident(self, incident_id: UUID) -> Incident:
        return next(one for one in await self.station.incidents() if one.incident_id == incident_id)

    async def paged(
        self, person: str, incident_id: UUID, at: datetime, number: int, carrier: int | None = None
    ) -> None:
        page = sample(PageRequested, full=False).model_copy(update={"incident_id": incident_id})
        base = sample(DeliveryChanged, full=False)
        changes = {"recipient": person, "status": ReceiptStatus.SENT, "at": at, "page": page, "channel": "sms"}
        along = UUID(int=carrier) if carrier is not None else None
        change = base.model_copy(update={"delivery_id": UUID(int=number), "carrier": along, **changes})
        await self.station.send(PAGES_DELIVERIES, event(change, at))


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told must not depend on how busy this machine is."""
    monkeypatch.setattr(service, "OBEY_SECONDS", 30.0)
    monkeypatch.setattr(service, "RECORD_SECONDS", 30.0)


def night(kafka: KafkaServer, prefix: str, scenario: Callable[[Night], Awaitable[None]]) -> None:
    async def main() -> None:
        settings, clock = settings_for(kafka.bootstrap, prefix), CivilClock(NIGHT)
        await ensure_topics(settings, [PAGES_DELIVERIES])
        async with running(settings, clock) as station, listening_in(kafka.bootstrap, prefix) as line:
            await scenario(Night(station, line, clock))

    asyncio.run(main())


def test_a_button_in_slack_takes_over_once_and_the_message_tells_everybody(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario(on: Night) -> None:
        incident_id = await on.burning()
        value = f"a.{reference(incident_id, 'room:crisis')}"
        assert (await on.line.press(ANNA[0], value, place=ROOM_IN_SLACK)).status_code == 200
        said, shown = await on.line.heard(2)
        assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)
        assert said["text"] == f"Übernommen: {WHAT}. Der Einsatz gehört jetzt Ihnen."
        assert (shown["replace_original"], shown["text"]) == (True, "Übernommen von Anna Bergmann, 22:00 Uhr.")
        assert [block["type"] for block in shown["blocks"]] == ["section", "actions", "context"]
        assert [list(button) for button in shown["blocks"][1]["elements"]] == [["type", "url"]]
        taken = await on.incident(incident_id)
        assert (taken.state, taken.owner) == (IncidentState.ACKNOWLEDGED, "anna.bergmann")
        (last,) = [entry for entry in taken.timeline if entry.what == "acknowledged"]
        assert last.actor is not None and last.actor.via is Via.CHANNEL

        assert (await on.line.press(ANNA[0], value, place=ROOM_IN_SLACK)).status_code == 200
        await on.line.heard(4)
        assert len(await on.commands()) == 1

        on.later(2)
        await on.line.press(JONAS[0], value, at="2", place=ROOM_IN_SLACK)
        late = (await on.line.heard(6))[4]["text"]
        assert late == f"Bereits von Anna Bergmann übernommen, vor 2 Min.: {WHAT}."
        assert (await on.incident(incident_id)).owner == "anna.bergmann"

    night(kafka, topic_prefix, scenario)


def test_telegrams_buttons_call_for_help_snooze_and_hear_of_the_end(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario(on: Night) -> None:
        incident_id = await on.burning()
        mine = reference(incident_id, "emma.agent")
        assert await on.line.notice(EMMA[1], f"h.{mine}", query="1") == f"Verstärkung wird gerufen: {WHAT}."
        assert await on.line.notice(EMMA[1], f"s.{mine}", query="2") == f"Zurückgestellt bis 22:30 Uhr: {WHAT}."
        assert (await on.incident(incident_id)).state is IncidentState.SNOOZED
        theirs = reference(incident_id, "selin.yildiz")
        said = await on.line.notice(MURAT[1], f"a.{theirs}", query="3")
        assert said == "Taken over: Wave of outrage, Morgenrot-Forum. The incident is yours now."
        (edited,) = await on.line.heard(1)
        assert edited["target"] == "/bot1:bot-token/editMessageText"
        assert edited["text"] == "Kritisch: Übung\nmehr\n\nTaken over by Selin Yıldız, 21:00."
        assert edited["reply_markup"] == {"inline_keyboard": [[{"text": "Link", "url": "https://w"}]]}
        assert (edited["chat_id"], edited["message_id"]) == (MURAT[1], 5)
        again = await on.line.notice(MURAT[1], f"a.{theirs}", query="4")
        assert again == "Noted, you are on it: Wave of outrage, Morgenrot-Forum."
        assert len(await on.commands()) == 4

        await on.station.send(INCIDENTS_COMMANDS, resolve(incident_id))
        assert await on.line.incidents.until(lambda: not on.line.incidents.open(), 45)
        on.later(5)
        over = await on.line.notice(EMMA[1], f"a.{mine}", query="5")
        assert over == f"Schon von Selin Yıldız beendet, vor 5 Min.: {WHAT}."

    night(kafka, topic_prefix, scenario)


def test_a_digit_on_the_phone_takes_over_and_a_replayed_call_changes_nothing(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario(on: Night) -> None:
        incident_id = await on.burning()
        mine = reference(incident_id, "jonas.keller")
        first = await on.line.call(JONAS[2], mine)
        assert first.headers["content-type"].startswith("text/xml")
        assert f"Übernommen: {WHAT}." in first.text and 'language="de-DE"' in first.text
        assert (await on.line.call(JONAS[2], mine)).status_code == 200
        assert len(await on.commands()) == 1
        assert "gilt nicht für Sie" in (await on.line.call(ANNA[2], mine, call="CA2")).text
        status = await on.line.twilio("/answers/twilio/status", {"MessageSid": "SM1", "MessageStatus": "undelivered"})
        assert status.status_code == 204

    night(kafka, topic_prefix, scenario)


def test_a_one_by_text_message_takes_over_the_newest_that_is_open_and_again_nothing_else(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario(on: Night) -> None:
        older, newer = await on.burning(), await on.burning(CrisisKind.REPORT_FLOOD)
        await on.paged("anna.bergmann", older, NIGHT, 1)
        await on.paged("anna.bergmann", newer, NIGHT + minutes(1), 2)
        await on.paged("jonas.keller", older, NIGHT + minutes(2), 3)
        said: list[str] = []

        async def answered() -> bool:
            said.append((await on.line.text(ANNA[2], "1", f"SM{len(said)}")).text)
            return "kein Einsatz offen" not in said[-1]

        await until(answered, "the pages are known")
        assert "Übernommen: Flut von Meldungen, Morgenrot-Forum." in said[-1]
        sid = f"SM{len(said) - 1}"
        assert "Flut von Meldungen" in (await on.line.text(ANNA[2], "1", sid)).text
        assert (await on.incident(older)).state is IncidentState.TRIGGERED
        assert len(await on.commands()) == 1

        assert WHAT in (await on.line.text(ANNA[2], "ok", "SMnext")).text
        assert (await on.incident(older)).owner == "anna.bergmann"
        on.later(3)
        late = (await on.line.text(JONAS[2], "1", "SMlate")).text
        assert "Bereits von Anna Bergmann übernommen, vor 3 Min." in late
        text = late.partition("<Message>")[2].partition("</Message>")[0]
        assert (septets(text) or 161) <= 160

    night(kafka, topic_prefix, scenario)


def test_an_answer_to_a_message_about_several_takes_all_of_them_and_says_which_are_taken(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario(on: Night) -> None:
        wave, flood = await on.burning(), await on.burning(CrisisKind.REPORT_FLOOD)
        await on.paged("anna.bergmann", wave, NIGHT, 1)
        await on.paged("anna.bergmann", flood, NIGHT, 2, carrier=1)
        await on.line.notice(JONAS[1], f"a.{reference(flood, 'jonas.keller')}", query="first")
        on.later(2)
        both, said = f"a.{reference(UUID(int=1), 'anna.bergmann')}", "Diesen Einsatz gibt es nicht mehr."

        async def known() -> bool:
            nonlocal said
            said = await on.line.notice(ANNA[1], both, query="both")
            return said != "Diesen Einsatz gibt es nicht mehr."

        await until(known, "the message is known")
        theirs = "Bereits von Jonas Keller übernommen, vor 2 Min.: Flut von Meldungen, Morgenrot-Forum."
        assert said == f"1 von 2 übernommen. {theirs} Ihnen gehört jetzt: {WHAT}."
        assert len(said) <= 200
        assert (await on.incident(wave)).owner == "anna.bergmann"
        assert (await on.incident(flood)).owner == "jonas.keller"
        told = (await on.line.heard(2))[1]["text"]
        assert f"{WHAT}: Übernommen von Anna Bergmann, 22:02 Uhr." in told
        assert "Flut von Meldungen, Morgenrot-Forum: Übernommen von Jonas Keller, 22:00 Uhr." in told

        assert len(await on.commands()) == 3
        await on.line.notice(ANNA[1], both, query="both")
        assert len(await on.commands()) == 3

    night(kafka, topic_prefix, scenario)


def test_a_one_by_text_message_and_a_digit_take_all_that_one_message_told_of(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario(on: Night) -> None:
        wave, flood = await on.burning(), await on.burning(CrisisKind.REPORT_FLOOD)
        await on.paged("anna.bergmann", wave, NIGHT, 1)
        await on.paged("anna.bergmann", flood, NIGHT, 2, carrier=1)
        said: list[str] = []

        async def answered() -> bool:
            said.append((await on.line.text(ANNA[2], "1", f"SM{len(said)}")).text)
            return "kein Einsatz offen" not in said[-1]

        await until(answered, "the pages are known")
        text = said[-1].partition("<Message>")[2].partition("</Message>")[0]
        assert text.startswith("2 Einsätze übernommen. Ihnen gehört jetzt: Welle der Empörung, Morgenrot-Forum; Flut")
        assert (septets(text) or 161) <= 160
        assert {(await on.incident(one)).owner for one in (wave, flood)} == {"anna.bergmann"}
        assert len(await on.commands()) == 2
        await on.line.text(ANNA[2], "1", f"SM{len(said) - 1}")
        assert len(await on.commands()) == 2
        called = await on.line.call(ANNA[2], reference(UUID(int=1), "anna.bergmann"))
        assert "2 Einsätze übernommen." in called.text
        assert len(await on.commands()) == 4

    night(kafka, topic_prefix, scenario)


def test_a_text_message_that_is_played_again_when_its_incident_is_forgotten_takes_nothing_over(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario(on: Night) -> None:
        former = await on.burning()
        await on.paged("anna.bergmann", former, NIGHT, 1)
        said: list[str] = []

        async def answered() -> bool:
            said.append((await on.line.text(ANNA[2], "1", f"SM{len(said)}")).text)
            return "Übernommen" in said[-1]

        await until(answered, "the page is known")
        await on.station.send(INCIDENTS_COMMANDS, resolve(former))
        assert await on.line.incidents.until(lambda: not on.line.incidents.open(), 45)
        name = on.station.settings.topics().of(INCIDENTS_CHANGED)
        async with EventProducer(on.station.settings) as producer:
            await producer.send(Outgoing(name, on.station.shard, str(former).encode(), None))
        newer = await on.burning(CrisisKind.REPORT_FLOOD)
        await on.paged("anna.bergmann", newer, NIGHT + minutes(1), 2)

        settings = on.station.settings
        async with listening_in(settings.kafka_bootstrap, settings.topic_prefix) as restarted:

            async def read() -> bool:
                known = restarted.incidents.get(newer) is not None and restarted.incidents.get(former) is None
                return known and restarted.is_caught_up()

            await until(read, "all is read anew")
            again = (await restarted.text(ANNA[2], "1", f"SM{len(said) - 1}")).text
            assert "Diesen Einsatz gibt es nicht mehr." in again
            assert (await on.incident(newer)).state is IncidentState.TRIGGERED
            assert len(await on.commands()) == 2
            assert "Flut von Meldungen" in (await restarted.text(ANNA[2], "1", "SMnew")).text

    night(kafka, topic_prefix, scenario)


def test_while_nobody_obeys_it_is_noted_and_under_way(
    kafka: KafkaServer, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "OBEY_SECONDS", 0.2)

    async def main() -> None:
        settings, clock = settings_for(kafka.bootstrap, topic_prefix), CivilClock(NIGHT)
        await ensure_topics(settings, [PAGES_DELIVERIES])
        async with listening_in(kafka.bootstrap, topic_prefix) as line:
            async with running(settings, clock) as station:
                on = Night(station, line, clock)
                incident_id = await on.burning()
            said = await line.notice(ANNA[1], f"a.{reference(incident_id, 'anna.bergmann')}")
            assert said == f"Vermerkt und unterwegs: {WHAT}."
            assert len(await on.commands()) == 1

    asyncio.run(main())
