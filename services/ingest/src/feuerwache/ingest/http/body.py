"""Reads a request's body, never more of it than is allowed: not as it comes, and not as it unpacks.

How long it may take, and how slowly it may come, the connection itself says (`common/webprotocol.py`).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from starlette.types import Receive

from feuerwache.ingest.envelope import Unreadable

MAX_BODY = 1_000_000
#: What zlib calls the two: with a gzip header, with a zlib header (RFC 9110 section 8.4.1).
_PACKED = {"gzip": 31, "x-gzip": 31, "deflate": 15}
IDENTITY = "identity"


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """The whole body as it was sent. Raises `Unreadable`: broken off, or too large, as soon as that is known."""
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body") and len(message["body"]) <= limit:
        body: bytes = message["body"]
        return body
    chunks: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        size += len(message["body"])
        if size > limit:
            raise _too_large(limit)
        chunks.append(message["body"])
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()
    raise Unreadable(400, "Incomplete", "the connection ended before the whole body was there")


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """What the body is without its content encoding. Raises `Unreadable`: too large, damaged, more than one member, or
    an encoding that is not taken here."""
    name = encoding.strip().lower()
    if name in ("", IDENTITY):
        return body
    if name not in _PACKED:
        raise Unreadable(415, "Unsupported content encoding", "send the body as it is, or with gzip or deflate, once")
    unpacking = zlib.decompressobj(_PACKED[name])
    try:
        found = unpacking.decompress(body, limit + 1)
    except zlib.error:
        raise Unreadable(400, "Damaged", f"the body is not {name}") from None
    if len(found) > limit:
        raise Unreadable(413, "Too large", f"the body unpacks to more than {limit:,} bytes; split the batch")
    if not unpacking.eof:
        raise Unreadable(400, "Damaged", f"the body is only the beginning of {name}")
    if unpacking.unused_data:
        raise Unreadable(400, "Damaged", f"there is something behind the end of {name}; send one member")
    return found


def _too_large(limit: int) -> Unreadable:
    return Unreadable(413, "Too large", f"send at most {limit:,} bytes in one request; split the batch")
