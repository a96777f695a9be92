"""The ASGI application: finds the way that a request goes, and answers for what goes wrong on it.

FastAPI describes the API (`GET /openapi.json`) and answers what goes none of the ways; the ways themselves are plain
ASGI, because a post costs a third that way (docs/adr/0012-plain-asgi-on-the-hot-path.md).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feuerwache.common.logging import logger
from feuerwache.ingest import openapi
from feuerwache.ingest.answer import problem
from feuerwache.ingest.http.endpoint import COLLECTIONS, Endpoint
from feuerwache.ingest.http.hooks import PREFIX, Hooks
from feuerwache.ingest.http.response import SECURITY, respond

log = logger(__name__)
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


def make_app(endpoint: Endpoint, hooks: Hooks) -> ASGIApp:
    rest = described()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        if scope["type"] != "http":
            return
        try:
            path, method = scope["path"], scope["method"]
            collection = COLLECTIONS.get(path) if method == "POST" else None
            if collection is not None:
                await endpoint(scope, receive, sending, collection)
            elif path.startswith(PREFIX) and method in ("GET", "POST"):
                await hooks(scope, receive, sending)
            else:
                await rest(scope, receive, _with_headers(sending))
        except Exception as error:  # noqa: BLE001 - uvicorn would log what it says, and that may hold a text
            log.error("request failed", error=type(error).__name__, at=_place(error))
            if started:
                raise ConnectionError("an answer broke off") from None
            await respond(send, problem(500, "Internal error", "this is a bug; nothing is known to be accepted"))

    return app


def described() -> FastAPI:
    """The API as it is described; what the ways themselves answer is not in it."""
    app = FastAPI(title="Feuerwache ingest", version="1", docs_url=None, redoc_url=None)

    async def elsewhere() -> None:
        raise AssertionError("the application did not go its own way")

    for path, operation in openapi.OPERATIONS.items():
        app.add_api_route(path, elsewhere, methods=["POST"], name=path, **operation)
    for method, operation in openapi.HOOKS.items():
        app.add_api_route(f"{PREFIX}{{integration}}", elsewhere, methods=[method], name=f"hook {method}", **operation)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        ways = "send posts to POST /v1/posts, what happened to them to POST /v1/events, appeals to POST /v1/appeals"
        detail = {404: ways, 405: "use POST"}
        found = problem(error.status_code, error.detail, detail.get(error.status_code, error.detail), error.headers)
        return Response(to_json(found.body), found.status, found.headers, found.media_type)

    openapi.describe(app)
    return app


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *SECURITY]
        await send(message)

    return with_headers


def _place(error: BaseException) -> str:
    """File and line of ours where it happened last: enough to find it, and nothing of what was sent."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        found = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
