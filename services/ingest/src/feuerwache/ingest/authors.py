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
        self._gathered: dict[Place, bytes] = {}
        self._gathering: asyncio.Task[None] | None = None

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
            async with transient_errors("looking up authors"), asyncio.timeout(LOOK_UP_SECONDS):
                values = await self._redis.mget([redis_key(self._prefix, *place) for place in missing])
            found.update(
                {place: value for place, value in zip(missing, values, strict=True) if isinstance(value, bytes)}
            )
        return found

    async def write(self, entries: Mapping[Place, bytes]) -> None:
        """Puts acknowledged posts into Redis ahead of the projection, those of one flush together. Raises
        `TransientError`."""
        if not entries:
            return
        if self._gathering is None:
            self._gathered = {}
            self._gathering = asyncio.create_task(self._put())
            self._gathering.add_done_callback(_look_at)
        self._gathered.update(entries)
        await asyncio.shield(self._gathering)  # it is the others' write, too

    async def _put(self) -> None:
        """Begins when everybody whom the same flush has woken has handed in what they have."""
        self._gathering = None
        entries = {redis_key(self._prefix, *place): author for place, author in self._gathered.items()}
        async with transient_errors("writing authors"), asyncio.timeout(WRITE_SECONDS):
            await self._redis.mset(entries)


def _look_at(task: asyncio.Task[None]) -> None:
    """Its error is that of whoever waits; nobody may be left."""
    if not task.cancelled():
        task.exception()


def author_in(key: bytes, community: str) -> str | None:
    """The author id in an author key if it belongs to that community."""
    start = author_key(community, "")
    return key[len(start) :].decode() if key.startswith(start) else None
