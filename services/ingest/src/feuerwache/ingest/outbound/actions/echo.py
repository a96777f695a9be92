"""Our own action, coming back as an event of the platform, is no human's word.

A platform tells that a comment was hidden, and mostly not that it was we who hid it. Taken for a human's word it would
stand against every later automatic approval. So what is about to be done is noted before it is done, for as long as a
platform may take to tell of it, and whoever hears of it asks here.

Noted in Redis, `fw:<prefix>acted:<platform>:<post>:<verb>`. Redis away: nothing is noted or known, and the echo is
heard as a human's word. A human who does just the same to the same post within that time is not heard: the post is as
they want it, but their word is not on record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

from redis.asyncio import Redis
from redis.exceptions import RedisError

from feuerwache.common.events.decision import Action
from feuerwache.common.logging import logger

#: Real seconds within which a platform tells of what was done there: a hook, its repeats, a poller's round.
TELLS_WITHIN = 900
#: Nobody waits for longer: it is a courtesy.
ANSWER_SECONDS = 0.5

#: As platforms call it (`action` of a moderated item), by what was done.
VERBS: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.REMOVE: ("remove", "removed", "deleted"),
        Action.HIDE: ("hide", "hidden"),
        Action.HOLD: ("hold", "held"),
        Action.APPROVE: ("approve", "approved", "restored", "unhidden"),
    }
)

log = logger(__name__)


class Echo:
    """`prefix` is the one of the topics. Raises nothing for what Redis does."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def expect(self, platform: str, post_id: str, action: Action) -> None:
        """We are about to do it."""
        keys = self._keys(platform, post_id, action)
        if keys:
            try:
                async with asyncio.timeout(ANSWER_SECONDS), self._redis.pipeline(transaction=False) as pipe:
                    for key in keys:
                        pipe.set(key, b"1", ex=TELLS_WITHIN)
                    await pipe.execute()
            except (RedisError, OSError) as error:
                log.warning("an echo cannot be noted, it will count as a human's word", error=type(error).__name__)

    async def forget(self, platform: str, post_id: str, action: Action) -> None:
        """The platform has refused it: whoever does it now is somebody else."""
        keys = self._keys(platform, post_id, action)
        if keys:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._redis.delete(*keys)
            except (RedisError, OSError) as error:
                log.warning("an echo stays noted", error=type(error).__name__)

    async def ours(self, platform: str, post_id: str, verb: str) -> bool:
        """Whether this is what we have done ourselves. Says the same to a hook that is repeated."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return bool(await self._redis.exists(self._key(platform, post_id, verb)))
        except (RedisError, OSError) as error:
            log.warning("an echo cannot be told apart", error=type(error).__name__)
            return False

    def _keys(self, platform: str, post_id: str, action: Action) -> list[str]:
        return [self._key(platform, post_id, verb) for verb in VERBS.get(action, ())]

    def _key(self, platform: str, post_id: str, verb: str) -> str:
        return f"fw:{self._prefix}acted:{platform}:{post_id}:{verb}"
