"""One call: what is sent, how it is signed, and whether and when to try again. Pure.

Trying again is always right: a post is the same event however often it comes. Every attempt is signed anew
(Standard Webhooks 1.0: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Kind = Literal["posts", "events", "appeals"]

AGAIN = frozenset({429, 502, 503, 504})
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: No server is believed that it wants to be left alone for longer.
LONGEST_ASKED = 300.0


def encoded(item: Mapping[str, Any]) -> bytes:
    """Raises `TypeError` or `ValueError` for what is no JSON."""
    return json.dumps(item, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def body_of(items: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"


def signature(secret: str, name: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers. Raises `ValueError` for a secret that is none: `whsec_` and base64."""
    if not secret.startswith("whsec_"):
        raise ValueError("a signing secret is whsec_ and base64")
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    digest = hmac.new(key, f"{name}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def pause(attempt: int, retry_after: str | None, chance: float) -> float:
    """Seconds to wait after the attempt (from 0) that failed. `chance` in [0, 1) spreads many senders."""
    doubled = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempt, 10)) * (0.5 + chance / 2)
    asked = retry_after.strip() if retry_after is not None else ""
    if not asked.isascii() or not asked.isdecimal():
        return doubled
    return min(LONGEST_ASKED, float(asked)) + chance * FIRST_PAUSE
