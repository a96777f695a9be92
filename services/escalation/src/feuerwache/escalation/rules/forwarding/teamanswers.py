"""Which posts the community's own people have answered: written by all partitions, so approximate by nature.

An answer comes on the partition of whoever wrote it, the answered post lies on another. So the pseudonyms of answered
posts are kept in Redis, per community, for 30 days; whoever asks whether something is overdue looks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis.asyncio import Redis

from feuerwache.common.redis import transient_errors
from feuerwache.escalation.rules.judging.docket import Answers

#: How long an answer is known, in seconds of event time.
KEPT = 30 * 86400


class TeamAnswers:
    """`redis` is the process's own connection."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix

    async def read(self, asked: Mapping[str, Iterable[str]]) -> dict[str, dict[str, int]]:
        """Of these posts per community, those that were answered."""
        wanted = {community: list(dict.fromkeys(posts)) for community, posts in asked.items()}
        async with transient_errors("reading answers"), self._redis.pipeline(transaction=False) as pipe:
            for community, posts in wanted.items():
                pipe.zmscore(self._key(community), posts)
            found = await pipe.execute()
        return {
            community: {post: int(at) for post, at in zip(posts, scores, strict=True) if at is not None}
            for (community, posts), scores in zip(wanted.items(), found, strict=True)
        }

    async def write(self, answers: Answers) -> None:
        """Writing them again changes nothing; an older answer does not take the place of a newer one."""
        async with transient_errors("writing answers"), self._redis.pipeline(transaction=False) as pipe:
            for community, answered in answers.items():
                key = self._key(community)
                pipe.zadd(key, dict(answered), gt=True)
                pipe.zremrangebyscore(key, "-inf", max(answered.values()) - KEPT)
                pipe.expire(key, KEPT)
            await pipe.execute()

    def _key(self, community: str) -> str:
        return f"{self._prefix}community:{{{community}}}:answered"
