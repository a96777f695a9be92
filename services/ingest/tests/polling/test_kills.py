"""A poller that is killed in the middle of its pages, again and again: a page may come twice, none is skipped."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feuerwache.common.events.post import PostCreated
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import POSTS_RECEIVED
from support.ingest import TOPICS, environment_of, make_settings, until
from support.polling import configure
from support.servers import KafkaServer
from support.youtube import KEY, FakeYouTube, youtube

THREADS = 12


@pytest.mark.timeout(180)
def test_kills_between_two_pages_skip_nothing(
    tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str
) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    clocked = ("FEUERWACHE_CLOCK_START", "FEUERWACHE_CLOCK_EPOCH")
    environment = {name: value for name, value in environment_of(settings).items() if name not in clocked} | {
        "YOUTUBE_KEY": KEY,
        "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
        "FEUERWACHE_POLLING_SHORTEST_SECONDS": "0.1",
        "FEUERWACHE_POLLING_LEASE_SECONDS": "1",
        "FEUERWACHE_CANARY_SECONDS": "0",
    }

    async def killed(fake: FakeYouTube, when: Callable[[dict[str, str]], bool]) -> None:
        """One process, killed while the call for which `when` is true is under way."""
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "feuerwache.ingest", env=environment)
        hit = asyncio.Event()

        def look(query: dict[str, str]) -> None:
            if when(query) and process.returncode is None:
                process.kill()
                hit.set()

        fake.hook = look
        try:
            await until(hit.is_set)
        finally:
            fake.hook = lambda _: None
            if process.returncode is None and not hit.is_set():
                process.kill()
            await process.wait()

    async def received() -> list[str]:
        records = await read_topic(settings, settings.topics().of(POSTS_RECEIVED))
        events = [record.event() for record in records]
        assert all(isinstance(event.data, PostCreated) for event in events)
        assert len({(event.data.ref.post_id, event.id) for event in events}) == len({event.id for event in events})
        return [event.data.ref.post_id for event in events]

    async def scenario() -> None:
        await ensure_topics(settings, TOPICS)
        async with youtube(page=2, embedded=1) as fake:
            configure(settings, fake)
            begin = datetime.now(UTC) - timedelta(hours=1)
            for number in range(THREADS):
                fake.write(f"t{number}", f"Beitrag {number}", at=begin + timedelta(minutes=number))
                for reply in range(2):
                    fake.write(f"t{number}.r{reply}", "Antwort", to=f"t{number}", at=begin + timedelta(minutes=number))
            everything = sorted(fake.comments)
            await killed(fake, lambda query: query.get("pageToken") == "2")  # the first page's cursor is on record
            await killed(fake, lambda query: query.get("parentId") == "t9")  # its thread was, its replies were not
            await killed(fake, lambda query: query.get("pageToken") == "6")
            begun = [query.get("pageToken") for query in fake.asked if _is_a_pass(query)]
            assert begun.count(None) == 1, "a process began anew instead of going on from the cursor"
            await killed(fake, lambda query: _is_a_pass(query) and "pageToken" not in query)  # the next one begins
            assert sorted(set(await received())) == everything

    asyncio.run(scenario())


def _is_a_pass(query: dict[str, str]) -> bool:
    return "allThreadsRelatedToChannelId" in query
