"""Where a reader of the stream has got to: the next offset of each partition, as an opaque word. Pure.

It is not secret and not signed: whoever makes one up reads from elsewhere what it may read anyway. A check sum tells a
word that was cut or mistyped from one of ours.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from zlib import crc32

VERSION = 1
LONGEST = 4096


class BadCursor(ValueError):  # noqa: N818 - says what it is
    """No word of ours. The message quotes nothing of it."""


def encode(offsets: Sequence[int]) -> str:
    text = json.dumps([VERSION, *offsets], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(crc32(text).to_bytes(4, "big") + text).decode().rstrip("=")


def decode(cursor: str, partitions: int) -> list[int]:
    """The next offset of each partition. Raises `BadCursor`."""
    if len(cursor) > LONGEST:
        raise BadCursor("the cursor is too long")
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
            raise BadCursor("the cursor is damaged")
        listed: list[int] = json.loads(raw[4:])
        version, *offsets = listed
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        if isinstance(error, BadCursor):
            raise
        raise BadCursor("the cursor is damaged") from None
    if version != VERSION or not all(type(offset) is int and offset >= 0 for offset in offsets):
        raise BadCursor("the cursor is of another version")
    if len(offsets) != partitions:
        raise BadCursor("the cursor is of a topic with another number of partitions")
    return offsets
