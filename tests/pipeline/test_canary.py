"""The watch is watched: canaries reach somebody outside through all of it, and their silence is heard."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, PAGES_RECEIPTS
from feuerwache.common.settings import CommonSettings
from feuerwache.local import invariant
from feuerwache.local.group import ProcessGroup
from feuerwache.local.handle import launch
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Silent
from support.kafka import until

SERVICES = ("ingest", "classifier", "rules", "incidents", "notifier")
#: As many canaries would have come in this time.
SILENCE_SECONDS = 4.0


class Outside:
    """The dead-man's switch as its owner runs it: an HTTP server that counts."""

    def __init__(self) -> None:
        self.pings = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def more_than(self, pings: int) -> bool:
        return self.pings > pings

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"POST /ping/s3cret HTTP/1.1")
        self.pings += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        await writer.drain()
        writer.close()


def test_canaries_come_home_until_kafka_stops_and_again_when_it_is_back(
    tmp_path: Path, redis_url: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = checkout(Path(__file__).parent)
    shutil.copytree(here / "config", tmp_path / "config")
    environment = {
        "CACHE_DIR": str(cache_dir(here)),
        "TOPIC_PREFIX": topic_prefix,
        "POST_PARTITIONS": "1",
        "SHARDS": "1",
        "CANARY_SECONDS": "0.5",
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"FEUERWACHE_{name}", value)

    async def run() -> None:
        outside = Outside()
        with ProcessGroup() as group:
            broker = EmbeddedKafka(group, tmp_path / "kafka", tmp_path / "kafka.log", cache_dir(here))
            async with broker, outside.listening() as port:
                monkeypatch.setenv("FEUERWACHE_DEADMAN_URL", f"http://127.0.0.1:{port}/ping/s3cret")
                plan = Plan(root=tmp_path, name="canary", kafka=broker.bootstrap, redis=redis_url, only=SERVICES)
                handle = await asyncio.to_thread(launch, plan, Silent())
                try:
                    await until(lambda: outside.more_than(2), "three canaries at home", 60)
                    assert broker.child is not None
                    broker.child.process.kill()
                    assert await broker.child.wait(10) is not None
                    await asyncio.sleep(1.0)  # what was on record already may still be told
                    before = outside.pings
                    await asyncio.sleep(SILENCE_SECONDS)
                    assert outside.pings == before, "nobody says that all is well while Kafka is away"
                    await broker.start()
                    await until(lambda: outside.more_than(before + 2), "canaries again", 90)
                finally:
                    await asyncio.to_thread(handle.stop)
                settings = CommonSettings(kafka_bootstrap=broker.bootstrap, topic_prefix=topic_prefix, shards=1)
                receipts = [
                    one.event().data for one in await read_topic(settings, settings.topics().of(PAGES_RECEIPTS))
                ]
                assert {(each.channel, each.status.value) for each in receipts} == {("drill", "delivered")}
                assert await read_topic(settings, settings.topics().of(INCIDENTS_CHANGED)) == []
                verdict = await invariant.check(settings)
                assert (verdict.posts_accepted, verdict.decisions, verdict.dead_letters) == (0, 0, 0)

    asyncio.run(run())
    logs = [path.read_text("utf-8") for path in Plan(root=tmp_path, name="canary").places.home.rglob("*.log")]
    assert len(logs) >= len(SERVICES)
    assert not [each for each in logs if "s3cret" in each]
