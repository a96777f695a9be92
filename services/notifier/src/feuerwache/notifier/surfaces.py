"""What the notifier serves to the outside, each where a port was given: HTTP (`web.py`) and gRPC (`rpc.py`)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import ExitStack

import grpc
from fastapi import APIRouter

from feuerwache.common.errors import FatalError
from feuerwache.common.grpchealth import HealthService
from feuerwache.common.hosts import only_for
from feuerwache.common.logging import logger
from feuerwache.common.process import Process
from feuerwache.common.watch import together
from feuerwache.common.web import listening, serve_http
from feuerwache.notifier.apitoken import EX_CONFIG, read_tokens
from feuerwache.notifier.rpc import SERVICE, OnCallService, Source, make_server
from feuerwache.notifier.settings import NotifierSettings
from feuerwache.notifier.web import make_app

log = logger(__name__)


async def serve_surfaces(
    process: Process, settings: NotifierSettings, source: Source, routers: Sequence[APIRouter], stop: asyncio.Event
) -> None:
    """Until `stop`, or not at all. Raises `FatalError` when a port is taken or gRPC has no tokens."""
    ports: dict[str, int] = {}
    with ExitStack() as stack:
        bound = server = None
        if settings.http_port is not None:
            bound = stack.enter_context(listening(settings.http_host, settings.http_port))
            ports["http"] = bound.getsockname()[1]
        if settings.grpc_port is not None:
            server, ports["grpc"] = _grpc(process, settings, source, stop)
        if not ports:
            return
        _announce(settings, ports)
        parts = []
        if bound is not None:
            app = only_for(settings.hosts(), make_app(*routers))
            parts.append(serve_http(app, bound, stop, settings.drain_seconds))
        if server is not None:
            parts.append(_serve_grpc(server, stop, settings.drain_seconds))
        await together(stop, *parts)


def _grpc(
    process: Process, settings: NotifierSettings, source: Source, stop: asyncio.Event
) -> tuple[grpc.aio.Server, int]:
    if settings.api_tokens_file is None:
        raise FatalError("FEUERWACHE_GRPC_PORT needs FEUERWACHE_API_TOKENS_FILE", EX_CONFIG)
    service = OnCallService(source, read_tokens(settings.api_tokens_file))
    server = make_server(service, HealthService(SERVICE, process.health.report, stop))
    where = f"{settings.grpc_host}:{settings.grpc_port}"
    try:
        return server, server.add_insecure_port(where)
    except RuntimeError as error:
        raise FatalError(f"cannot listen on {where} (FEUERWACHE_GRPC_PORT)") from error


async def _serve_grpc(server: grpc.aio.Server, stop: asyncio.Event, drain_seconds: float) -> None:
    await server.start()
    await stop.wait()
    await server.stop(grace=drain_seconds)


def _announce(settings: NotifierSettings, ports: dict[str, int]) -> None:
    log.info("listening", **ports)
    if settings.ports_file is not None:
        unfinished = settings.ports_file.with_suffix(".part")
        unfinished.write_text(json.dumps(ports))
        unfinished.replace(settings.ports_file)
