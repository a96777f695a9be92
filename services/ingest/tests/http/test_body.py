"""Bodies that are too much: as they come, as they unpack, and as they are nested."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from typing import Any, cast

import pytest

from feuerwache.ingest.envelope import Unreadable, parse
from feuerwache.ingest.http.body import read_body, unpacked
from feuerwache.ingest.security.nesting import check

LIMIT = 1_000


def packed(body: bytes) -> bytes:
    """The same bytes at any time: they name the tests."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize(
    ("name", "encoding", "body", "status"),
    [
        ("as it is", "", b"{}", 200),
        ("gzip", "gzip", packed(b"{}"), 200),
        ("deflate", "Deflate", zlib.compress(b"{}"), 200),
        ("a bomb", "gzip", packed(b"0" * 50_000_000), 413),
        ("a bomb of deflate", "deflate", zlib.compress(b"0" * 50_000_000), 413),
        ("gzip within gzip", "gzip, gzip", packed(packed(b"{}")), 415),
        ("two members", "gzip", packed(b"{}") * 2, 400),
        ("cut off", "gzip", packed(b"{}")[:-4], 400),
        ("not packed", "gzip", b"{}", 400),
        ("brotli", "br", b"{}", 415),
    ],
)
def test_a_packed_body_is_unpacked_up_to_the_limit_and_no_further(
    name: str, encoding: str, body: bytes, status: int
) -> None:
    if status == 200:
        assert unpacked(body, encoding, LIMIT) == b"{}", name
        return
    with pytest.raises(Unreadable) as refused:
        unpacked(body, encoding, LIMIT)
    assert refused.value.status == status, name


@pytest.mark.parametrize(
    ("pieces", "declared", "status"),
    [
        ([b"x" * 1_000], None, 200),
        ([b"x" * 500] * 2, None, 200),
        ([b"x" * 1_001], None, 413),
        ([b"x" * 501] * 1_000, None, 413),
        ([], "1001", 413),
        ([b"x", None], None, 400),
    ],
)
def test_a_body_is_read_up_to_the_limit_and_no_further(
    pieces: list[bytes | None], declared: str | None, status: int
) -> None:
    left = list(pieces)

    async def receive() -> Any:
        piece = left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left)}

    async def scenario() -> int:
        headers = {"content-length": declared} if declared else {}
        try:
            return len(await read_body(cast(Any, receive), headers, LIMIT)) // 5
        except Unreadable as error:
            return error.status

    assert asyncio.run(scenario()) == status
    assert len(left) >= len(pieces) - 2


@pytest.mark.parametrize(
    ("document", "taken"),
    [
        (b"[" * 32 + b"]" * 32, True),
        (b"[" * 34 + b"]" * 34, False),
        (b'{"a":' * 34 + b"1" + b"}" * 34, False),
        (b"[" + b"1," * 19_000 + b"1]", True),
        (b"[" + b"1," * 20_000 + b"1]", False),
        (b"[" + b"[]," * 20_000 + b"1]", False),
        (b"{" + b",".join(b'"%d":[{}]' % n for n in range(10_000)) + b"}", False),
    ],
)
def test_a_free_document_is_neither_deep_nor_wide(document: bytes, taken: bool) -> None:
    if taken:
        check(parse(document))
        return
    with pytest.raises(Unreadable) as refused:
        check(parse(document))
    assert refused.value.status == 413
