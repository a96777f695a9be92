"""References, proofs and callbacks on their own: what holds, and everything that must not."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from feuerwache.common.clock import ManualClock
from feuerwache.common.linktoken import BadToken, LinkToken
from feuerwache.common.linktoken import issue as issue_link
from feuerwache.common.linktoken import verify as verify_link
from feuerwache.notifier.answering import callback, proof
from feuerwache.notifier.answering.door import heard, references
from feuerwache.notifier.answering.reference import BadReference, EndedReference, Reference, issue, verify
from feuerwache.notifier.answering.told import ago
from feuerwache.notifier.answering.wording import DE, EN
from feuerwache.notifier.settings import NotifierSettings
from support.hotline import people, slack_body, telegram_update

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
REFERENCE = Reference(UUID(int=7), "anna.bergmann", NOW + timedelta(days=1))
TEXT = issue(REFERENCE, SECRET)


def test_a_reference_is_short_and_says_again_what_it_was_made_of() -> None:
    assert len(TEXT) == 38
    assert verify(TEXT, ["jonas.keller", "anna.bergmann"], SECRET, NOW) == REFERENCE
    assert "anna" not in str(urlsafe_b64decode(TEXT + "=="))


def test_a_reference_of_somebody_else_of_a_foreign_house_or_changed_is_refused() -> None:
    with pytest.raises(BadReference):
        verify(TEXT, ["jonas.keller", "room:crisis"], SECRET, NOW)
    with pytest.raises(BadReference):
        verify(TEXT, ["anna.bergmann"], b"f" * 32, NOW)
    raw = bytearray(urlsafe_b64decode(TEXT + "=="))
    for place in range(len(raw)):
        changed = raw.copy()
        changed[place] ^= 1
        with pytest.raises(BadReference):
            verify(urlsafe_b64encode(changed).decode().rstrip("="), ["anna.bergmann"], SECRET, NOW)


def test_a_reference_ends_on_time() -> None:
    verify(TEXT, ["anna.bergmann"], SECRET, REFERENCE.expires - timedelta(seconds=1))
    with pytest.raises(EndedReference):
        verify(TEXT, ["anna.bergmann"], SECRET, REFERENCE.expires)


def test_neither_a_link_is_a_reference_nor_a_reference_a_link() -> None:
    link = issue_link(LinkToken(UUID(int=7), "anna.bergmann", NOW + timedelta(days=1)), SECRET)
    with pytest.raises(BadReference):
        verify(link, ["anna.bergmann", ""], SECRET, NOW)
    with pytest.raises(BadToken):
        verify_link(TEXT, SECRET, NOW)


@given(st.text(max_size=80))
def test_rubbish_is_no_reference(text: str) -> None:
    with pytest.raises(BadReference):
        verify(text, ["anna.bergmann"], SECRET, NOW)


# --- the providers' own examples --------------------------------------------------------------------------------------

#: https://docs.slack.dev/authentication/verifying-requests-from-slack
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SLACK_SECRET, SLACK_AT = "8f742231b10e8888abcd99yyyzzz85a5", 1531420618
SLACK_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


@pytest.mark.parametrize(("skew", "holds"), [(0, True), (299, True), (-299, True), (301, False), (-301, False)])
def test_slacks_own_example_holds_for_five_minutes_either_way(skew: int, holds: bool) -> None:
    now = datetime.fromtimestamp(SLACK_AT + skew, UTC)
    assert proof.from_slack(SLACK_BODY, str(SLACK_AT), SLACK_SIGNATURE, SLACK_SECRET, now) is holds


@pytest.mark.parametrize(
    ("body", "at", "signature", "secret"),
    [
        (SLACK_BODY + b"x", str(SLACK_AT), SLACK_SIGNATURE, SLACK_SECRET),
        (SLACK_BODY, str(SLACK_AT + 1), SLACK_SIGNATURE, SLACK_SECRET),
        (SLACK_BODY, str(SLACK_AT), SLACK_SIGNATURE[:-1] + "4", SLACK_SECRET),
        (SLACK_BODY, str(SLACK_AT), None, SLACK_SECRET),
        (SLACK_BODY, None, SLACK_SIGNATURE, SLACK_SECRET),
        (SLACK_BODY, "now", SLACK_SIGNATURE, SLACK_SECRET),
        (SLACK_BODY, str(SLACK_AT), SLACK_SIGNATURE, "another"),
        (SLACK_BODY, str(SLACK_AT), SLACK_SIGNATURE, ""),
        (SLACK_BODY, str(SLACK_AT), "v0=ä", SLACK_SECRET),
    ],
)
def test_whatever_differs_is_not_from_slack(body: bytes, at: str | None, signature: str | None, secret: str) -> None:
    assert not proof.from_slack(body, at, signature, secret, datetime.fromtimestamp(SLACK_AT, UTC))


#: https://www.twilio.com/docs/usage/security#validating-requests
TWILIO_URL, TWILIO_TOKEN = "https://mycompany.com/myapp.php?foo=1&bar=2", "12345"
TWILIO_FIELDS = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+12349013030"),
    ("Digits", "1234"),
    ("From", "+12349013030"),
    ("To", "+18005551212"),
)
TWILIO_SIGNATURE = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_twilios_own_example_holds_in_any_order() -> None:
    assert proof.from_twilio(TWILIO_URL, TWILIO_FIELDS, TWILIO_SIGNATURE, TWILIO_TOKEN)
    assert proof.from_twilio(TWILIO_URL, TWILIO_FIELDS[::-1], TWILIO_SIGNATURE, TWILIO_TOKEN)


@pytest.mark.parametrize(
    ("url", "given", "signature", "token"),
    [
        (TWILIO_URL.replace("https", "http"), TWILIO_FIELDS, TWILIO_SIGNATURE, TWILIO_TOKEN),
        (TWILIO_URL, TWILIO_FIELDS[1:], TWILIO_SIGNATURE, TWILIO_TOKEN),
        (TWILIO_URL, (*TWILIO_FIELDS, ("Z", "1")), TWILIO_SIGNATURE, TWILIO_TOKEN),
        (TWILIO_URL, TWILIO_FIELDS, None, TWILIO_TOKEN),
        (TWILIO_URL, TWILIO_FIELDS, TWILIO_SIGNATURE, "54321"),
        (TWILIO_URL, TWILIO_FIELDS, TWILIO_SIGNATURE, ""),
    ],
)
def test_whatever_differs_is_not_from_twilio(
    url: str, given: tuple[tuple[str, str], ...], signature: str | None, token: str
) -> None:
    assert not proof.from_twilio(url, given, signature, token)


def test_telegram_proves_itself_by_the_secret_alone_and_an_empty_one_proves_nothing() -> None:
    assert proof.from_telegram("s3cret", "s3cret")
    assert not any(proof.from_telegram(given, expected) for given, expected in [(None, "s"), ("x", "s"), ("", "")])


# --- what is posted ---------------------------------------------------------------------------------------------------


def test_a_button_of_slack_and_one_of_telegram_are_taken_apart() -> None:
    found = callback.slack(slack_body("U1", "a.REF", at="17.5", place="C1", hooks="https://hooks.slack.com"))
    assert found is not None
    assert found.pressed == callback.Pressed("U1", "C1", "a", "REF", "C1:1700000000.000100:17.5")
    assert found.response_url == "https://hooks.slack.com/actions/T0/1/abc"
    pressed = callback.telegram(json.dumps(telegram_update("7", "h.REF", query="q", place="-5")).encode())
    assert pressed is not None and pressed.pressed == callback.Pressed("7", "-5", "h", "REF", "q")
    assert (pressed.message_id, pressed.text) == (5, "Kritisch: Übung\nmehr")


def test_what_is_no_answer_is_none() -> None:
    assert callback.slack(urlencode({"payload": '{"type": "view_submission"}'}).encode()) is None
    assert callback.slack(slack_body("U1", "x")) is None
    assert callback.telegram(b'{"update_id": 1, "message": {"text": "/start"}}') is None
    assert callback.voice([("Digits", "2"), ("To", "+49"), ("CallSid", "CA1")], "REF") is None


@given(
    st.one_of(st.binary(max_size=300), st.from_type(dict[str, int | str]).map(lambda value: json.dumps(value).encode()))
)
def test_whatever_is_posted_is_understood_ignored_or_refused(body: bytes) -> None:
    for parse in (callback.slack, callback.telegram, callback.form):
        with suppress(callback.BadCallback):  # the one thing it may raise
            parse(body)


@pytest.mark.parametrize(
    "value",
    [
        {"type": "block_actions", "actions": [{"value": "a.R"}]},
        {"type": "block_actions", "actions": [{"value": "a.R"}], "user": "U1", "container": 3, "message": [1]},
        {"type": "block_actions", "actions": [{"value": "a.R"}], "user": {"id": ""}},
    ],
)
def test_a_button_that_nobody_pressed_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(callback.BadCallback):
        callback.slack(urlencode({"payload": json.dumps(value)}).encode())


@pytest.mark.parametrize("text", ["1", " 1. ", "OK", "ok!", "Ja", "yes", "Übernehme", "take  over"])
def test_these_text_messages_take_over(text: str) -> None:
    assert callback.says_yes(text)


@pytest.mark.parametrize("text", ["", "2", "11", "nein", "no", "1 2", "ok, aber morgen", "STOP"])
def test_these_do_not(text: str) -> None:
    assert not callback.says_yes(text)


def test_both_languages_have_the_same_blanks() -> None:
    def blanks(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for field in fields(DE):
        assert blanks(getattr(DE, field.name)) == blanks(getattr(EN, field.name)), field.name


def test_how_long_ago_is_said_as_each_language_says_it() -> None:
    anna, selin = (people().person(one) for one in ("anna.bergmann", "selin.yildiz"))
    assert anna is not None and selin is not None
    three_days = timedelta(days=3)
    assert (ago(NOW - three_days, NOW, anna), ago(NOW - three_days, NOW, selin)) == ("3 Tagen", "3 days")
    assert ago(NOW + timedelta(minutes=1), NOW, anna) == "1 Sek."


# --- who is heard -----------------------------------------------------------------------------------------------------

TWILIO = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": "t", "twilio_number": "+4930123456"}
OUTSIDE: dict[str, Any] = {"http_port": 8083, "notifier_url": "https://wache.example/notifier/"}


@pytest.mark.parametrize(
    ("given", "channels"),
    [
        ({}, set()),
        (TWILIO, set()),
        ({**TWILIO, "http_port": 8083}, set()),
        ({**TWILIO, **OUTSIDE}, {"sms", "voice"}),
        ({**OUTSIDE, "slack_bot_token": "x"}, set()),
        ({**OUTSIDE, "slack_signing_secret": "x", "telegram_secret_file": "x"}, {"slack", "telegram"}),
    ],
)
def test_a_page_asks_for_an_answer_only_where_somebody_would_hear_it(given: dict[str, Any], channels: set[str]) -> None:
    settings = NotifierSettings(link_secret=SecretStr(SECRET.decode()), **given)
    assert heard(settings) == channels
    make = references(settings, ManualClock(NOW))
    asked = {channel for channel in ("email", "sms", "voice", "slack", "telegram") if make(UUID(int=7), "a", channel)}
    assert asked == channels


def test_twilio_is_given_no_address_it_could_not_reach() -> None:
    assert NotifierSettings(http_port=0).callbacks("twilio") is None
    assert NotifierSettings(**OUTSIDE).callbacks("twilio") == "https://wache.example/notifier/answers/twilio"
