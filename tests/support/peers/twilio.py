"""Twilio's REST API as its documentation describes it: messages and calls of one account."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs
from xml.etree.ElementTree import fromstring

from pydantic import SecretStr

from feuerwache.common.config.contact import Contact, SmsContact, VoiceContact
from feuerwache.notifier.channels.channel import Channel, Result
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.sms import SmsChannel
from feuerwache.notifier.channels.twilio import TwilioAccount
from feuerwache.notifier.channels.voice import VoiceChannel
from support.peers.peer import DELIVERY_ID, LINK, PRIVATE, REFERENCE, HttpPeer, Where
from support.peers.wire import Reply, Request

SID, TOKEN = "AC" + "0123456789abcdef" * 2, "twilio-token-nobody-knows"
OURS, THEIRS = "+493012345678", "+4915112345678"
CALLBACKS = "https://wache.example/answers/twilio"
SENT: dict[str, object] = {"sid": "SM" + "0" * 32, "status": "queued", "error_code": None, "to": THEIRS}


def answer(status: str, value: dict[str, object], headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(value).encode())


def refusal(status: int, code: int) -> dict[str, object]:
    return {
        "code": code,
        "message": f"{PRIVATE.decode()} {THEIRS}",
        "more_info": "https://www.twilio.com",
        "status": status,
    }


REPLIES = {
    "refused for good": answer("400 Bad Request", refusal(400, 21211)),
    "not allowed": answer("401 Unauthorized", refusal(401, 20003)),
    "too many": answer("429 Too Many Requests", refusal(429, 20429), {"Retry-After": "7"}),
    "refused for now": answer("503 Service Unavailable", refusal(503, 20503)),
    "error inside": answer("201 Created", {**SENT, "status": "failed", "error_code": 30008}),
}


def account(where: Where) -> TwilioAccount:
    return TwilioAccount(SID, Credential(SecretStr(TOKEN)), OURS, where.url, CALLBACKS)


def make_sms(where: Where) -> tuple[Channel, Contact]:
    return SmsChannel(where.line(), account(where)), SmsContact(number=THEIRS)


def make_voice(where: Where) -> tuple[Channel, Contact]:
    return VoiceChannel(where.line(), account(where)), VoiceContact(number=THEIRS)


def fields_of(request: Request, resource: str) -> dict[str, str]:
    assert request.method == "POST"
    assert request.target == f"/2010-04-01/Accounts/{SID}/{resource}.json"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["authorization"] == "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    fields = {name: value for name, (value,) in parse_qs(request.body.decode(), strict_parsing=True).items()}
    assert (fields["From"], fields["To"]) == (OURS, THEIRS)
    return fields


def check_sms(request: Request) -> None:
    fields = fields_of(request, "Messages")
    assert set(fields) == {"From", "To", "Body", "StatusCallback"}
    assert 0 < len(fields["Body"]) <= 160 and fields["Body"].endswith(LINK)
    assert fields["StatusCallback"] == f"{CALLBACKS}/status?d={DELIVERY_ID}&a=1&s=0"


def check_voice(request: Request) -> None:
    fields = fields_of(request, "Calls")
    assert set(fields) == {"From", "To", "Twiml", "Timeout", "StatusCallback"}
    assert fields["StatusCallback"] == f"{CALLBACKS}/status?d={DELIVERY_ID}&a=1&s=0"
    assert len(fields["Twiml"]) <= 4000
    (gather,) = fromstring(fields["Twiml"])
    assert gather.tag == "Gather"
    assert (gather.get("numDigits"), gather.get("method")) == ("1", "POST")
    assert gather.get("action") == f"{CALLBACKS}/voice?r={REFERENCE}"
    (say,) = gather
    assert (say.tag, say.get("language")) == ("Say", "de-DE")
    assert int(say.get("loop", "1")) > 1
    assert say.text and "Morgenrot" in say.text


SMS = HttpPeer(
    "sms",
    make_sms,
    check_sms,
    secrets=(TOKEN, THEIRS),
    success=answer("201 Created", SENT),
    replies=REPLIES,
    expected={"huge answer": Result.PERMANENT},
)
VOICE = HttpPeer(
    "voice",
    make_voice,
    check_voice,
    secrets=(TOKEN, THEIRS),
    success=answer("201 Created", {"sid": "CA" + "0" * 32, "status": "queued"}),
    replies={**REPLIES, "error inside": answer("201 Created", {"sid": "CA" + "0" * 32, "status": "failed"})},
    expected={"huge answer": Result.PERMANENT},
)
