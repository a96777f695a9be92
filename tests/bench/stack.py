"""A Kafka, a Redis and single services in their own processes, for measuring one part at a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.settings import CommonSettings
from feuerwache.local import ports
from feuerwache.local.group import Child, ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.readiness import answering
from feuerwache.local.redis import EmbeddedRedis

STOP_SECONDS = 15.0
READY_SECONDS = 60.0
TOKEN = "bench-token-that-only-this-run-knows-0123456789"


@dataclass(slots=True)
class Stack:
    """The servers, and the settings every service of this run gets."""

    group: ProcessGroup
    kafka: EmbeddedKafka
    redis: EmbeddedRedis
    home: Path
    settings: CommonSettings
    environment: dict[str, str]

    @asynccontextmanager
    async def service(self, module: str, *arguments: str, **environment: str) -> AsyncIterator[Child]:
        """A service as `python -m <module>`, ended by SIGTERM on the way out. Waits for its /readyz."""
        health = ports.free_port()
        child = self.spawn(module, *arguments, FEUERWACHE_HEALTH_PORT=str(health), **environment)
        try:
            await ready(child, health)
            yield child
        finally:
            await child.stop(STOP_SECONDS)

    def spawn(self, module: str, *arguments: str, **environment: str) -> Child:
        log = self.home / "logs" / f"{module}.log"
        command: Sequence[str] = [sys.executable, "-m", module, *arguments]
        return self.group.spawn(module, command, log, self.environment | environment)

    def resident_megabytes(self, child: Child) -> float:
        return float(psutil.Process(child.pid).memory_info().rss) / 1e6


async def ready(child: Child, port: int) -> None:
    """Waits for 200 on /readyz; raises with the end of the log when the process dies or is not ready in time."""
    async with httpx.AsyncClient() as client, asyncio.timeout(READY_SECONDS):
        while True:
            if child.exit_code() is not None:
                raise RuntimeError(f"{child.name} ended with {child.exit_code()}:\n{child.last_lines()}")
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/readyz")
                if answer.status_code == httpx.codes.OK and answering(answer) == child.pid:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


@asynccontextmanager
async def stack(home: Path) -> AsyncIterator[Stack]:
    """Starts the servers with empty data below `home` and creates the topics."""
    root = checkout(Path(__file__).parent)
    cache = cache_dir(root)
    with ProcessGroup() as group:
        kafka = EmbeddedKafka(group, home / "kafka", home / "logs" / "kafka.log", cache)
        redis = EmbeddedRedis(group, home / "redis", home / "logs" / "redis.log", cache)
        async with kafka, redis:
            tokens = home / "tokens.json"
            tokens.write_text(json.dumps(dict.fromkeys(("morgenrot-facebook", "morgenrot-forum"), TOKEN)), "utf-8")
            environment = {
                "FEUERWACHE_KAFKA_BOOTSTRAP": kafka.bootstrap,
                "FEUERWACHE_REDIS_URL": redis.url,
                "FEUERWACHE_CONFIG_DIR": str(root / "config"),
                "FEUERWACHE_DATA_DIR": str(home / "data"),
                "FEUERWACHE_LINK_SECRET": "bench-link-secret-that-only-this-run-knows",
                "FEUERWACHE_INTEGRATION_TOKENS_FILE": str(tokens),
                "FEUERWACHE_LOG_LEVEL": "warning",
            }
            settings = CommonSettings(kafka_bootstrap=kafka.bootstrap, config_dir=root / "config")
            await ensure_topics(settings)
            yield Stack(group, kafka, redis, home, settings, os.environ | environment)
