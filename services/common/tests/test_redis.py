"""Redis may be away: bounded waits, and an error that the runner knows what to do with."""

from __future__ import annotations

import asyncio
from time import monotonic

import pytest

from feuerwache.common.errors import TransientError
from feuerwache.common.redis import connect, transient_errors
from feuerwache.common.settings import CommonSettings


def test_speaks_to_a_redis_that_is_there(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        client = connect(CommonSettings.model_validate({"redis_url": redis_url}))
        try:
            async with transient_errors("counting"):
                assert await client.incr(f"{topic_prefix}counter") == 1
        finally:
            await client.aclose()

    asyncio.run(scenario())


def test_one_that_is_away_is_a_transient_error_in_bounded_time() -> None:
    async def scenario() -> None:
        client = connect(CommonSettings.model_validate({"redis_url": "redis://127.0.0.1:1/0"}))
        began = monotonic()
        try:
            with pytest.raises(TransientError, match="Redis, counting"):
                async with transient_errors("counting"):
                    await client.incr("counter")
        finally:
            await client.aclose()
        assert monotonic() - began < 10

    asyncio.run(scenario())


def test_a_bug_is_not_taken_for_an_outage() -> None:
    async def scenario() -> None:
        with pytest.raises(KeyError):
            async with transient_errors("counting"):
                raise KeyError("a bug")

    asyncio.run(scenario())
