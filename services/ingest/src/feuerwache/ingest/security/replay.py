"""A signed call counts once: what names it is kept in Redis for as long as its signature is good."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from hashlib import sha256

from redis.asyncio import Redis

from feuerwache.common.redis import transient_errors

ANSWER_SECONDS = 2.0


class Calls:
    """Shared by all processes of ingest."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def first(self, integration: str, name: str, within: timedelta) -> bool:
        """Whether nobody has come with this name lately. Raises `TransientError`: without Redis nobody can say.

        A signature is good from `within` before its time until `within` after it.
        """
        digest = sha256(name.encode()).hexdigest()
        key = f"fw:{self._prefix}call:{integration}:{digest}"
        kept = 2 * within + timedelta(seconds=1)
        async with transient_errors("looking up a call"), asyncio.timeout(ANSWER_SECONDS):
            return bool(await self._redis.set(key, b"1", nx=True, px=kept))
