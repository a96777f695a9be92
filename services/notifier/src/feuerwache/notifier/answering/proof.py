"""Whether a callback comes from the provider it says it does. Each signs its own way; all are compared in constant
time, over the bytes as they came.

Slack: HMAC-SHA256 over `v0:time:body`, not older than five minutes
(https://docs.slack.dev/authentication/verifying-requests-from-slack). Twilio: HMAC-SHA1 over the address it called and
the sorted parameters, names and values without anything between
(https://www.twilio.com/docs/usage/security#validating-requests); there is no time in it, so what is replayed is known
by its id. Telegram: the secret that was given with `setWebhook`
(https://core.telegram.org/bots/api#setwebhook).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feuerwache.common.http.signature import base64_hmac, fresh, hex_hmac, same

Parameters = Sequence[tuple[str, str]]


def from_slack(body: bytes, timestamp: str | None, signature: str | None, secret: str, real_now: datetime) -> bool:
    if timestamp is None or not fresh(timestamp, real_now):
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    return same(signature, "v0=" + hex_hmac(secret.encode(), signed)) if secret else False


def from_twilio(url: str, parameters: Parameters, signature: str | None, token: str) -> bool:
    """`url` as Twilio called it, with its query. A parameter that comes twice with the same value counts once."""
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    return same(signature, base64_hmac(token.encode(), signed.encode(), "sha1")) if token else False


def from_telegram(given: str | None, secret: str) -> bool:
    return same(given, secret)
