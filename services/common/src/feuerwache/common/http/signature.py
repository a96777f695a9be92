"""Signatures of calls: made and checked with HMAC, compared in constant time, refused when too old.

How the signed text is put together is the caller's affair, because each provider has its own way. A signature is
checked over the bytes as they came, before anything reads them. All times are real, never the civil clock of a
demonstration.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Literal

Digest = Literal["sha1", "sha256"]
#: A clock may be wrong by this much; older calls may be replays (Slack and Standard Webhooks: five minutes).
WITHIN = timedelta(minutes=5)


def hex_hmac(key: bytes, text: bytes, digest: Digest = "sha256") -> str:
    return hmac.new(key, text, getattr(hashlib, digest)).hexdigest()


def base64_hmac(key: bytes, text: bytes, digest: Digest = "sha256") -> str:
    return base64.b64encode(hmac.new(key, text, getattr(hashlib, digest)).digest()).decode()


def same(given: str | None, expected: str) -> bool:
    """Whether both are equal, without telling by the time it takes where they differ. A missing one never is, and
    neither is anything when nothing is expected: an empty secret must not open a door."""
    return bool(given) and bool(expected) and hmac.compare_digest((given or "").encode(), expected.encode())


def fresh(unix_seconds: str | None, real_now: datetime, within: timedelta = WITHIN) -> bool:
    """Whether a time stamp in Unix seconds is not older or newer than `within`. False for anything that is none."""
    if unix_seconds is None or not unix_seconds.isascii() or not unix_seconds.isdecimal() or len(unix_seconds) > 12:
        return False
    return abs(real_now - datetime.fromtimestamp(int(unix_seconds), UTC)) <= within
