"""The lease of a poller, on a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from feuerwache.common.clock import ManualClock
from feuerwache.ingest.polling.lease import Lease
from support.ingest import until


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 14, 12, tzinfo=UTC))


def test_one_has_it_until_it_is_given_up(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        redis: Redis = Redis.from_url(redis_url)
        one, other = (Lease(redis, f"fw:{topic_prefix}poll:a", clock(), 30) for _ in range(2))
        assert await one.keep() and one.held
        assert not await other.keep() and not other.held
        await other.release()  # somebody else's
        assert await one.keep()
        await one.release()
        assert not one.held
        assert await other.keep()
        await redis.aclose()

    run(scenario())


def test_it_is_prolonged_and_ends_by_itself(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        redis: Redis = Redis.from_url(redis_url)
        key, time = f"fw:{topic_prefix}poll:b", clock()
        lease = Lease(redis, key, time, 30)
        assert await lease.keep()
        await redis.pexpire(key, 5_000)
        time.advance(timedelta(seconds=9))
        assert await lease.keep()
        assert await redis.pttl(key) <= 5_000  # not a third of it is over
        time.advance(timedelta(seconds=2))
        assert await lease.keep()
        assert await redis.pttl(key) > 20_000
        time.advance(timedelta(seconds=31))
        assert not lease.held

        short = Lease(redis, f"{key}.short", clock(), 1)
        assert await short.keep()

        async def over() -> bool:
            return await Lease(redis, f"{key}.short", clock(), 1).keep()

        await until(over)
        await redis.aclose()

    run(scenario())


def test_a_redis_that_forgot_gives_it_to_another_and_the_first_sees_that(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        redis: Redis = Redis.from_url(redis_url)
        key, time = f"fw:{topic_prefix}poll:c", clock()
        first, second = Lease(redis, key, time, 30), Lease(redis, key, time, 30)
        assert await first.keep()
        await redis.delete(key)
        assert await second.keep()
        time.advance(timedelta(seconds=11))
        assert not await first.keep() and not first.held
        await redis.aclose()

    run(scenario())


def test_nobody_has_it_while_redis_is_away() -> None:
    async def scenario() -> None:
        redis: Redis = Redis.from_url("redis://127.0.0.1:1/0")
        lease = Lease(redis, "fw:poll:d", clock(), 30)
        assert not await lease.keep() and not lease.held
        await lease.release()
        await redis.aclose()

    run(scenario())
