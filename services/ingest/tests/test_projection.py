"""The script that moves entries and position together, on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from uuid import uuid4

from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from redis.asyncio import Redis

from feuerwache.common.clock import SystemClock
from feuerwache.common.events.base import Event
from feuerwache.common.events.post import PostIndexed, PostRef
from feuerwache.common.kafka.admin import DLQ_MAX_BYTES, ensure_topics
from feuerwache.common.kafka.keys import partition_of, post_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import POSTS_INDEX
from feuerwache.common.redis import connect
from feuerwache.ingest.authors import redis_key
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.projection import APPLY, NOWHERE, Projection, position_key
from feuerwache.ingest.settings import IngestSettings
from support.ingest import make_settings, running, until
from support.servers import KafkaServer
from support.submissions import COMMUNITY, NOW


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


def test_the_index_is_called_whole_when_redis_has_everything_and_not_before(
    kafka: KafkaServer, redis_url: str, topic_prefix: str, tmp_path: Path
) -> None:
    """What waits for its post is given up by this time: it must not run ahead."""
    settings = make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)
    away = settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")})
    names, partitioning, count = settings.topics(), settings.partitioning(), 3_000

    def entry(number: int) -> Outgoing:
        ref = PostRef(community=COMMUNITY, platform="forum", post_id=f"p-{number}")
        event = Event(uuid4(), "/ingest/http/forum", NOW, PostIndexed(ref=ref, author_id=f"a-{number}"))
        key = post_key("forum", ref.post_id)
        return Outgoing.of(names.of(POSTS_INDEX), partition_of(key, partitioning.of(POSTS_INDEX)), key, event)

    async def scenario() -> None:
        await ensure_topics(settings, (POSTS_INDEX,))
        async with EventProducer(settings) as producer, Redis.from_url(redis_url) as redis:
            await producer.send_batches([entry(number) for number in range(count)])
            async with _projecting(away, producer) as projection:
                await until(lambda: "Redis" in (projection.health() or ""))
                assert projection.whole_ms() == 0
            asked_ms = time() * 1000
            async with _projecting(settings, producer) as projection:
                while projection.whole_ms() == 0:  # noqa: ASYNC110 - the very moment is what it is about
                    await asyncio.sleep(0)
                keys = [redis_key(topic_prefix, "forum", f"p-{number}") for number in range(count)]
                assert await redis.exists(*keys) == count
                assert asked_ms <= projection.whole_ms() <= time() * 1000
                before = projection.whole_ms()
                await until(lambda: projection.whole_ms() > before)

    asyncio.run(scenario())


@asynccontextmanager
async def _projecting(settings: IngestSettings, producer: EventProducer) -> AsyncIterator[Projection]:
    stop, redis = asyncio.Event(), connect(settings)
    projection = Projection(settings, redis, producer, SystemClock(), Metrics([], CollectorRegistry()))
    run = asyncio.create_task(projection.run(stop))
    try:
        yield projection
    finally:
        stop.set()
        await run
        await redis.aclose()
