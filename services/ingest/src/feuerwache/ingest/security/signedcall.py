"""Calls over HTTP that an integration signs besides showing its token, as Standard Webhooks 1.0 says.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the signature is over id,
time and body, so whoever has heard a token cannot send anything with it, and whoever has heard a call cannot send it
later. Within the window the pair of id and time counts once; a sender that tries again signs anew, with the time of its
new attempt, as the standard wants it. All times are real.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feuerwache.ingest.adapters.adapter import Delivery, Refusal
from feuerwache.ingest.adapters.proof import standard_webhook
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.security.keyring import Keyring
from feuerwache.ingest.security.replay import Calls

SIGNATURE = "webhook-signature"
REPLAYED = "replayed"

#: What to tell the caller, by reason; nothing of the call is in it.
WORDS: Mapping[str, str] = {
    Refusal.MISSING: "this integration signs its calls: send webhook-id, webhook-timestamp and webhook-signature",
    Refusal.WRONG: "no signature fits: sign `<webhook-id>.<webhook-timestamp>.<body>` with the integration's secret",
    Refusal.STALE: "the signature is too old or too new: check the clock, and sign every attempt anew",
    Refusal.NO_SECRET: "the integration's signing secret is none",
    REPLAYED: "this very call was heard before: sign every attempt anew",
}


class SignedCallCheck:
    def __init__(self, keyring: Keyring, calls: Calls) -> None:
        self._keyring = keyring
        self._calls = calls

    async def refusal(
        self, integration: Integration, body: bytes, headers: Mapping[str, str], real_now: datetime
    ) -> str | None:
        """A key of `WORDS`, or None for a call that is as it should be. `body` as it came over the wire, `headers` with
        lower-case names. Raises `TransientError` (Redis) and `MissingSecret`."""
        signed = integration.signed
        if signed is None or (not signed.required and not headers.get(SIGNATURE)):
            return None
        secrets = await self._keyring.values(signed.secrets, "signed calls")
        delivery = Delivery("POST", body, headers, {}, real_now)
        refused = standard_webhook(delivery, secrets, real_now, signed.within)
        if refused is not None:
            return refused.reason
        name = f"{headers['webhook-id']}\x1f{headers['webhook-timestamp']}"
        return None if await self._calls.first(integration.id, name, signed.within) else REPLAYED
