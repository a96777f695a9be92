"""What one partition has passed on and waits for: kept in Redis, held in memory, asked at each tick.

The journals are the truth: what stands here and is no longer so leads to a command that changes nothing. Redis may run
ahead by a batch that is never committed; that batch is judged again and writes the same. When Redis has forgotten, the
book is filled again from the journals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from heapq import heappop, heappush

from redis.asyncio import Redis

from feuerwache.common.errors import TransientError
from feuerwache.common.redis import transient_errors
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed

#: What a batch changed: None where nothing is waited for any more.
Changes = Mapping[Passed, Deadline | None]

#: Commands written by one tick.
AT_ONCE = 500

_WRITE = """
local token = redis.call('HGET', KEYS[1], 'token')
if token ~= ARGV[1] then return token or '' end
if ARGV[2] ~= '' then redis.call('DEL', KEYS[2]) end
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[i])
  else redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
return ARGV[1]
"""


class DueBook:
    """What is waited for, as of the last commit, and what of it has been told to be overdue."""

    def __init__(self) -> None:
        self._waiting: dict[Passed, Deadline] = {}
        self._told: dict[Passed, Deadline] = {}
        self._queue: list[tuple[datetime, Passed]] = []

    def take(self, changes: Changes) -> None:
        for passed, deadline in changes.items():
            if self._told.get(passed) != deadline:
                self._told.pop(passed, None)
            if deadline is None:
                self._waiting.pop(passed, None)
            elif self._waiting.get(passed) != deadline:
                self._waiting[passed] = deadline
                heappush(self._queue, (deadline.due, passed))

    def due(self, now: datetime) -> dict[Passed, Deadline]:
        """What is due by `now` and has not been told, the earliest first; the same again until it is told."""
        found: dict[Passed, Deadline] = {}
        while self._queue and self._queue[0][0] <= now and len(found) < AT_ONCE:
            at, passed = heappop(self._queue)
            deadline = self._waiting.get(passed)
            if deadline is not None and deadline.due == at and passed not in self._told:
                found[passed] = deadline
        for passed, deadline in found.items():
            heappush(self._queue, (deadline.due, passed))
        return found

    def tell(self, told: Mapping[Passed, Deadline]) -> None:
        """These have been told, for good."""
        self._told.update(told)

    def departments(self) -> dict[str, int]:
        """How many posts wait for each department."""
        counts: dict[str, int] = {}
        for deadline in self._waiting.values():
            counts[deadline.department] = counts.get(deadline.department, 0) + 1
        return counts


class DueStore:
    """The book of one partition in Redis. `token` is the partition's owner's: a former one changes nothing."""

    def __init__(self, redis: Redis, state_key: str, book_key: str, token: bytes) -> None:
        self._redis = redis
        self._keys = (state_key, book_key)
        self._token = token

    async def read(self) -> dict[Passed, Deadline]:
        async with transient_errors("reading what was passed on"):
            found = await self._redis.hgetall(self._keys[1])
        return {_passed(key): _deadline(value) for key, value in found.items()}

    async def write(self, changes: Changes, *, anew: bool = False) -> None:
        """Writing it again changes nothing. `anew`: nothing else stands in the book afterwards."""
        pairs: list[str] = []
        for passed, deadline in changes.items():
            told = "" if deadline is None else json.dumps([deadline.department, deadline.due.isoformat()])
            pairs += (json.dumps(passed), told)
        async with transient_errors("writing what was passed on"):
            arguments = (self._token, "anew" if anew else "", *pairs)
            token = await self._redis.eval(_WRITE, len(self._keys), *self._keys, *arguments)
        if token != self._token:
            raise TransientError("another process has taken the partition over, or Redis forgot it")


def _passed(key: bytes | str) -> Passed:
    return Passed(*json.loads(key))


def _deadline(value: bytes | str) -> Deadline:
    department, due = json.loads(value)
    return Deadline(department, datetime.fromisoformat(due))
