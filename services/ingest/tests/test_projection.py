"""The script that moves entries and position together, on a real Redis."""

from __future__ import annotations

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from feuerwache.common.kafka.admin import DLQ_MAX_BYTES
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import POSTS_INDEX
from feuerwache.ingest.projection import APPLY, NOWHERE, position_key
from support.ingest import make_settings, running, until
from support.servers import KafkaServer


def test_entries_and_position_move_together_or_not_at_all(redis_url: str, topic_prefix: str) -> None:
    at, one, two = position_key(topic_prefix, 0), f"fw:{topic_prefix}one", f"fw:{topic_prefix}two"

    async def scenario() -> None:
        async with Redis.from_url(redis_url) as redis:
            script = redis.register_script(APPLY)

            async def apply(reached: int, after: int, **entries: str) -> tuple[int, list[bytes | str | None]]:
                keys = [f"fw:{topic_prefix}{name}" for name in entries]
                found = int(await script(keys=[at, *keys], args=[reached, after, *entries.values()]))
                return found, await redis.mget([at, one, two])

            assert await apply(NOWHERE, 5, one="a") == (NOWHERE, [b"5", b"a", None])
            assert await apply(9, 12, two="b") == (5, [b"5", b"a", None])  # Redis forgot: nothing is written
            assert await apply(5, 12, one="", two="b") == (5, [b"12", None, b"b"])
            assert await apply(5, 8, one="a") == (12, [b"12", b"a", b"b"])  # a slower process never moves it back

    asyncio.run(scenario())


def test_a_bad_record_as_large_as_the_broker_takes_becomes_a_dead_letter(
    kafka: KafkaServer, redis_url: str, topic_prefix: str, tmp_path: Path
) -> None:
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    poison = b"x" * 1_040_000

    async def scenario() -> None:
        async with running(settings) as ingest, EventProducer(settings, max_bytes=DLQ_MAX_BYTES) as producer:
            await producer.send(Outgoing(settings.topics().of(POSTS_INDEX), 0, b"k", poison))

            async def put_away() -> bool:
                return [letter.value for letter in await ingest.dead_letters(POSTS_INDEX)] == [poison]

            await until(put_away)

    asyncio.run(scenario())
