"""The HTTP server inside a service's own process: a socket bound early, uvicorn without its own signals and logs.

The process shell has the signals. There is no access log: a path can hold a token, a query somebody's name. What a
caller may take of memory, connections and time is bounded (`webprotocol`).
Needs the extra `feuerwache-common[web]`.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from feuerwache.common.errors import FatalError
from feuerwache.common.webprotocol import WebLimits, bounded

BACKLOG = 512
USUAL = WebLimits()


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket; port 0 takes a free one. Raises `FatalError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise FatalError(f"cannot listen on {host}:{port} (FEUERWACHE_HTTP_PORT): {error.strerror}") from error
    with bound:
        yield bound


class Server(uvicorn.Server):
    """uvicorn that leaves the signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(
    app: Any,
    bound: socket.socket,
    stop: asyncio.Event,
    drain_seconds: float,
    *,
    limits: WebLimits = USUAL,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Serves the ASGI application until `stop`, then gives open requests that long to finish."""
    config = uvicorn.Config(
        app,
        http=bounded(limits),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=round(drain_seconds),
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
