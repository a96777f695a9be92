"""A signed webhook after Standard Webhooks (https://www.standardwebhooks.com), for what has no channel of its own.

`webhook-id` is the delivery's id, the same over attempts and repeats, so the receiver can drop what it has. The body
is signed with the contact's secret at real time. Where it may go and how long it may take: `common/http`.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from feuerwache.common.clock import Clock
from feuerwache.common.config.contact import WebhookContact
from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.http.guard import AddressGuard, ForbiddenAddressError
from feuerwache.common.http.retry import Verdict, retry_after, verdict
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, Result, permanent, transient
from feuerwache.notifier.message.message import Message


class WebhookChannel:
    name = "webhook"
    dedup = Dedup.MESSAGE_ID

    def __init__(
        self, guard: AddressGuard, clock: Clock, *, seconds: float = 10.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._clock = clock
        self._client = OutboundClient(guard, seconds=seconds, tls=tls)

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, WebhookContact):
            return permanent("not a webhook contact")
        body = json.dumps(message.data, ensure_ascii=False, separators=(",", ":"))
        try:
            headers = await self._signed(delivery.delivery_id, body, contact)
        except (OSError, ValueError, RuntimeError):
            return permanent("the secret of the webhook cannot be used")
        try:
            answer = await self._client.post(contact.url, body.encode(), headers)
        except ForbiddenAddressError as error:
            return permanent(str(error))
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            return judge(error)
        return self._read(answer)

    async def _signed(self, delivery_id: UUID, body: str, contact: WebhookContact) -> dict[str, str]:
        now = self._clock.real_now()
        secret = await asyncio.to_thread(secret_of, contact)
        return {
            "Content-Type": "application/json",
            "webhook-id": str(delivery_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(str(delivery_id), now, body),
        }

    def _read(self, answer: Answer) -> Outcome:
        match verdict(answer.status):
            case Verdict.DONE:
                return Outcome(Result.DELIVERED)
            case Verdict.TRANSIENT:
                wait = retry_after(answer.headers.get("retry-after"), self._clock.real_now())
                return transient(f"HTTP {answer.status}", wait)
            case Verdict.PERMANENT:
                moved = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
                return permanent(f"HTTP {answer.status}{moved}")

    async def close(self) -> None:
        await self._client.__aexit__()


def secret_of(contact: WebhookContact) -> str:
    """The signing secret; raises `OSError` when its file cannot be read."""
    if contact.secret is not None:
        return contact.secret.get_secret_value()
    return Path(contact.secret_file or "").read_text().strip()


def judge(error: Exception) -> Outcome:
    """What a call that had no answer means."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return permanent("the certificate of the webhook's server does not hold")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return permanent("the address of the webhook cannot be used")
    if isinstance(error, (httpx.TimeoutException, TimeoutError)):
        return transient("no answer in time")
    return transient("the connection failed")
