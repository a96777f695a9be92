"""Who wrote a post: the index that reports, deletions and actions need to find their author's partition.

`posts.index.v1` is the truth. Redis holds it for look-ups (`fw:<prefix>index:<platform>:<post>` → the author key), and
this process remembers what it accepted last, so that a report right behind its post finds it even while Redis is slow.
An entry names the community too: an integration cannot reach a post in a community that is not its own.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from feuerwache.common.kafka.keys import author_key
from feuerwache.common.redis import transient_errors

#: A sender waits for a look-up; without its answer nothing can be accepted.
LOOK_UP_SECONDS = 3.0
#: What is written early is a courtesy, since the projection writes it again: nobody waits long for it.
WRITE_SECONDS = 0.25

#: Platform and post id.
Place = tuple[str, str]


def redis_key(prefix: str, platform: str, post_id: str) -> str:
    return f"fw:{prefix}index:{platform}:{post_id}"


class Recent:
    """The last `size` posts this process accepted. Not shared and not kept: a short cut, never the truth."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._authors: OrderedDict[Place, bytes] = OrderedDict()

    def put(self, place: Place, author: bytes) -> None:
        self._authors[place] = author
        self._authors.move_to_end(place)
        if len(self._authors) > self._size:
            self._authors.popitem(last=False)

    def get(self, place: Place) -> bytes | None:
        return self._authors.get(place)


class Authors:
    """Look-ups in memory, then in Redis. Raises `TransientError` when Redis is needed and does not answer."""

    def __init__(self, redis: Redis, prefix: str, recent: Recent) -> None:
        self._redis = redis
        self._prefix = prefix
        self._recent = recent

    def remember(self, place: Place, author: bytes) -> None:
        self._recent.put(place, author)

    def recalled(self, places: Sequence[Place]) -> dict[Place, bytes]:
        """What is known of them without asking Redis."""
        return {place: author for place in places if (author := self._recent.get(place)) is not None}

    async def find(self, places: Sequence[Place]) -> dict[Place, bytes]:
        """The author keys of those posts that are known."""
        found = self.recalled(places)
        missing = [place for place in dict.fromkeys(places) if place not in found]
        if missing:
            async with (
                transient_errors("looking up authors"),
                asyncio.timeout(LOOK_UP_SECONDS),
                self._redis.pipeline(transaction=False) as pipe,
            ):
                for place in missing:
                    pipe.get(redis_key(self._prefix, *place))
                values = await pipe.execute()
            found.update({place: value for place, value in zip(missing, values, strict=True) if value is not None})
        return found

    async def write(self, entries: Mapping[Place, bytes]) -> None:
        """Puts acknowledged posts into Redis ahead of the projection. Raises `TransientError`."""
        if not entries:
            return
        async with (
            transient_errors("writing authors"),
            asyncio.timeout(WRITE_SECONDS),
            self._redis.pipeline(transaction=False) as pipe,
        ):
            for place, author in entries.items():
                pipe.set(redis_key(self._prefix, *place), author)
            await pipe.execute()


def author_in(key: bytes, community: str) -> str | None:
    """The author id in an author key if it belongs to that community."""
    start = author_key(community, "")
    return key[len(start) :].decode() if key.startswith(start) else None
