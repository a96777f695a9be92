"""Follows five topics and writes what they say into SQL, exactly once.

The position of each partition stands in SQL beside what it stands for and moves in the same transaction; so after any
crash the console reads on from what is really there. It joins no group: every console follows everything into its own
database. A record it cannot read goes to the dead-letter topic before its position is passed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.kafka.consumer import to_record, unattached
from feuerwache.common.kafka.deadletters import to_outgoing
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import DeadLetter, Record
from feuerwache.common.kafka.topics import (
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    INCIDENTS_CHANGED,
    PAGES_RECEIPTS,
    POSTS_CLASSIFIED,
    Topic,
)
from feuerwache.common.logging import logger
from feuerwache.console import metrics
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store import claim
from feuerwache.console.store.database import transaction
from feuerwache.console.store.words import forget_words
from feuerwache.console.store.writing import Batch, forget_texts, read_positions

STAGE = "console"
TOPICS: tuple[Topic, ...] = (
    INCIDENTS_CHANGED,
    PAGES_RECEIPTS,
    DECISIONS_MADE,
    DECISIONS_COMMANDS,
    POSTS_CLASSIFIED,
)
#: A broker that does not answer must not keep this process from stopping.
ANSWER_SECONDS = 5.0
POLL_MS = 100
BATCH = 1000
#: Real seconds between questions to the broker how far the topics are: the lag, and whether it still answers.
ASK_SECONDS = 2.0
#: Real seconds before another attempt after trouble, and between looks for texts that have expired.
RETRY_SECONDS = 1.0
SWEEP_SECONDS = 600.0
#: Real time after which nobody asks any more whose click was first.
CLAIMS_KEPT = timedelta(days=1)
#: Real seconds without a completed round after which the projection is not well.
STALLED_SECONDS = 30.0

log = logger(__name__)


class Projection:
    """`producer` writes dead letters, so it must take what the broker takes."""

    def __init__(self, settings: ConsoleSettings, engine: AsyncEngine, producer: EventProducer, clock: Clock) -> None:
        self._settings = settings
        self._engine = engine
        self._producer = producer
        self._clock = clock
        names, partitioning = settings.topics(), settings.partitioning()
        self._label = {names.of(topic): topic.name for topic in TOPICS}
        self._partitions = [
            TopicPartition(names.of(topic), partition)
            for topic in TOPICS
            for partition in range(partitioning.of(topic))
        ]
        self._last_round = clock.monotonic()
        self._trouble: str | None = "has not caught up yet"
        self._interrupted = False

    def health(self) -> str | None:
        """None once it has caught up, and while it moves and the broker answers."""
        idle = self._clock.monotonic() - self._last_round
        if idle > STALLED_SECONDS:
            return f"no round for {idle:.0f} s; {self._trouble or 'no error seen'}"
        return self._trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Follows the topics until told to stop; trouble with Kafka or SQL is waited out."""
        while not stop.is_set():
            try:
                await self._follow(stop)
            except (KafkaError, TimeoutError, TransientError) as error:
                if not self._interrupted:
                    log.warning("projection interrupted", reason=repr(error))
                self._interrupted = True
                self._trouble = f"interrupted: {error!r}"
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RETRY_SECONDS)

    async def _follow(self, stop: asyncio.Event) -> None:
        consumer = unattached(self._settings)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await consumer.start()
            await self._go_to_positions(consumer)
            asked = swept = -SWEEP_SECONDS
            while not stop.is_set():
                now = self._clock.monotonic()
                if now - asked >= ASK_SECONDS:
                    await self._ask(consumer)
                    asked = now
                if now - swept >= SWEEP_SECONDS:
                    await self._forget_texts()
                    swept = now
                batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
                records = [to_record(record) for records in batches.values() for record in records]
                if records:
                    await self._project(records)
                self._last_round = self._clock.monotonic()
        finally:
            await consumer.stop()

    async def _go_to_positions(self, consumer: AIOKafkaConsumer[bytes | None, bytes | None]) -> None:
        consumer.assign(self._partitions)
        async with transaction(self._engine) as connection:
            known = await read_positions(connection)
        async with asyncio.timeout(ANSWER_SECONDS):
            beginnings = await consumer.beginning_offsets(self._partitions)
        for tp in self._partitions:
            consumer.seek(tp, max(beginnings[tp], known.get((tp.topic, tp.partition), 0)))

    async def _ask(self, consumer: AIOKafkaConsumer[bytes | None, bytes | None]) -> None:
        """`getmany` says nothing when the broker is gone; this does."""
        async with asyncio.timeout(ANSWER_SECONDS):
            ends = await consumer.end_offsets(self._partitions)
            lag = 0
            for tp in self._partitions:
                lag += max(0, ends[tp] - await consumer.position(tp))
        metrics.LAG.set(lag)
        if self._interrupted:
            self._interrupted = False
            log.info("projection goes on", lag=lag)
        if lag == 0 or self._trouble is None:
            self._trouble = None
        else:
            self._trouble = f"catching up, {lag} records to go"

    async def _project(self, records: Sequence[Record]) -> None:
        batch, dead = Batch(), []
        for record in records:
            batch.moved(record.topic, record.partition, record.offset + 1)
            if record.value is None:
                continue  # a tombstone: the task has forgotten the incident, the record of it stays here
            try:
                batch.take(record.event(), record.timestamp_ms)
            except InvalidRecord as error:
                dead.append(DeadLetter.of(record, error))
        await self._producer.send_all([to_outgoing(letter, STAGE) for letter in dead])
        with metrics.WRITE_SECONDS.time():
            async with transaction(self._engine) as connection:
                await batch.write(connection)
        for record in records:
            metrics.PROJECTED.labels(self._label[record.topic]).inc()
        for letter in dead:
            metrics.DEAD_LETTERS.labels(self._label[letter.record.topic]).inc()

    async def _forget_texts(self) -> None:
        now = self._clock.real_now()
        async with transaction(self._engine) as connection:
            gone = await forget_texts(connection, ms(now - self._settings.texts_kept))
            await forget_words(connection, ms(now - self._settings.words_kept))
            await claim.forget(connection, ms(now - CLAIMS_KEPT))
        if gone:
            log.info("texts expired", posts=gone)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
