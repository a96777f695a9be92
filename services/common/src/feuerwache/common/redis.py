"""The Redis client of every service: bounded waits, retries with jitter, and errors in the project's own terms.

Redis holds projections of what Kafka knows. It may be away (`TransientError`: the runner waits and tries again) and
it may have forgotten (callers check); it is never the only place where something stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

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
    """A client for `FEUERWACHE_REDIS_URL` (`redis://`, or `rediss://` for TLS). Close it with `aclose()`.

    With TLS the server's certificate and name are checked, against `FEUERWACHE_REDIS_CA_FILE` or the system's own.
    """
    client: Redis = Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=1.0), retries=3),
        retry_on_error=[RedisConnectionError, RedisTimeoutError, BusyLoadingError],
        **_tls(settings),
    )
    return client


def _tls(settings: CommonSettings) -> dict[str, Any]:
    files = {
        "ssl_ca_certs": settings.redis_ca_file,
        "ssl_certfile": settings.redis_cert_file,
        "ssl_keyfile": settings.redis_key_file,
    }
    return {argument: str(path) for argument, path in files.items() if path is not None}


@asynccontextmanager
async def transient_errors(doing: str) -> AsyncIterator[None]:
    """Turns what Redis raises into `TransientError`: `async with transient_errors("reading the author"): …`."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise TransientError(f"Redis, {doing}: {error}") from error
