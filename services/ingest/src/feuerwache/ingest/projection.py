"""Keeps Redis in step with `posts.index.v1`, and builds it anew when Redis has forgotten.

The position lies in Redis beside what it stands for (`fw:<prefix>indexed:<partition>`) and moves in the same script,
so the two are lost together or not at all: a position that is gone or behind what this process wrote means that
Redis was emptied, and the partition is read again from there. Every ingest process follows every partition; writing
an entry twice writes the same entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.events.post import PostIndexed
from feuerwache.common.kafka.consumer import to_record, unattached
from feuerwache.common.kafka.deadletters import to_outgoing
from feuerwache.common.kafka.keys import SEPARATOR, author_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import DeadLetter, Record
from feuerwache.common.kafka.topics import POSTS_INDEX
from feuerwache.common.logging import logger
from feuerwache.common.redis import transient_errors
from feuerwache.common.settings import CommonSettings
from feuerwache.ingest.authors import redis_key
from feuerwache.ingest.metrics import Metrics

STAGE = "ingest-index"
#: A broker that does not answer must not keep this process from stopping.
CONNECT_SECONDS = 5.0
POLL_MS = 500
BATCH = 500
#: Real seconds between looks at the positions while nothing comes in, and between attempts after trouble.
CHECK_SECONDS = 1.0
#: Real seconds without a completed round after which the projection is not well.
STALLED_SECONDS = 30.0
NOWHERE = -1

#: KEYS: position, then entries. ARGV: position it must have reached, position after these, then values ("" deletes).
#: Answers the position found; below ARGV[1] nothing was written.
APPLY = """
local at = tonumber(redis.call('GET', KEYS[1]) or '-1')
if at < tonumber(ARGV[1]) then return at end
for i = 2, #KEYS do
  if ARGV[i + 1] == '' then redis.call('DEL', KEYS[i]) else redis.call('SET', KEYS[i], ARGV[i + 1]) end
end
if at < tonumber(ARGV[2]) then redis.call('SET', KEYS[1], ARGV[2]) end
return at
"""

log = logger(__name__)


def position_key(prefix: str, partition: int) -> str:
    return f"fw:{prefix}indexed:{partition}"


class Projection:
    """`producer` writes dead letters, so it must take what the broker takes."""

    def __init__(
        self, settings: CommonSettings, redis: Redis, producer: EventProducer, clock: Clock, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._prefix = settings.topic_prefix
        topic, partitions = settings.topics().of(POSTS_INDEX), settings.partitioning().of(POSTS_INDEX)
        self._partitions = [TopicPartition(topic, partition) for partition in range(partitions)]
        self._redis = redis
        self._apply = redis.register_script(APPLY)
        self._producer = producer
        self._clock = clock
        self._metrics = metrics
        self._reached: dict[TopicPartition, int] = {}
        self._last_round = clock.monotonic()
        self._trouble: str | None = None
        self._whole_ms = 0

    def whole_ms(self) -> int:
        """The Unix millisecond of real time up to which Redis is known to hold everything that was written; 0: not
        known of any."""
        return self._whole_ms

    def health(self) -> str | None:
        idle = self._clock.monotonic() - self._last_round
        if idle > STALLED_SECONDS:
            return f"no round for {idle:.0f} s; {self._trouble or 'no error seen'}"
        return self._trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Follows the topic until told to stop; trouble with Kafka or Redis is waited out."""
        while not stop.is_set():
            try:
                await self._follow(stop)
            except TransientError as error:
                if self._trouble is None:
                    log.warning("index projection interrupted", reason=str(error))
                self._trouble = str(error)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), CHECK_SECONDS)

    async def _follow(self, stop: asyncio.Event) -> None:
        consumer = unattached(self._settings)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await consumer.start()
            consumer.assign(self._partitions)
            self._reached = {}
            checked = NOWHERE * CHECK_SECONDS
            asked_ms, ends = 0, dict[TopicPartition, int]()
            while not stop.is_set():
                if self._clock.monotonic() - checked >= CHECK_SECONDS:
                    await self._check_positions(consumer)
                    checked = self._clock.monotonic()
                    asked_ms = int(self._clock.real_now().timestamp() * 1000)
                    ends = await consumer.end_offsets(self._partitions)
                batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
                for tp, records in batches.items():
                    await self._take(consumer, tp, [to_record(record) for record in records])
                if all([await consumer.position(tp) >= end for tp, end in ends.items()]):
                    self._whole_ms = asked_ms
                self._last_round = self._clock.monotonic()
                self._trouble = None
        except (KafkaError, TimeoutError) as error:
            raise TransientError(f"Kafka at {self._settings.kafka_bootstrap}: {error!r}") from error
        finally:
            await consumer.stop()

    async def _check_positions(self, consumer: AIOKafkaConsumer[bytes | None, bytes | None]) -> None:
        """Goes to where Redis says it is, for each partition that is new to us or lies further back in Redis."""
        async with transient_errors("reading the index positions"):
            values = await self._redis.mget([position_key(self._prefix, tp.partition) for tp in self._partitions])
        for tp, value in zip(self._partitions, values, strict=True):
            at = NOWHERE if value is None else int(value)
            if tp not in self._reached or at < self._reached[tp]:
                self._go_back(consumer, tp, at)

    def _go_back(self, consumer: AIOKafkaConsumer[bytes | None, bytes | None], tp: TopicPartition, at: int) -> None:
        if tp in self._reached:
            self._metrics.index_rebuilt.inc()
            log.warning("Redis has forgotten index entries; reading them again", partition=tp.partition, start=at)
        self._reached[tp] = at
        consumer.seek(tp, max(at, 0))

    async def _take(
        self, consumer: AIOKafkaConsumer[bytes | None, bytes | None], tp: TopicPartition, records: Sequence[Record]
    ) -> None:
        entries: dict[str, bytes] = {}
        for record in records:
            try:
                key, author = _entry(record, self._prefix)
            except InvalidRecord as error:
                await self._producer.send(to_outgoing(DeadLetter.of(record, error), STAGE))
            else:
                entries[key] = author
        after = records[-1].offset + 1
        async with transient_errors("writing the index"):
            found = int(
                await self._apply(
                    keys=[position_key(self._prefix, tp.partition), *entries],
                    args=[self._reached[tp], after, *entries.values()],
                )
            )
        if found < self._reached[tp]:
            self._go_back(consumer, tp, found)
        else:
            self._reached[tp] = after
            self._metrics.index_projected.inc(len(entries))


def _entry(record: Record, prefix: str) -> tuple[str, bytes]:
    """Redis key and author key of an index record; an empty author key for a tombstone. Raises `InvalidRecord`."""
    if record.value is None:
        platform, separator, post_id = (record.key or b"").decode(errors="replace").partition(SEPARATOR)
        if not separator:
            raise InvalidRecord("a tombstone whose key names no post")
        return redis_key(prefix, platform, post_id), b""
    indexed = record.event().data
    if not isinstance(indexed, PostIndexed):
        raise InvalidRecord(f"not an index entry but {type(indexed).TYPE}")
    ref = indexed.ref
    return redis_key(prefix, ref.platform, ref.post_id), author_key(ref.community, indexed.author_id)
