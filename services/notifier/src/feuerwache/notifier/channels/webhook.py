"""A signed webhook after Standard Webhooks (https://www.standardwebhooks.com), for what has no channel of its own.

`webhook-id` is the delivery's id, the same over attempts and repeats, so the receiver can drop what it has. The body
is signed with the contact's secret at real time. Any 2xx is the receiver's word that it has it.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from uuid import UUID

from standardwebhooks import Webhook

from feuerwache.common.config.contact import WebhookContact
from feuerwache.common.http.client import Answer
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, Result, permanent
from feuerwache.notifier.channels.http import Call, HttpLine, SecretError, secret
from feuerwache.notifier.message.message import Message


class WebhookChannel:
    name = "webhook"
    dedup = Dedup.MESSAGE_ID

    def __init__(self, line: HttpLine) -> None:
        self._line = line

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, WebhookContact):
            return permanent("not a webhook contact")
        body = json.dumps(message.data, ensure_ascii=False, separators=(",", ":"))
        try:
            key = signing_key(await secret(contact.secret, contact.secret_file) or "")
        except (SecretError, ValueError):
            return permanent("the secret of the webhook cannot be used")
        headers = self._signed(delivery.delivery_id, body, key)
        return await self._line.call(Call(contact.url, body.encode(), headers), taken)

    def _signed(self, delivery_id: UUID, body: str, key: Webhook) -> dict[str, str]:
        now = self._line.clock.real_now()
        return {
            "Content-Type": "application/json",
            "webhook-id": str(delivery_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": key.sign(str(delivery_id), now, body),
        }

    async def close(self) -> None:
        await self._line.close()


def signing_key(whsec: str) -> Webhook:
    """Raises `ValueError` unless it is base64 after `whsec_`: the library takes anything."""
    key = base64.b64decode(whsec.removeprefix("whsec_"), validate=True)
    if not key:
        raise ValueError("an empty key signs nothing")
    return Webhook(key)


def taken(answer: Answer, outcome: Outcome) -> Outcome:  # noqa: ARG001 - a `Reading`
    """The receiver is where it should be: there is nobody behind it whom we know of."""
    return replace(outcome, result=Result.DELIVERED) if outcome.success else outcome
