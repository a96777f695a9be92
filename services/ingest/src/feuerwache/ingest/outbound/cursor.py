"""Where a reader of the stream has got to: the next offset of each partition, as an opaque word; and where one decision
stands. Pure.

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
#: Where a cursor has its version, a place has this: neither is taken for the other.
PLACE = "place"
LONGEST = 4096


class BadCursor(ValueError):  # noqa: N818 - says what it is
    """No word of ours. The message quotes nothing of it."""


def encode(offsets: Sequence[int]) -> str:
    return _sealed([VERSION, *offsets])


def encode_place(partition: int, offset: int) -> str:
    return _sealed([PLACE, partition, offset])


def decode_place(place: str) -> tuple[int, int]:
    """Partition and offset. Raises `BadCursor`."""
    kind, numbers = _opened(place)
    if kind != PLACE or len(numbers) != 2:
        raise BadCursor("no place of ours")
    return numbers[0], numbers[1]


def _sealed(listed: Sequence[int | str]) -> str:
    text = json.dumps(listed, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(crc32(text).to_bytes(4, "big") + text).decode().rstrip("=")


def decode(cursor: str, partitions: int) -> list[int]:
    """The next offset of each partition. Raises `BadCursor`."""
    version, offsets = _opened(cursor)
    if version != VERSION:
        raise BadCursor("the cursor is of another version")
    if len(offsets) != partitions:
        raise BadCursor("the cursor is of a topic with another number of partitions")
    return offsets


def _opened(word: str) -> tuple[object, list[int]]:
    """What it begins with, and the numbers after it."""
    if len(word) > LONGEST:
        raise BadCursor("the cursor is too long")
    try:
        raw = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        if crc32(raw[4:]).to_bytes(4, "big") != raw[:4]:
            raise BadCursor("the cursor is damaged")
        listed: list[object] = json.loads(raw[4:])
        first, *numbers = listed
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        if isinstance(error, BadCursor):
            raise
        raise BadCursor("the cursor is damaged") from None
    found = [number for number in numbers if type(number) is int and number >= 0]
    if len(found) != len(numbers):
        raise BadCursor("the cursor is of another version")
    return first, found
