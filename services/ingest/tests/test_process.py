"""The process itself: told to stop under load it finishes what it began, and keeps its word on every answer."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path

import httpx

from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import POSTS_RECEIVED
from support.ingest import TOKEN, TOPICS, environment_of, make_settings, until
from support.servers import KafkaServer
from support.submissions import post


def test_a_stop_under_load_loses_nothing_that_was_answered(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    ports_file = tmp_path / "ports.json"
    environment = environment_of(settings)

    async def scenario() -> None:
        await ensure_topics(settings, TOPICS)
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "feuerwache.ingest", env=environment)
        try:
            await until(lambda: ports_file.exists() or process.returncode is not None)
            url = f"http://127.0.0.1:{json.loads(ports_file.read_text())['http']}"
            accepted: set[str] = set()

            async def sender(name: str, client: httpx.AsyncClient) -> None:
                for number in range(10_000):
                    try:
                        answer = await client.post("/v1/posts", json=post(f"{name}-{number}"))
                    except httpx.TransportError:
                        return  # the door is shut
                    if answer.status_code == 202:
                        accepted.add(answer.json()["items"][0]["post_id"])

            async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
                senders = asyncio.gather(*(sender(f"s{number}", client) for number in range(8)))
                await until(lambda: len(accepted) >= 50)
                process.send_signal(signal.SIGTERM)
                assert await asyncio.wait_for(process.wait(), 30) == 0
                await senders
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        received = [
            record.event().data.ref.post_id
            for record in await read_topic(settings, settings.topics().of(POSTS_RECEIVED))
        ]
        assert accepted <= set(received)
        assert len(received) == len(set(received))

    asyncio.run(scenario())
