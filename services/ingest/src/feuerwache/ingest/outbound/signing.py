"""Signatures after Standard Webhooks 1.0, so that a platform can prove that a call is ours and is fresh. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the signed content is
`<webhook-id>.<webhook-timestamp>.<body>`, the signature `v1,` and the base64 of its HMAC-SHA256; several are separated
by blanks, and a receiver takes the call when one of them fits. The key is the base64 after `whsec_`, 24 to 64 bytes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime

from feuerwache.common.http.signature import base64_hmac

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)


def signing_key(secret: str) -> bytes:
    """The key in a secret. Raises `ValueError`, whose message does not quote it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in KEY_BYTES:
        raise ValueError(f"a secret is {PREFIX} and the base64 of {KEY_BYTES.start} to {KEY_BYTES.stop - 1} bytes")
    return key


def signed_headers(message_id: str, body: bytes, keys: Sequence[bytes], real_now: datetime) -> dict[str, str]:
    """The three headers; one signature per key, in the order of the keys. The time is that of this attempt."""
    timestamp = str(int(real_now.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64_hmac(key, content)}" for key in keys),
    }
