"""Who answers on a port is asked: a ready answer of another process is none."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
from aiohttp import web
from prometheus_client import CollectorRegistry

from feuerwache.common.health import Health, HealthServer
from feuerwache.local.handle import _health
from feuerwache.local.ledger import Running
from feuerwache.local.supervise import _answers


def asked(url: str, pid: int) -> tuple[bool, str | None]:
    """What the supervisor makes of it while starting the process of this id, and what `status` says of it."""

    async def ask() -> bool:
        async with httpx.AsyncClient() as client:
            return await _answers(client, url, pid)

    entry = Running.here("ingest", os.getpid(), Path("log")).model_copy(update={"pid": pid, "health": url})
    with httpx.Client() as client:
        return asyncio.run(ask()), _health(entry, client)[0]


def test_only_the_process_itself_says_that_it_is_ready() -> None:
    async def scene() -> None:
        health = Health()
        server = HealthServer(health, "127.0.0.1", 0, CollectorRegistry(), service="ingest")
        async with server:
            own, other = os.getpid(), os.getppid()
            reading_its_configuration = (False, "start: is starting")
            assert await asyncio.to_thread(asked, server.address, own) == reading_its_configuration
            health.add("runner", lambda: None)
            assert await asyncio.to_thread(asked, server.address, own) == (True, None)
            wrong = (False, f"process {own} answers on its port")
            assert await asyncio.to_thread(asked, server.address, other) == wrong

    asyncio.run(scene())


def test_something_that_answers_200_without_a_name_is_not_believed() -> None:
    async def scene() -> None:
        async def ok(_: web.Request) -> web.Response:
            return web.Response(text="OK")

        app = web.Application()
        app.router.add_get("/readyz", ok)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            found = await asyncio.to_thread(asked, f"http://{host}:{port}", os.getpid())
        finally:
            await runner.cleanup()
        assert found == (False, "something else answers on its port")

    asyncio.run(scene())
