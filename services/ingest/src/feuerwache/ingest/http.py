"""The HTTP edge: `POST /v1/posts`, `/v1/events` and `/v1/appeals`. Reads bytes, asks the gate and the intake, answers.

Every error is `application/problem+json`. Bodies are bounded while they are read, and only then taken apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.ingest import openapi
from feuerwache.ingest.answer import Answer, answer, problem
from feuerwache.ingest.envelope import Unreadable, items_in
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.submission import APPEAL

WAY = "http"
MAX_BODY = 1_000_000
RETRY_AFTER_SECONDS = 5

_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
]


def make_app(gate: Gate, intake: Intake, clock: Clock, metrics: Metrics) -> FastAPI:
    app = FastAPI(title="Feuerwache ingest", version="1", docs_url=None, redoc_url=None)
    app.add_middleware(SecurityHeaders)

    async def take(request: Request, collection: str, kind: str | None) -> Response:
        started = clock.monotonic()
        result = await _take(request, gate, intake, metrics, collection=collection, kind=kind)
        metrics.request_seconds.labels(WAY).observe(clock.monotonic() - started)
        return _response(result)

    @app.post("/v1/posts", status_code=202, **openapi.POSTS)
    async def posts(request: Request) -> Response:
        return await take(request, "posts", "post")

    @app.post("/v1/events", status_code=202, **openapi.EVENTS)
    async def events(request: Request) -> Response:
        return await take(request, "events", None)

    @app.post("/v1/appeals", status_code=202, **openapi.APPEALS)
    async def appeals(request: Request) -> Response:
        return await take(request, "appeals", APPEAL)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        ways = "send posts to POST /v1/posts, what happened to them to POST /v1/events, appeals to POST /v1/appeals"
        detail = {404: ways, 405: "use POST"}
        return _response(
            problem(error.status_code, error.detail, detail.get(error.status_code, error.detail), error.headers)
        )

    openapi.describe(app)
    return app


async def _take(
    request: Request, gate: Gate, intake: Intake, metrics: Metrics, *, collection: str, kind: str | None
) -> Answer:
    integration = gate.whose(request.headers.get("authorization"))
    if integration is None:
        metrics.unauthorized.labels(WAY).inc()
        how = {"WWW-Authenticate": 'Bearer realm="feuerwache"'}
        return problem(401, "Unauthorized", "send the integration's token: Authorization: Bearer …", how)
    try:
        body = await _body(request)
        items = items_in(body, request.headers, collection, kind)
    except Unreadable as error:
        return problem(error.status, error.title, error.detail)
    except ClientDisconnect:
        return problem(400, "Incomplete", "the connection ended before the whole body was there")
    try:
        return answer(await intake.accept(items, integration, WAY))
    except TransientError:
        return problem(
            503,
            "Try again",
            "Kafka or Redis does not answer; nothing was accepted, send everything again (repeats do no harm)",
            {"Retry-After": str(RETRY_AFTER_SECONDS)},
        )


async def _body(request: Request) -> bytes:
    """The whole body; raises `Unreadable` as soon as it is known to be too large."""
    too_large = Unreadable(413, "Too large", f"send at most {MAX_BODY:,} bytes in one request; split the batch")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise too_large
        chunks.append(chunk)
    return b"".join(chunks)


def _response(result: Answer) -> Response:
    body: Mapping[str, Any] = result.body
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(content, result.status, result.headers, result.media_type)


class SecurityHeaders:
    """Adds the headers that keep an answer from being cached, sniffed or framed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SECURITY]
            await send(message)

        await self._app(scope, receive, with_headers)
