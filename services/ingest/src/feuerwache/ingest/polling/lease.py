"""Who polls an integration: one process at a time, by a lease in Redis that its holder prolongs.

Two pollers would do no harm to posts, for repeats are recognised, but cost the platform's quota twice. So whoever
cannot reach Redis does not poll. A Redis that forgets everything may let a second one in for a third of the lease; then
the first one sees that it is no longer the holder.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

from redis.asyncio import Redis

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.logging import logger
from feuerwache.common.redis import transient_errors

log = logger(__name__)

# KEYS: the lease. ARGV: who asks, milliseconds. Answers 1 when it is theirs now.
_KEEP = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Lease:
    """`key` is its name in Redis; `seconds` (real) is how long it holds without being prolonged."""

    def __init__(self, redis: Redis, key: str, clock: Clock, seconds: float) -> None:
        self._redis = redis
        self._key = key
        self._me = uuid4().hex
        self._clock = clock
        self._seconds = seconds
        self._until = 0.0

    @property
    def held(self) -> bool:
        return self._clock.monotonic() < self._until

    async def keep(self) -> bool:
        """Takes it where nobody has it, prolongs it when a third is over. False: somebody else has it, or Redis does
        not answer."""
        asked = self._clock.monotonic()
        if self._until - asked > self._seconds * 2 / 3:
            return True
        try:
            async with transient_errors("keeping the lease of a poller"):
                answer = await cast(
                    Any, self._redis.eval(_KEEP, 1, self._key, self._me, str(int(self._seconds * 1000)))
                )
        except TransientError as error:
            if self._until:
                log.warning("polling rests: the lease cannot be kept", reason=type(error.__cause__).__name__)
            self._until = 0.0
            return False
        # Counted from before Redis was asked: it must not end over there while it still holds here.
        self._until = asked + self._seconds if answer == 1 else 0.0
        return self.held

    async def release(self) -> None:
        """So that another process need not wait for its end."""
        if not self._until:
            return
        self._until = 0.0
        try:
            async with transient_errors("giving up the lease of a poller"):
                await cast(Any, self._redis.eval(_RELEASE, 1, self._key, self._me))
        except TransientError:
            log.info("the lease of a poller ends by itself")
