"""Writes an `Answer` to an ASGI connection, with the headers that keep it from being cached, sniffed or framed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.types import Scope, Send

from feuerwache.ingest.answer import Answer, problem

RETRY_AFTER_SECONDS = 5
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]


def headers_of(scope: Scope) -> dict[str, str]:
    """The request's headers by their lower-case names."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def unavailable(detail: str, seconds: int = RETRY_AFTER_SECONDS) -> Answer:
    """503: nothing of it counts, send it again."""
    return problem(503, "Try again", detail, {"Retry-After": str(seconds)})


async def respond(send: Send, answer: Answer) -> None:
    await write(send, answer.status, to_json(answer.body), answer.media_type, answer.headers)


async def write(
    send: Send, status: int, content: bytes, media_type: str, headers: Mapping[str, str] | None = None
) -> None:
    """One whole answer."""
    fields: list[Any] = [
        (b"content-type", media_type.encode("latin-1")),
        (b"content-length", b"%d" % len(content)),
        *SECURITY,
    ]
    fields += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": content})
