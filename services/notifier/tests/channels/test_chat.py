"""What Twilio, Slack and Telegram say inside of their answers, and what of a page goes out to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import Contact, SlackContact, SmsContact, TelegramContact, VoiceContact
from feuerwache.common.http.client import Answer
from feuerwache.common.http.guard import AddressGuard
from feuerwache.notifier.accounts import AccountSettings
from feuerwache.notifier.channels import slack, telegram, twilio
from feuerwache.notifier.channels.channel import Channel, Delivery, Outcome, Result, accepted
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import HttpLine, by_status
from feuerwache.notifier.channels.slack import SlackApp, SlackChannel, blocks
from feuerwache.notifier.channels.sms import SmsChannel
from feuerwache.notifier.channels.telegram import MOST_TEXT, TelegramBot, TelegramChannel, content, units
from feuerwache.notifier.channels.twilio import TwilioAccount
from feuerwache.notifier.channels.voice import VoiceChannel, call_twiml
from feuerwache.notifier.message.message import Choice, Message
from support.peers.peer import DELIVERY_ID, INCIDENT_ID, message

Reading = Callable[[Answer, Outcome], Outcome]


def answered(reading: Reading, status: int, value: object) -> Outcome:
    clock = SystemClock()
    return reading(Answer(status, {}, json.dumps(value).encode(), False), by_status(status, None, clock.real_now()))


@pytest.mark.parametrize(
    ("reading", "status", "value", "result", "reason"),
    [
        (slack.read, 200, {"ok": False, "error": "ratelimited"}, Result.TRANSIENT, "Slack: ratelimited"),
        (slack.read, 200, {"ok": False, "error": "internal_error"}, Result.TRANSIENT, "Slack: internal_error"),
        (slack.read, 200, {"ok": False, "error": "invalid_auth"}, Result.PERMANENT, "Slack: invalid_auth"),
        (slack.read, 200, {"ok": False, "error": "<b>PRIVATE</b>"}, Result.PERMANENT, "the answer is not Slack's"),
        (slack.read, 200, {"ok": "yes", "ts": "1"}, Result.PERMANENT, "the answer is not Slack's"),
        (slack.read, 200, ["ok"], Result.PERMANENT, "the answer is not Slack's"),
        (slack.read, 429, {"ok": False, "error": "ratelimited"}, Result.TRANSIENT, "HTTP 429, Slack: ratelimited"),
        (twilio.read, 400, {"code": 21211}, Result.PERMANENT, "HTTP 400, Twilio 21211"),
        (twilio.read, 400, {"code": 21611}, Result.TRANSIENT, "HTTP 400, Twilio 21611"),
        (twilio.read, 400, {"code": "PRIVATE"}, Result.PERMANENT, "HTTP 400"),
        (twilio.read, 201, {"sid": "SM1", "error_code": 30007}, Result.PERMANENT, "Twilio 30007"),
        (twilio.read, 201, {"sid": "SM1", "status": "failed"}, Result.PERMANENT, "Twilio gave it up at once"),
        (twilio.read, 201, {"sid": "SM1", "error_code": 30001}, Result.TRANSIENT, "Twilio 30001"),
        (twilio.read, 200, {"hello": "proxy"}, Result.PERMANENT, "the answer is not Twilio's"),
        (telegram.read, 200, {"ok": True}, Result.PERMANENT, "the answer is not Telegram's"),
        (
            telegram.read,
            403,
            {"ok": False, "description": "Forbidden: bot was blocked by the user PRIVATE"},
            Result.PERMANENT,
            "HTTP 403: the bot was blocked",
        ),
        (
            telegram.read,
            400,
            {"ok": False, "description": "Bad Request: chat not found"},
            Result.PERMANENT,
            "HTTP 400: the chat is not known to the bot",
        ),
        (telegram.read, 400, {"ok": False, "description": "PRIVATE"}, Result.PERMANENT, "HTTP 400"),
    ],
)
def test_what_an_answer_says_inside(reading: Reading, status: int, value: object, result: Result, reason: str) -> None:
    outcome = answered(reading, status, value)
    assert (outcome.result, outcome.reason) == (result, reason)


@pytest.mark.parametrize(
    ("parameters", "wait"),
    [
        ({"retry_after": 7}, 7.0),
        ({"retry_after": 10**9}, 3600.0),
        ({"retry_after": "x"}, None),
        (None, None),
        ([], None),
    ],
)
def test_telegram_says_in_the_body_how_long_to_wait(parameters: object, wait: float | None) -> None:
    outcome = answered(telegram.read, 429, {"ok": False, "parameters": parameters})
    assert (outcome.result, outcome.retry_after) == (Result.TRANSIENT, wait)


def test_what_would_be_a_mention_in_slack_stays_text() -> None:
    said = json.dumps(blocks(Message("de", "s", "t", "h", {}, short="Kritisch: <!channel> & <@U1>\n<!here>")))
    assert "<!here>" not in said and "&lt;!here&gt;" in said


@given(st.text(max_size=5000), st.text(min_size=1, max_size=300))
def test_slack_and_telegram_take_whatever_a_community_is_called(short: str, label: str) -> None:
    page = Message("de", "s", "t", "h", {}, "https://w/i/x", short, choices=(Choice(label, "a.R"),), link_label=label)
    header, *rest = blocks(page)
    assert len(header["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3000 for block in rest if block["type"] == "section")
    value = content(page)
    assert units(value["text"]) <= MOST_TEXT
    value["text"].encode()


def test_a_link_that_telegram_opens_from_no_button_stands_in_the_text() -> None:
    value = content(message(link="http://127.0.0.1:8080/i/token"))
    assert value["text"].endswith("\nhttp://127.0.0.1:8080/i/token")
    assert "url" not in json.dumps(value["reply_markup"])


def test_a_call_that_nobody_would_hear_an_answer_of_only_speaks() -> None:
    page = message()
    assert [element.tag for element in fromstring(call_twiml(page, None))] == ["Say"]
    mute = Message("en", "s", "t", "h", {}, spoken="A & B <c>")
    (say,) = fromstring(call_twiml(mute, "https://w/answers/twilio"))
    assert (say.tag, say.get("language"), say.text) == ("Say", "en-GB", "A & B <c>")


@given(st.one_of(st.text(max_size=6000), st.just("&" * 3000)))
def test_a_call_is_never_longer_than_twilio_takes(text: str) -> None:
    page = Message("de", "s", "t", "h", {}, spoken=text, reference="R" * 38)
    assert len(call_twiml(page, "https://wache.example/answers/twilio")) <= 4000


LOST = Credential(file=Path("/nowhere/secret"))


@pytest.mark.parametrize(
    ("make", "contact"),
    [
        (lambda line: SmsChannel(line, TwilioAccount("AC1", LOST, "+4930")), SmsContact(number="+4915112345678")),
        (lambda line: VoiceChannel(line, TwilioAccount("AC1", LOST, "+4930")), VoiceContact(number="+4915112345678")),
        (lambda line: SlackChannel(line, SlackApp(LOST)), SlackContact(to="C0123ABCD")),
        (lambda line: TelegramChannel(line, TelegramBot(Credential())), TelegramContact(chat=1)),
    ],
    ids=["sms", "voice", "slack", "telegram"],
)
def test_a_secret_that_cannot_be_read_is_a_failure_for_good(
    make: Callable[[HttpLine], Channel], contact: Contact
) -> None:
    async def main() -> Outcome:
        channel = make(HttpLine(AddressGuard(), SystemClock(), seconds=0.5))
        try:
            return await channel.send(Delivery(DELIVERY_ID, INCIDENT_ID, contact), message())
        finally:
            await channel.close()

    outcome = asyncio.run(main())
    assert outcome.result is Result.PERMANENT
    assert "cannot be used" in outcome.reason and "nowhere" not in outcome.reason


SID = "AC" + "a" * 32


def test_accounts_are_there_when_they_are_whole() -> None:
    nothing = AccountSettings()
    assert (nothing.twilio(None), nothing.slack(), nothing.telegram()) == (None, None, None)
    settings = AccountSettings(
        twilio_account_sid=SID,
        twilio_auth_token=SecretStr("t"),
        twilio_number="+49 30 123456",
        slack_bot_token_file=Path("x"),
        telegram_bot_token=SecretStr("s"),
    )
    account = settings.twilio("https://w/answers/twilio")
    assert account is not None and account.number == "+4930123456"
    assert settings.slack() and settings.telegram()
    assert "SecretStr('t')" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"twilio_account_sid": SID},
        {"twilio_auth_token": SecretStr("t"), "twilio_number": "+4930123456"},
        {"twilio_account_sid": "SK1", "twilio_auth_token": SecretStr("t"), "twilio_number": "+4930123456"},
        {"twilio_account_sid": SID, "twilio_auth_token": SecretStr("t"), "twilio_number": "030 123456"},
        {"slack_bot_token": SecretStr("x"), "slack_bot_token_file": Path("x")},
        {"telegram_url": "ftp://x"},
    ],
)
def test_half_an_account_is_refused_at_the_start(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AccountSettings(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_a_good_status_alone_is_not_an_answer() -> None:
    for reading in (slack.read, twilio.read, telegram.read):
        assert reading(Answer(200, {}, b"<html>", False), accepted()).result is Result.PERMANENT
