"""Telegram's Bot API as its documentation describes it: `sendMessage` with an inline keyboard."""

from __future__ import annotations

import json

from pydantic import SecretStr

from feuerwache.common.config.contact import Contact, TelegramContact
from feuerwache.notifier.channels.channel import Channel, Result
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.telegram import TelegramBot, TelegramChannel
from support.peers.peer import LINK, PRIVATE, REFERENCE, HttpPeer, Where
from support.peers.wire import Reply, Request

TOKEN, CHAT = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", -1001234567890


def answer(status: str, value: dict[str, object]) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(value).encode())


def refusal(code: int, description: str, **more: object) -> dict[str, object]:
    return {"ok": False, "error_code": code, "description": f"{description} {PRIVATE.decode()}", **more}


def make(where: Where) -> tuple[Channel, Contact]:
    bot = TelegramBot(Credential(SecretStr(TOKEN)), where.url)
    return TelegramChannel(where.line(), bot), TelegramContact(chat=CHAT)


def check(request: Request) -> None:
    assert (request.method, request.target) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert request.headers["content-type"] == "application/json"
    value = json.loads(request.body)
    assert value["chat_id"] == CHAT
    assert len(value["text"].encode("utf-16-le")) // 2 <= 4096
    assert "parse_mode" not in value
    (bold,) = value["entities"]
    head = value["text"].encode("utf-16-le")[: 2 * bold["length"]].decode("utf-16-le")
    assert head == value["text"].splitlines()[0]
    assert value["link_preview_options"] == {"is_disabled": True}
    assert value["disable_notification"] is False
    buttons = [button for row in value["reply_markup"]["inline_keyboard"] for button in row]
    data = [button["callback_data"] for button in buttons if "callback_data" in button]
    assert data == [f"{one}.{REFERENCE}" for one in "ahs"]
    assert all(1 <= len(one.encode()) <= 64 for one in data)
    assert [button["url"] for button in buttons if "url" in button] == [LINK]


TELEGRAM = HttpPeer(
    "telegram",
    make,
    check,
    secrets=(TOKEN, str(CHAT)),
    success=answer("200 OK", {"ok": True, "result": {"message_id": 17, "chat": {"id": CHAT}}}),
    replies={
        "too many": answer("429 Too Many Requests", refusal(429, "Too Many Requests", parameters={"retry_after": 7})),
        "error inside": answer("200 OK", refusal(400, "Bad Request: chat not found")),
        "refused for good": answer("400 Bad Request", refusal(400, "Bad Request: can't parse entities:")),
    },
    expected={"huge answer": Result.PERMANENT},
)
