"""The HTTP server of the page: a socket of its own, no signal handling, no log of paths."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from feuerwache.common.errors import FatalError


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise FatalError(f"cannot listen on {host}:{port} (FEUERWACHE_HTTP_PORT): {error.strerror}") from error
    with bound:
        yield bound


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: the process shell has that."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(app: FastAPI, bound: socket.socket, stop: asyncio.Event, drain_seconds: float) -> None:
    """No access log: the path of a page holds its token."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=round(drain_seconds),
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stopping.cancel()
    await serving
