"""A Python module as a child process with settings of its own, for tests that kill what they test."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from feuerwache.common.settings import CommonSettings

TESTS = Path(__file__).parent.parent


class Worker:
    """A running module. Leaving its context ends it."""

    def __init__(self, process: asyncio.subprocess.Process, health_port: int, environment: Mapping[str, str]) -> None:
        self.process = process
        self.environment = environment
        self._health_port = health_port

    async def ready(self) -> bool:
        """What its own `/readyz` says; False while nobody answers there."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self._health_port}/readyz") as answer,
            ):
                return answer.status == 200 and (await answer.json())["pid"] == self.process.pid
        except aiohttp.ClientConnectionError:
            return False

    async def kill(self) -> None:
        """SIGKILL, and waits for the end."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.returncode is None:
            self.process.terminate()
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def worker(module: str, settings: CommonSettings, more: Mapping[str, str] | None = None) -> AsyncIterator[Worker]:
    """Starts `python -m module`; its output goes where the test's goes."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        health_port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(TESTS),
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_POST_PARTITIONS": str(settings.post_partitions),
        "FEUERWACHE_HEALTH_PORT": str(health_port),
        **(more or {}),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, env=environment)
    running = Worker(process, health_port, environment)
    try:
        yield running
    finally:
        await running.kill()


@asynccontextmanager
async def kept_running(module: str, settings: CommonSettings) -> AsyncIterator[Worker]:
    """As `worker`, and started anew whenever it ends by itself, as an operator's supervisor does."""
    async with worker(module, settings) as running:

        async def keep() -> None:
            while await running.process.wait() > 0:
                running.process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", module, env=running.environment
                )

        keeping = asyncio.ensure_future(keep())
        try:
            yield running
        finally:
            keeping.cancel()
