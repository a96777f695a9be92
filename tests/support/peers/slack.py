"""Slack's Web API as its documentation describes it: `chat.postMessage` with Block Kit."""

from __future__ import annotations

import json

from pydantic import SecretStr

from feuerwache.common.config.contact import Contact, SlackContact
from feuerwache.notifier.channels.channel import Channel, Result
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.slack import SlackApp, SlackChannel
from support.peers.peer import LINK, REFERENCE, HttpPeer, Where
from support.peers.wire import Reply, Request

TOKEN, CHANNEL = "xoxb-bot-token-nobody-knows", "C0123ABCD"


def answer(value: dict[str, object]) -> Reply:
    return Reply("200 OK", {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value).encode())


def make(where: Where) -> tuple[Channel, Contact]:
    app = SlackApp(Credential(SecretStr(TOKEN)), where.url)
    return SlackChannel(where.line(), app), SlackContact(to=CHANNEL)


def check(request: Request) -> None:
    assert (request.method, request.target) == ("POST", "/api/chat.postMessage")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    value = json.loads(request.body)
    assert value["channel"] == CHANNEL
    assert value["text"].startswith("Kritisch")
    assert value["unfurl_links"] is False
    header, section, actions = value["blocks"]
    assert (header["type"], header["text"]["type"]) == ("header", "plain_text")
    assert len(header["text"]["text"]) <= 150
    assert (section["type"], section["text"]["type"]) == ("section", "mrkdwn")
    assert actions["type"] == "actions"
    buttons = actions["elements"]
    assert len({button["action_id"] for button in buttons}) == len(buttons)
    assert all(button["type"] == "button" and len(button["text"]["text"]) <= 75 for button in buttons)
    assert [button["value"] for button in buttons if "value" in button] == [f"{one}.{REFERENCE}" for one in "ahs"]
    assert [button["url"] for button in buttons if "url" in button] == [LINK]


SLACK = HttpPeer(
    "slack",
    make,
    check,
    secrets=(TOKEN,),
    success=answer({"ok": True, "channel": CHANNEL, "ts": "1503435956.000247", "message": {}}),
    replies={"error inside": answer({"ok": False, "error": "channel_not_found"})},
    expected={"huge answer": Result.PERMANENT},
)
