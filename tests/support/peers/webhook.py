"""Receives webhooks after Standard Webhooks, and verifies them with the specification's own library."""

from __future__ import annotations

from pydantic import SecretStr
from standardwebhooks import Webhook

from feuerwache.common.config.contact import Contact, WebhookContact
from feuerwache.notifier.channels.channel import Channel
from feuerwache.notifier.channels.webhook import WebhookChannel
from support.peers.peer import DELIVERY_ID, HttpPeer, Where
from support.peers.wire import Reply, Request

WHSEC = "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU="


def make(where: Where) -> tuple[Channel, Contact]:
    contact = WebhookContact(url=f"{where.url}/hook/path-nobody-knows", secret=SecretStr(WHSEC))
    return WebhookChannel(where.line()), contact


def check(request: Request) -> None:
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == str(DELIVERY_ID)
    payload = Webhook(WHSEC).verify(request.body, request.headers)
    assert set(payload) == {"type", "timestamp", "data"}


WEBHOOK = HttpPeer(
    "webhook",
    make,
    check,
    secrets=(WHSEC.removeprefix("whsec_"), "path-nobody-knows"),
    success=Reply("204 No Content"),
)
