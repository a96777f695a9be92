"""The whole ingest process inside a test: its own topics on the real broker, both edges on free ports."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import grpc
import httpx
from google.protobuf import json_format
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from feuerwache.common.clock import AcceleratedClock, Clock
from feuerwache.common.events.base import Event
from feuerwache.common.events.post import PostEvent
from feuerwache.common.health import Health
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import (
    DECISIONS_COMMANDS,
    POLLING_CURSORS,
    POSTS_INDEX,
    POSTS_ORPHANED,
    POSTS_RECEIVED,
    POSTS_SUBMITTED,
    POSTS_WAITING,
    Topic,
)
from feuerwache.common.process import Process
from feuerwache.ingest.bootstrap import serve
from feuerwache.ingest.settings import IngestSettings
from feuerwache.ingest.v1 import ingest_pb2
from support.submissions import COMMUNITY, NOW

TOKEN = "fwi_forum-token-of-the-tests-0123456789"
DEADLINE_SECONDS = 30.0
#: What a process of ingest reads and writes.
TOPICS = (
    *(POSTS_SUBMITTED, POSTS_RECEIVED, POSTS_INDEX, POSTS_ORPHANED, POSTS_WAITING),
    *(DECISIONS_COMMANDS, POLLING_CURSORS),
)
#: Civil time stands still (its epoch is far away), real time runs.
STANDING = AcceleratedClock(NOW, datetime(2100, 1, 1, tzinfo=UTC), 1.0)


def make_settings(folder: Path, bootstrap: str, redis_url: str, prefix: str, **more: object) -> IngestSettings:
    (folder / "communities.yaml").write_text(
        "communities:\n"
        + "".join(
            f"  - {{id: {name}, title: T, brand: b, rules: r, policy: p, canary: {str(canary).lower()}}}\n"
            for name, canary in ((COMMUNITY, False), ("morgenrot-facebook", False), ("canary", True))
        )
    )
    (folder / "integrations.yaml").write_text(
        "integrations:\n"
        f"  - {{id: forum, platform: forum, communities: [{COMMUNITY}, canary]}}\n"
        "  - {id: facebook, platform: facebook, communities: [morgenrot-facebook]}\n"
    )
    tokens = folder / "tokens.json"
    tokens.write_text(json.dumps({"forum": TOKEN}))
    return IngestSettings(
        config_dir=folder,
        kafka_bootstrap=bootstrap,
        redis_url=SecretStr(redis_url),
        topic_prefix=prefix,
        post_partitions=3,
        http_port=0,
        grpc_port=0,
        ports_file=folder / "ports.json",
        integration_tokens_file=tokens,
        **more,  # type: ignore[arg-type]  # settings of any type
    )


@dataclass(frozen=True)
class Ingest:
    settings: IngestSettings
    shell: Process
    http: httpx.AsyncClient
    channel: grpc.aio.Channel
    registry: CollectorRegistry

    async def records(self, topic: Topic) -> list[Record]:
        """Everything in a topic, as a `read_committed` consumer sees it."""
        return await read_topic(self.settings, self.settings.topics().of(topic))

    async def dead_letters(self, topic: Topic) -> list[Record]:
        return await read_topic(self.settings, self.settings.topics().dlq(topic))

    async def received(self) -> list[Event[PostEvent]]:
        return [record.event() for record in await self.records(POSTS_RECEIVED)]

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"feuerwache_ingest_{name}", labels) or 0.0


def post_message(fields: dict[str, Any]) -> ingest_pb2.Post:
    """The JSON item as the protobuf message that says the same; raises `ParseError` where there is none."""
    enums = {"visibility": f"VISIBILITY_{fields['visibility'].upper()}"} if "visibility" in fields else {}
    return json_format.ParseDict({**fields, **enums}, ingest_pb2.Post())


def environment_of(settings: IngestSettings) -> dict[str, str]:
    """For a process of its own (`python -m feuerwache.ingest`) with these settings, as `make_settings` made them."""
    chosen = {
        "CONFIG_DIR": settings.config_dir,
        "KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "REDIS_URL": settings.redis_url.get_secret_value(),
        "TOPIC_PREFIX": settings.topic_prefix,
        "POST_PARTITIONS": settings.post_partitions,
        "HTTP_PORT": 0,
        "GRPC_PORT": 0,
        "PORTS_FILE": settings.ports_file,
        "INTEGRATION_TOKENS_FILE": settings.integration_tokens_file,
        "ACCEPT_SECONDS": settings.accept_seconds,
        "ORPHAN_SECONDS": settings.orphan_seconds,
        **({"SPOOL_DIR": settings.spool_dir} if settings.spool_dir is not None else {}),
        "CLOCK_START": "2026-11-14T21:00:00Z",
        "CLOCK_EPOCH": "2026-11-14T21:00:00Z",
    }
    return {**os.environ, **{f"FEUERWACHE_{name}": str(value) for name, value in chosen.items()}}


@asynccontextmanager
async def running(settings: IngestSettings, *, topics: bool = True, clock: Clock = STANDING) -> AsyncIterator[Ingest]:
    """The process, listening; told to stop, and checked for an orderly end, afterwards."""
    if topics:
        await ensure_topics(settings, TOPICS)
    shell = Process("ingest", settings, clock, Health(), asyncio.Event())
    registry = CollectorRegistry()
    work = asyncio.create_task(serve(shell, settings, registry))
    try:
        assert settings.ports_file is not None
        await until(lambda: settings.ports_file.exists() or work.done())  # type: ignore[union-attr]  # asserted
        if work.done():
            work.result()
        ports = json.loads(settings.ports_file.read_text())
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['http']}", headers=headers, timeout=60) as client,
            grpc.aio.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel,
        ):
            yield Ingest(settings, shell, client, channel, registry)
    finally:
        shell.stop.set()
        await asyncio.wait_for(work, DEADLINE_SECONDS)


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = DEADLINE_SECONDS) -> None:
    """Waits for a condition; fails the test when it does not come true in time."""
    end = monotonic() + seconds
    while True:
        result = condition()
        if result if isinstance(result, bool) else await result:
            return
        assert monotonic() < end, "the condition did not come true in time"
        await asyncio.sleep(timedelta(milliseconds=50).total_seconds())
