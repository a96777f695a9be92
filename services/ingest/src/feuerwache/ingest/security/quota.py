"""How much an integration may send: one token bucket each, in Redis, shared by all processes of ingest.

A bucket holds `burst` items and fills up by `items_per_second`. A request goes on when the bucket holds as many items
as it brings, or is full: then what is missing is owed, and the next one waits the longer. So no batch is too large for
ever, and on the long run nobody sends more than the rate. Time is Redis's own, so clocks of processes do not matter.

A fast integration's process takes a tenth of a second's worth at once and spends it within a second, so that single
posts do not cost a round trip each. Redis away: every process counts for itself with the same numbers, and says so in a
metric; posts are worth more than a limit that is exact. An integration without limits never asks.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.redis import transient_errors
from feuerwache.ingest.integration import Integration, Limits
from feuerwache.ingest.metrics import Metrics

#: What a process takes in advance, in seconds of the rate, and how long it may keep it. Both bound how far several
#: processes together can be above the rate.
LEASE_SECONDS = 0.1
KEPT_SECONDS = 1.0
#: A sender waits for the answer, so a Redis that is slow counts as away.
ANSWER_SECONDS = 0.25
#: How long Redis is left alone after it did not answer.
AWAY_SECONDS = 1.0
BURST_SECONDS = 10.0

# KEYS: the bucket. ARGV: items per second, burst, items, items to take at most. Answers: items taken, ms to wait.
_TAKE = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local rate, burst, want, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HMGET', KEYS[1], 'n', 't')
local level = math.min(burst, (tonumber(held[1]) or burst) + math.max(0, ms - (tonumber(held[2]) or ms)) * rate / 1000)
local need = math.min(want, burst)
local taken, wait = 0, 0
if level >= need then
  taken = math.max(want, math.min(most, math.floor(level)))
  level = level - taken
else
  wait = math.ceil((need - level) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'n', tostring(level), 't', ms)
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - level) * 1000 / rate) + 1000)
return {taken, wait}
"""


def retry_after(seconds: float) -> str:
    """For the header of that name: whole seconds, at least one."""
    return str(max(1, math.ceil(seconds)))


def burst_of(limits: Limits) -> int:
    """How many items may come at once; ten seconds' worth where nothing is said."""
    return limits.burst or max(1, math.ceil((limits.items_per_second or 0.0) * BURST_SECONDS))


@dataclass(slots=True)
class Bucket:
    """The same bucket in memory, for the time that Redis is away. `at` is monotonic."""

    level: float
    at: float

    def take(self, rate: float, burst: int, items: int, now: float) -> float:
        """0.0, or the seconds to wait."""
        self.level = min(burst, self.level + max(0.0, now - self.at) * rate)
        self.at = now
        need = min(items, burst)
        if self.level < need:
            return (need - self.level) / rate
        self.level -= items
        return 0.0


@dataclass(slots=True)
class Lease:
    """Items of the shared bucket that this process has taken and not spent."""

    left: float = 0.0
    until: float = 0.0


class Quota:
    """Never raises. All times real."""

    def __init__(self, redis: Redis, prefix: str, clock: Clock, metrics: Metrics) -> None:
        self._redis = redis
        self._prefix = prefix
        self._clock = clock
        self._metrics = metrics
        self._script = redis.register_script(_TAKE)
        self._leases: dict[str, Lease] = {}
        self._own: dict[str, Bucket] = {}
        self._away_until = -math.inf

    async def take(self, integration: Integration, items: int, way: str) -> float:
        """0.0: go on. Else the seconds after which the same request would go on, and nothing was taken."""
        rate = integration.limits.items_per_second
        if rate is None or items < 1:
            return 0.0
        lease = self._leases.setdefault(integration.id, Lease())
        if lease.left >= items and self._clock.monotonic() < lease.until:
            lease.left -= items
            return 0.0
        burst = burst_of(integration.limits)
        wait = await self._shared(integration.id, lease, rate=rate, burst=burst, items=items)
        if wait is None:
            self._metrics.quota_unshared.inc()
            now = self._clock.monotonic()
            wait = self._own.setdefault(integration.id, Bucket(burst, now)).take(rate, burst, items, now)
        if wait > 0:
            self._metrics.quota_refused.labels(way, integration.id).inc()
        return wait

    async def _shared(self, name: str, lease: Lease, *, rate: float, burst: int, items: int) -> float | None:
        """None: Redis does not answer."""
        if self._clock.monotonic() < self._away_until:
            return None
        key = f"fw:{self._prefix}quota:{name}"
        most = max(items, math.floor(rate * LEASE_SECONDS))
        try:
            async with transient_errors("asking for the quota"), asyncio.timeout(ANSWER_SECONDS):
                answer = await cast(Any, self._script)(keys=[key], args=[rate, burst, items, most])
        except TransientError:
            self._away_until = self._clock.monotonic() + AWAY_SECONDS
            return None
        taken, wait_ms = (int(number) for number in answer)
        if wait_ms:
            return wait_ms / 1000
        now = self._clock.monotonic()
        if now >= lease.until:
            lease.left = 0.0
        if taken > items:
            lease.left, lease.until = lease.left + taken - items, now + KEPT_SECONDS
        self._own.pop(name, None)
        return 0.0
