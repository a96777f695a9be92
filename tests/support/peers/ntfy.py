"""An ntfy server, after https://docs.ntfy.sh/publish/ ("Publish as JSON") and its OpenAPI description."""

from __future__ import annotations

import json
import re

from pydantic import SecretStr

from feuerwache.common.config.contact import Contact, NtfyContact
from feuerwache.notifier.channels.channel import Channel, Result
from feuerwache.notifier.channels.ntfy import NtfyChannel
from support.peers.peer import DELIVERY_ID, HttpPeer, Where
from support.peers.wire import Reply, Request

TOPIC = "wache-anna-7f3k"
TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
FIELDS = {"topic", "title", "message", "priority", "tags", "click", "actions", "sequence_id"}


def make(where: Where) -> tuple[Channel, Contact]:
    return NtfyChannel(where.line()), NtfyContact(server=where.url, topic=TOPIC, token=SecretStr(TOKEN))


def check(request: Request) -> None:
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    body = json.loads(request.body)
    assert set(body) <= FIELDS
    assert re.fullmatch(r"[-_A-Za-z0-9]{1,64}", body["topic"])
    assert isinstance(body["title"], str) and body["title"]
    assert 0 < len(body["message"].encode()) <= 4096
    assert body["priority"] in range(1, 6)
    assert all(isinstance(tag, str) for tag in body["tags"])
    assert body["click"].startswith("http")
    assert 1 <= len(body["actions"]) <= 3
    for action in body["actions"]:
        assert action["action"] in {"view", "http"}
        assert action["label"] and action["url"].startswith("http")
        assert set(action) <= {"action", "label", "url", "method", "headers", "body", "clear"}
    assert body["sequence_id"] == str(DELIVERY_ID)


ANSWER = {
    "id": "hwQ2YpKdmg",
    "time": 1794000000,
    "expires": 1794043200,
    "event": "message",
    "topic": TOPIC,
    "message": "taken",
}
NTFY = HttpPeer(
    "ntfy",
    make,
    check,
    secrets=(TOPIC, TOKEN),
    success=Reply(headers={"Content-Type": "application/json"}, body=json.dumps(ANSWER).encode()),
    replies={
        "error inside": Reply(body=b"<html>Please log in to the hotel's network</html>"),
        "not allowed": Reply("401 Unauthorized", body=b'{"code":40101,"http":401,"error":"unauthorized"}'),
    },
    expected={"huge answer": Result.PERMANENT},
)
