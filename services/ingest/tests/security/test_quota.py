"""Quotas on a real Redis: one bucket for all processes, debts, leases, and what is left of it without Redis."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from feuerwache.common.clock import ManualClock
from feuerwache.ingest.integration import Integration, Limits
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.security.quota import Quota, retry_after
from support.submissions import NOW

#: So slow that nothing comes back while a test runs.
HARDLY = 0.001


def limited(rate: float | None, burst: int | None = None) -> Integration:
    limits = Limits(items_per_second=rate, burst=burst)
    return Integration(id="forum", platform="forum", communities=("c",), limits=limits)


class Stage:
    """A process's quota, with its own connection and its own clock."""

    def __init__(self, url: str, prefix: str) -> None:
        self.redis: Redis = Redis.from_url(url, socket_connect_timeout=1)
        self.clock = ManualClock(NOW)
        self.registry = CollectorRegistry()
        self.prefix = prefix
        self.quota = Quota(self.redis, prefix, self.clock, Metrics(["forum"], self.registry))

    async def goes(self, integration: Integration, items: int = 1) -> bool:
        return await self.quota.take(integration, items, "http") == 0.0

    async def later(self, seconds: float) -> None:
        """For the bucket in Redis, whose time is Redis's own: it was filled that much earlier."""
        key = f"fw:{self.prefix}quota:forum"
        await self.redis.hincrby(key, "t", -round(seconds * 1000))

    def count(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"feuerwache_ingest_{name}", labels) or 0.0


def staged(url: str, prefix: str, scenario: Callable[[Stage, Stage], Awaitable[None]]) -> None:
    async def run() -> None:
        one, two = Stage(url, prefix), Stage(url, prefix)
        try:
            await scenario(one, two)
        finally:
            await one.redis.aclose()
            await two.redis.aclose()

    asyncio.run(run())


def test_two_processes_spend_one_bucket(redis_url: str, topic_prefix: str) -> None:
    integration = limited(HARDLY, 50)

    async def scenario(one: Stage, two: Stage) -> None:
        went = [await stage.goes(integration) for _ in range(40) for stage in (one, two)]
        assert went == [True] * 50 + [False] * 30
        assert one.count("quota_refused_total", way="http", integration="forum") == 15
        assert one.count("quota_unshared_total") == 0

    staged(redis_url, topic_prefix, scenario)


def test_a_process_of_its_own_spends_it_too(redis_url: str, topic_prefix: str) -> None:
    code = (
        "import asyncio, sys\n"
        "from prometheus_client import CollectorRegistry\n"
        "from redis.asyncio import Redis\n"
        "from feuerwache.common.clock import SystemClock\n"
        "from feuerwache.ingest.integration import Integration, Limits\n"
        "from feuerwache.ingest.metrics import Metrics\n"
        "from feuerwache.ingest.security.quota import Quota\n"
        "async def main():\n"
        "    redis = Redis.from_url(sys.argv[1])\n"
        "    quota = Quota(redis, sys.argv[2], SystemClock(), Metrics([], CollectorRegistry()))\n"
        f"    limits = Limits(items_per_second={HARDLY}, burst=50)\n"
        "    forum = Integration(id='forum', platform='forum', communities=('c',), limits=limits)\n"
        "    print(sum([await quota.take(forum, 1, 'grpc') == 0.0 for _ in range(30)]))\n"
        "    await redis.aclose()\n"
        "asyncio.run(main())\n"
    )

    async def scenario(one: Stage, _: Stage) -> None:
        call = [sys.executable, "-c", code, redis_url, topic_prefix]
        printed = await asyncio.to_thread(subprocess.run, call, capture_output=True, text=True, check=True, timeout=60)
        assert printed.stdout.strip() == "30"
        assert sum([await one.goes(limited(HARDLY, 50)) for _ in range(30)]) == 20

    staged(redis_url, topic_prefix, scenario)


def test_what_is_told_to_wait_goes_on_after_just_that_time(redis_url: str, topic_prefix: str) -> None:
    integration = limited(2.0, 10)

    async def scenario(one: Stage, two: Stage) -> None:
        assert await one.goes(integration, 10)
        wait = await two.quota.take(integration, 4, "grpc")
        assert 1.5 < wait <= 2.0
        await one.later(wait)
        assert await two.goes(integration, 4)
        assert not await one.goes(integration, 4)

    staged(redis_url, topic_prefix, scenario)


def test_a_batch_larger_than_the_burst_passes_a_full_bucket_and_is_owed(redis_url: str, topic_prefix: str) -> None:
    integration = limited(1.0, 10)

    async def scenario(one: Stage, _: Stage) -> None:
        assert await one.goes(integration, 100)
        assert 90 < await one.quota.take(integration, 1, "http") <= 91
        await one.later(80)
        assert not await one.goes(integration, 1)
        await one.later(15)
        assert not await one.goes(integration, 100), "only a full bucket lends"
        await one.later(5)
        assert await one.goes(integration, 100)

    staged(redis_url, topic_prefix, scenario)


def test_a_bucket_never_holds_more_than_the_burst(redis_url: str, topic_prefix: str) -> None:
    integration = limited(HARDLY, 5)

    async def scenario(one: Stage, _: Stage) -> None:
        assert await one.goes(integration)
        await one.later(1_000_000)
        assert [await one.goes(integration) for _ in range(7)] == [True] * 5 + [False] * 2

    staged(redis_url, topic_prefix, scenario)


def test_a_fast_integration_asks_once_for_many_and_gives_up_what_it_keeps_too_long(
    redis_url: str, topic_prefix: str
) -> None:
    integration = limited(100.0, 100)  # a lease of ten

    async def scenario(one: Stage, _: Stage) -> None:
        key = f"fw:{topic_prefix}quota:forum"

        async def seen() -> bytes | str | None:
            return await one.redis.hget(key, "t")

        assert await one.goes(integration)
        await one.redis.hset(key, "t", "0")
        assert all([await one.goes(integration) for _ in range(9)])
        assert await seen() == b"0", "nine were spent without asking"
        assert await one.goes(integration)
        assert await seen() != b"0"
        await one.redis.hset(key, "t", "0")
        one.clock.advance(timedelta(seconds=2))
        assert await one.goes(integration)
        assert await seen() != b"0", "what was left is too old"

    staged(redis_url, topic_prefix, scenario)


def test_without_redis_each_process_counts_for_itself_and_says_so(topic_prefix: str) -> None:
    integration = limited(2.0, 3)

    async def scenario(one: Stage, two: Stage) -> None:
        for stage in (one, two):
            assert [await stage.goes(integration) for _ in range(4)] == [True] * 3 + [False]
            stage.clock.advance(timedelta(seconds=0.5))
            assert [await stage.goes(integration) for _ in range(2)] == [True, False]
            assert stage.count("quota_unshared_total") == 6

    staged("redis://127.0.0.1:1/0", topic_prefix, scenario)


def test_without_limits_nobody_is_asked(topic_prefix: str) -> None:
    async def scenario(one: Stage, _: Stage) -> None:
        assert all([await one.goes(limited(None), 1_000) for _ in range(5)])
        assert one.count("quota_unshared_total") == 0

    staged("redis://127.0.0.1:1/0", topic_prefix, scenario)


def test_retry_after_is_in_whole_seconds() -> None:
    assert [retry_after(seconds) for seconds in (0.001, 1.0, 1.2, 90.0)] == ["1", "1", "2", "90"]
