"""The whole process with a spool: its broker freezes, the process is killed, and every answer is kept, in order."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import POSTS_RECEIVED
from feuerwache.ingest.settings import IngestSettings
from feuerwache.local.group import ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout
from support.ingest import TOKEN, TOPICS, environment_of, make_settings, until
from support.submissions import post


def test_what_was_answered_while_the_broker_was_frozen_is_there_after_a_kill(tmp_path: Path, redis_url: str) -> None:
    async def scenario() -> None:
        with ProcessGroup() as group:
            cache = cache_dir(checkout(Path(__file__).parent))
            broker = EmbeddedKafka(group, tmp_path / "kafka", tmp_path / "kafka.log", cache)
            async with broker:
                settings = make_settings(
                    tmp_path, broker.bootstrap, redis_url, "spooled.", spool_dir=tmp_path / "spool"
                )
                await ensure_topics(settings, TOPICS)
                answered: list[str] = []
                async with process(settings, signal.SIGKILL) as client:
                    await _send(client, answered, "there", 3)
                    assert broker.child is not None
                    broker.child.process.send_signal(signal.SIGSTOP)
                    try:
                        await _send(client, answered, "frozen", 30)
                        assert len(answered) == 33, "none was refused"
                    except BaseException:
                        broker.child.process.send_signal(signal.SIGCONT)
                        raise
                broker.child.process.send_signal(signal.SIGCONT)
                async with process(settings, signal.SIGTERM) as client:
                    await _send(client, answered, "after", 3)

                    async def all_there() -> bool:
                        return set(answered) <= set(await _received(settings))

                    await until(all_there)
                    received = list(dict.fromkeys(await _received(settings)))
                    # What was under way when the broker froze may have arrived before; nothing else is out of order.
                    late = [name for name in received if name.startswith("frozen-")]
                    assert sorted(late[1:], key=_number) == late[1:]
                    assert received[-3:] == ["after-0", "after-1", "after-2"]
                    await until(lambda: not list((tmp_path / "spool").glob("*.seg")))

    asyncio.run(scenario())


async def _send(client: httpx.AsyncClient, answered: list[str], name: str, count: int) -> None:
    """One after the other, of one author: their order is a promise."""
    for number in range(count):
        answer = await client.post("/v1/posts", json=post(f"{name}-{number}"))
        assert answer.status_code == 202, answer.text
        answered.append(f"{name}-{number}")


async def _received(settings: IngestSettings) -> list[str]:
    records = await read_topic(settings, settings.topics().of(POSTS_RECEIVED))
    return [str(record.event().data.ref.post_id) for record in records]


def _number(name: str) -> int:
    return int(name.partition("-")[2])


@asynccontextmanager
async def process(settings: IngestSettings, end: signal.Signals) -> AsyncIterator[httpx.AsyncClient]:
    ports_file = settings.ports_file
    assert ports_file is not None
    ports_file.unlink(missing_ok=True)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "feuerwache.ingest", env=environment_of(settings)
    )
    try:
        await until(lambda: ports_file.exists() or child.returncode is not None)
        url = f"http://127.0.0.1:{json.loads(ports_file.read_text())['http']}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
            yield client
        child.send_signal(end)
        await asyncio.wait_for(child.wait(), 30)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
