"""What the doors do not let in, and what people are told of who may not act: no broker is needed for a no."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY

from feuerwache.common.events.incident import Incident, IncidentChanged, IncidentState
from feuerwache.common.kafka.keys import incident_key
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.notifier.answering import desk, service, web
from feuerwache.notifier.answering.wording import UNKNOWN_SENDER
from feuerwache.notifier.incidents import Incidents
from support.hotline import (
    ANNA,
    BOT_SECRET,
    EMMA,
    JONAS,
    MURAT,
    ROOM_IN_TELEGRAM,
    SID,
    STRANGER,
    Hotline,
    listening_in,
    reference,
    slack_body,
    telegram_update,
)
from support.incidents import NIGHT, event
from support.samples import sample

NOWHERE = "127.0.0.1:1"
ONE = UUID(int=1)


def show(incidents: Incidents, **changes: object) -> None:
    base = {"incident_id": ONE, "revision": 1, "community_title": "Kaffee & Freunde", "rule_title": {}, "shard": 0}
    incident: Incident = sample(IncidentChanged, full=False).incident.model_copy(update={**base, **changes})
    out = Outgoing.of("t", 0, incident_key(ONE), event(IncidentChanged(incident=incident), NIGHT))
    incidents.take(Record("t", 0, 0, 0, out.key, out.value, tuple(out.headers)))


def heard(scenario: Callable[[Hotline], Awaitable[None]]) -> None:
    async def main() -> None:
        async with listening_in(NOWHERE, "t.", follow=False) as line:
            await scenario(line)

    asyncio.run(main())


def forged(by: str) -> float:
    return REGISTRY.get_sample_value("feuerwache_notifier_answers_total", {"by": by, "outcome": "forged"}) or 0.0


def test_nothing_gets_in_without_a_proof_that_holds() -> None:
    body = slack_body(ANNA[0], f"a.{reference(ONE, 'anna.bergmann')}")
    fields = {"To": ANNA[2], "From": "+4930123", "CallSid": "CA1", "Digits": "1"}

    async def scenario(line: Hotline) -> None:
        show(line.incidents)
        before = [forged(by) for by in ("slack", "telegram", "voice", "sms")]
        update = telegram_update(ANNA[1], f"a.{reference(ONE, 'anna.bergmann')}")
        tries = [
            await line.slack(body, secret="guessed"),
            await line.slack(body, skew=-400),
            await line.slack(body, skew=400),
            await line.post("/answers/slack", body, {}),
            await line.telegram(update, secret="guessed"),
            await line.telegram(update, secret=""),
            await line.post("/answers/telegram", b"{}", {}),
            await line.twilio("/answers/twilio/voice?r=x", fields, token="guessed"),
            await line.twilio("/answers/twilio/voice?r=x", fields, signed_for="https://elsewhere.example/answers"),
            await line.twilio("/answers/twilio/voice?r=x", {**fields, "AccountSid": SID.replace("0", "1")}),
            await line.twilio("/answers/twilio/sms", {"Body": "1"}, token="guessed"),
            await line.twilio("/answers/twilio/status", {"MessageStatus": "sent"}, token="guessed"),
        ]
        assert [answer.status_code for answer in tries] == [403] * len(tries)
        assert "anna" not in "".join(answer.text for answer in tries).lower()
        after = [forged(by) for by in ("slack", "telegram", "voice", "sms")]
        assert [new - old for new, old in zip(after, before, strict=True)] == [4, 3, 3, 2]
        assert line.told == []

    heard(scenario)


def test_a_body_too_large_is_not_read_and_one_that_is_no_answer_is_refused() -> None:
    async def scenario(line: Hotline) -> None:
        large = b"x" * 70_000
        assert (await line.slack(large)).status_code == 413
        headers = {"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET}
        assert (await line.post("/answers/telegram", large, headers)).status_code == 413
        assert (await line.post("/answers/telegram", b"[1]", headers)).status_code == 400
        assert (await line.post("/answers/telegram", b"\xff", headers)).status_code == 400
        assert (await line.slack(b"payload=%FF")).status_code == 400
        assert (await line.twilio("/answers/twilio/sms", {"Body": "1"})).status_code == 400
        assert (await line.telegram({"update_id": 3, "message": {"text": "/start"}})).status_code == 200
        assert (await line.slack(urlencode({"payload": '{"type":"shortcut"}'}).encode())).status_code == 200
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{line.port}/answers/slack")).status_code == 405

    heard(scenario)


def test_whoever_dawdles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.2)

    async def scenario(line: Hotline) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"POST /answers/slack HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        async with asyncio.timeout(20):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()

    heard(scenario)


def test_an_account_nobody_has_is_told_so() -> None:
    async def scenario(line: Hotline) -> None:
        show(line.incidents)
        value = f"a.{reference(ONE, 'anna.bergmann')}"
        assert await line.notice(STRANGER[1], value) == UNKNOWN_SENDER
        assert (await line.press(STRANGER[0], value)).status_code == 200
        assert (await line.heard(1))[0]["text"] == UNKNOWN_SENDER
        assert UNKNOWN_SENDER.split(";")[0] in (await line.call(STRANGER[2], value)).text
        assert "kennt dieses Konto nicht" in (await line.text(STRANGER[2], "1")).text

    heard(scenario)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (lambda: f"a.{reference(ONE, 'jonas.keller')}", "Dieser Knopf gilt nicht für Sie."),
        (
            lambda: f"a.{reference(ONE, 'anna.bergmann', secret='another house, another secret ..')}",
            "gilt nicht für Sie",
        ),
        (lambda: f"a.{reference(ONE, 'room:crisis')}", "gilt nicht für Sie"),
        (lambda: f"a.{reference(ONE, 'anna.bergmann', timedelta(seconds=-1))}", "Dieser Knopf ist abgelaufen."),
        (lambda: f"a.{reference(UUID(int=9), 'anna.bergmann')}", "Diesen Einsatz gibt es nicht mehr."),
        (lambda: "a.%%%", "gilt nicht für Sie"),
    ],
)
def test_a_button_that_does_not_hold_does_nothing_and_says_why(value: Callable[[], str], said: str) -> None:
    async def scenario(line: Hotline) -> None:
        show(line.incidents)
        assert said in await line.notice(ANNA[1], value())

    heard(scenario)


def test_a_button_of_a_room_is_for_whoever_of_the_house_presses_it_there() -> None:
    async def scenario(line: Hotline) -> None:
        value = f"a.{reference(UUID(int=9), 'room:night')}"
        assert "gibt es nicht mehr" in await line.notice(ANNA[1], value, place=ROOM_IN_TELEGRAM)
        assert "gilt nicht" in await line.notice(ANNA[1], value)

    heard(scenario)


def test_a_notice_is_never_longer_than_telegram_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "UNKNOWN_SENDER", "🔥" * 150)

    async def scenario(line: Hotline) -> None:
        said = await line.notice(STRANGER[1], f"a.{reference(ONE, 'anna.bergmann')}")
        assert len(said.encode("utf-16-le")) // 2 <= 200
        assert said.startswith("🔥" * 99) and said.endswith("…")

    heard(scenario)


def test_what_is_not_on_record_is_never_called_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker is away: everybody hears that it is not sure, in their language."""
    monkeypatch.setattr(service, "RECORD_SECONDS", 0.3)

    async def scenario(line: Hotline) -> None:
        show(line.incidents)
        said = await line.notice(ANNA[1], f"a.{reference(ONE, 'anna.bergmann')}")
        assert said.startswith("Das ließ sich gerade nicht sicher vermerken.")
        spoken = (await line.call(MURAT[2], reference(ONE, "selin.yildiz"))).text
        assert "could not be put on record" in spoken and 'language="en-GB"' in spoken

    heard(scenario)


def test_another_digit_is_asked_again_and_a_text_that_is_no_answer_is_explained() -> None:
    async def scenario(line: Hotline) -> None:
        show(line.incidents, state=IncidentState.TRIGGERED)
        again = (await line.call(JONAS[2], reference(ONE, "jonas.keller"), digits="5")).text
        assert "<Gather" in again and "Drücken Sie 1" in again
        assert "Mit 1 übernehmen Sie" in (await line.text(EMMA[2], "was ist los?")).text
        assert "kein Einsatz offen" in (await line.text(EMMA[2], "1")).text

    heard(scenario)
