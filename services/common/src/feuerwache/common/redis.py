"""The Redis client of every service: bounded waits, retries with jitter, and errors in the project's own terms.

Redis holds projections of what Kafka knows. It may be away (`TransientError`: the runner waits and tries again) and
it may have forgotten (callers check); it is never the only place where something stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from feuerwache.common.errors import TransientError
from feuerwache.common.settings import CommonSettings

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 5.0


def connect(settings: CommonSettings) -> Redis:
    """A client for `FEUERWACHE_REDIS_URL` (`redis://`, or `rediss://` for TLS). Close it with `aclose()`."""
    client: Redis = Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), retries=3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, BusyLoadingError],
    )
    return client


@asynccontextmanager
async def transient_errors(doing: str) -> AsyncIterator[None]:
    """Turns what Redis raises into `TransientError`: `async with transient_errors("reading the author"): …`."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise TransientError(f"Redis, {doing}: {error}") from error
