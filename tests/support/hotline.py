"""The notifier's ear for answers over real HTTP, and providers that post to it as their documentation describes.

`listening_in` composes it as the notifier does. With a broker the real incidents task obeys in this process; without
one the test says which incidents there are.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
from pydantic import SecretStr

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.contact import Contact, EmailContact, SlackContact, SmsContact, TelegramContact
from feuerwache.common.config.people import People, Person, Role, Room
from feuerwache.common.health import Health
from feuerwache.common.http.guard import LOOPBACK
from feuerwache.common.http.signature import base64_hmac, hex_hmac
from feuerwache.common.process import Process
from feuerwache.common.web import listening, serve_http
from feuerwache.notifier.answering.reference import Reference, issue
from feuerwache.notifier.answering.service import answering
from feuerwache.notifier.incidents import Incidents
from feuerwache.notifier.settings import NotifierSettings
from feuerwache.notifier.web import make_app
from support.incidents import NIGHT
from support.kafka import until
from support.peers import wire

SECRET = "a secret for links in tests, long enough"
SIGNING, BOT_SECRET, TOKEN = "slack-signing-secret", "telegram-secret-token", "twilio-auth-token"
SID = "AC" + "0" * 32
URL = "https://wache.example/notifier"
ROOM_IN_SLACK, ROOM_IN_TELEGRAM = "C0FEUERWACHE", "-100777"
#: Slack member, Telegram account, phone.
ANNA, JONAS, MURAT, EMMA = (
    ("U0ANNA0001", "1001", "+4915110000001"),
    ("U0JONAS001", "1002", "+4915110000002"),
    ("U0MURAT001", "1003", "+447700900003"),
    ("U0EMMA0001", "1004", "+4915110000004"),
)
STRANGER = ("U0STRANGER", "9999", "+4915199999999")


def people() -> People:
    def person(key: str, name: str, accounts: tuple[str, str, str], role: Role = Role.MANAGER, **more: Any) -> Person:
        slack, telegram, number = accounts
        contacts: tuple[Contact, ...] = (
            EmailContact(address=f"{key}@morgenrot.example"),
            SlackContact(to=slack),
            TelegramContact(chat=int(telegram)),
            SmsContact(number=number),
        )
        return Person(id=key, name=name, role=role, contacts=contacts, **more)

    return People(
        people=(
            person("anna.bergmann", "Anna Bergmann", ANNA),
            person("jonas.keller", "Jonas Keller", JONAS),
            person("selin.yildiz", "Selin Yıldız", MURAT, Role.HEAD, language="en", timezone="Europe/London"),
            person("emma.agent", "Emma Arndt", EMMA, Role.AGENT),
        ),
        rooms=(
            Room(id="crisis", contact=SlackContact(to=ROOM_IN_SLACK)),
            Room(id="night", contact=TelegramContact(chat=int(ROOM_IN_TELEGRAM))),
        ),
    )


class CivilClock(ManualClock):
    """Civil time stands still until it is moved; signatures and the runner see real time."""

    def real_now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def reference(incident_id: UUID, holder: str, ends_in: timedelta = timedelta(days=7), secret: str = SECRET) -> str:
    return issue(Reference(incident_id, holder, datetime.now(UTC) + ends_in), secret.encode())


def slack_body(account: str, value: str, *, at: str = "1", place: str = "D0PRIVATE", hooks: str = "") -> bytes:
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "Kritisch"}},
        {
            "type": "actions",
            "elements": [{"type": "button", "value": value}, {"type": "button", "url": "https://w/i/x"}],
        },
    ]
    payload = {
        "type": "block_actions",
        "user": {"id": account, "username": "somebody"},
        "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": place},
        "channel": {"id": place, "name": "directmessage"},
        "message": {"type": "message", "text": "Kritisch", "blocks": blocks},
        "response_url": f"{hooks}/actions/T0/1/abc",
        "actions": [{"action_id": "answer-0", "type": "button", "value": value, "action_ts": at}],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


def telegram_update(account: str, data: str, *, query: str = "q1", place: str = "") -> dict[str, Any]:
    return {
        "update_id": 1,
        "callback_query": {
            "id": query,
            "from": {"id": int(account), "is_bot": False, "first_name": "X"},
            "message": {
                "message_id": 5,
                "chat": {"id": int(place or account)},
                "text": "Kritisch: Übung\nmehr",
                "entities": [{"type": "bold", "offset": 0, "length": 15}],
                "reply_markup": {
                    "inline_keyboard": [
                        [{"text": "Knopf", "callback_data": data}],
                        [{"text": "Link", "url": "https://w"}],
                    ]
                },
            },
            "data": data,
        },
    }


@dataclass
class Hotline:
    """What comes in, signed as the provider signs it, and what Slack and Telegram were told afterwards."""

    port: int
    clock: CivilClock
    incidents: Incidents
    hooks: str
    told: list[dict[str, Any]] = field(default_factory=list)
    health: Health = field(default_factory=Health)

    def is_caught_up(self) -> bool:
        """Whether everything on record has been read."""
        return not any(self.health.report().values())

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30) as client:
            return await client.post(path, content=body, headers=headers)

    async def slack(self, body: bytes, *, skew: float = 0, secret: str = SIGNING) -> httpx.Response:
        at = str(int(time.time() + skew))
        signed = "v0=" + hex_hmac(secret.encode(), b"v0:" + at.encode() + b":" + body)
        return await self.post("/answers/slack", body, {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signed})

    async def press(self, account: str, value: str, *, at: str = "1", place: str = "D0PRIVATE") -> httpx.Response:
        return await self.slack(slack_body(account, value, at=at, place=place, hooks=self.hooks))

    async def heard(self, count: int) -> list[dict[str, Any]]:
        """What they were told, once there is so much."""

        async def enough() -> bool:
            return len(self.told) >= count

        await until(enough, f"Slack was told {count} times")
        return self.told

    async def telegram(self, update: dict[str, Any], secret: str = BOT_SECRET) -> httpx.Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        return await self.post("/answers/telegram", json.dumps(update).encode(), headers)

    async def notice(self, account: str, data: str, *, query: str = "q1", place: str = "") -> str:
        answer = await self.telegram(telegram_update(account, data, query=query, place=place))
        value = answer.json()
        assert (value["method"], value["callback_query_id"]) == ("answerCallbackQuery", query)
        text: str = value["text"]
        return text

    async def twilio(
        self, path: str, fields: dict[str, str], *, token: str = TOKEN, signed_for: str | None = None
    ) -> httpx.Response:
        fields = {"AccountSid": SID, **fields}
        text = (signed_for or f"{URL}{path}") + "".join(name + fields[name] for name in sorted(fields))
        headers = {
            "X-Twilio-Signature": base64_hmac(token.encode(), text.encode(), "sha1"),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return await self.post(path, urlencode(fields).encode(), headers)

    async def call(self, number: str, ref: str, digits: str = "1", call: str = "CA1") -> httpx.Response:
        fields = {"To": number, "From": "+4930123", "CallSid": call, "Digits": digits}
        return await self.twilio(f"/answers/twilio/voice?r={ref}", fields)

    async def text(self, number: str, body: str, message: str = "SM1") -> httpx.Response:
        fields = {"From": number, "To": "+4930123", "Body": body, "MessageSid": message}
        return await self.twilio("/answers/twilio/sms", fields)


@asynccontextmanager
async def listening_in(
    bootstrap: str, prefix: str, *, follow: bool = True, house: Callable[[], People] = people
) -> AsyncIterator[Hotline]:
    told: list[dict[str, Any]] = []

    def hook(request: wire.Request) -> wire.Reply:
        told.append({**json.loads(request.body), "target": request.target})
        return wire.Reply(body=b'{"ok": true, "result": {"message_id": 5}}')

    async with wire.listening(wire.answering(hook)) as hooks_port:
        settings = NotifierSettings(
            kafka_bootstrap=bootstrap,
            topic_prefix=prefix,
            shards=2,
            http_port=0,
            http_allow=LOOPBACK,
            notifier_url=URL,
            link_secret=SecretStr(SECRET),
            slack_signing_secret=SecretStr(SIGNING),
            slack_hooks=f"http://127.0.0.1:{hooks_port}",
            telegram_secret=SecretStr(BOT_SECRET),
            telegram_bot_token=SecretStr("1:bot-token"),
            telegram_url=f"http://127.0.0.1:{hooks_port}",
            twilio_account_sid=SID,
            twilio_auth_token=SecretStr(TOKEN),
            twilio_number="+4930123456",
        )
        clock, stop = CivilClock(NIGHT), asyncio.Event()
        process, incidents = Process("notifier", settings, clock, Health(), stop), Incidents(settings)
        process.health.add("incidents", incidents.health)
        async with answering(process, settings, house, incidents) as routers:
            with listening("127.0.0.1", 0) as bound:
                serving = asyncio.create_task(serve_http(make_app(*routers), bound, stop, 1.0))
                line = Hotline(bound.getsockname()[1], clock, incidents, settings.slack_hooks, told, process.health)
                try:
                    if follow:
                        async with incidents.following():
                            yield line
                    else:
                        yield line
                finally:
                    stop.set()
                    await serving
