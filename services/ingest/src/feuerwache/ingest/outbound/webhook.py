"""A platform that is called by a signed webhook (Standard Webhooks): one bounded POST per try, signed anew each time.

`webhook-id` is the event's id, the same over tries and after a crash: by it a platform knows a repeat. Where the
call may go, for how long and how much of the answer is read is the business of `common/http`.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from typing import Any

from feuerwache.common.clock import Clock
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.failure import UNANSWERED, failure
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.http.retry import retry_after
from feuerwache.ingest.outbound.document import TEST_TYPE, envelope
from feuerwache.ingest.outbound.outcome import Outcome, by_answer, retry
from feuerwache.ingest.outbound.outlet import Webhook
from feuerwache.ingest.outbound.platform import Handover
from feuerwache.ingest.outbound.secret import SecretError, signing_keys
from feuerwache.ingest.outbound.signing import signed_headers

#: As much of an answer as is read.
ANSWER_BYTES = 16 * 1024
UNCONFIGURED = "no webhook is configured"


class WebhookPlatform:
    """`webhook` says which one is in force now, None for none."""

    def __init__(
        self,
        webhook: Callable[[], Webhook | None],
        guard: AddressGuard,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._webhook = webhook
        self._clock = clock
        self._guard = guard
        self._tls = tls
        self._client: tuple[float, OutboundClient] | None = None

    async def deliver(self, handover: Handover) -> Outcome:
        return await self._send(str(handover.delivery_id), envelope(handover.data, handover.type))

    async def test(self, message_id: str, data: dict[str, Any]) -> Outcome:
        """An event that asks for nothing, to see whether the other side takes and proves it."""
        now = self._clock.real_now().isoformat()
        return await self._send(message_id, {"type": TEST_TYPE, "timestamp": now, "data": data})

    async def close(self) -> None:
        if self._client is not None:
            await self._client[1].__aexit__()
            self._client = None

    async def _send(self, message_id: str, content: dict[str, Any]) -> Outcome:
        webhook = self._webhook()
        if webhook is None:
            return retry(UNCONFIGURED)
        try:
            keys = await signing_keys(webhook.secrets)
        except SecretError as error:
            return retry(str(error))
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signed_headers(message_id, body, keys, self._clock.real_now())
        try:
            answer = await self._http(webhook).post(webhook.url, body, {"Content-Type": "application/json", **headers})
        except UNANSWERED as error:
            return retry(failure(error).reason)
        asked = retry_after(answer.headers.get("retry-after"), self._clock.real_now())
        return by_answer(answer.status, b"" if answer.cut else answer.body, asked)

    def _http(self, webhook: Webhook) -> OutboundClient:
        """One client; another one when the configured time has changed (what is under way ends with the old one)."""
        if self._client is None or self._client[0] != webhook.seconds:
            client = OutboundClient(self._guard, seconds=webhook.seconds, limit=ANSWER_BYTES, tls=self._tls)
            self._client = (webhook.seconds, client)
        return self._client[1]
