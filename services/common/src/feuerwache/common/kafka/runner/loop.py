"""The loop of one partition number: poll, handle, one transaction, tick; for ever, until the partition leaves.

    wait for the former loop of this number in this process, without a limit
    → open a session (fence, ask, seek, restore)
    → poll by time-out → handler, finished before any transaction
    → begin, outputs and dead letters, every answer awaited, offsets, commit → tick, the same way

What a failure leads to:
- `TransientError` (also `OSError`) of the handler: the same records again after a growing pause
- any other exception, or an output no broker takes: the batch is halved, and again, until the culprit stands alone;
  it becomes a dead letter and the rest goes on. State that ran ahead is restored before each step
- a transaction that failed, a fenced producer, an error of the broker: everything anew, from the committed offsets
- a handler that holds (`Holding`) is given no records until it does no more; what is due goes on
- `FatalError`: the process ends, nothing of the batch is committed
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from heapq import merge

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError

from feuerwache.common import chaos, metrics
from feuerwache.common.errors import FatalError, TransientError
from feuerwache.common.kafka.consumer import to_record
from feuerwache.common.kafka.deadletters import to_outgoing
from feuerwache.common.kafka.record import DeadLetter, Holding, Output, Record
from feuerwache.common.kafka.runner.limits import Backoff
from feuerwache.common.kafka.runner.options import Stage
from feuerwache.common.kafka.runner.session import Session, opened
from feuerwache.common.kafka.runner.transaction import Fenced, TransactionFailed, Unsendable
from feuerwache.common.logging import logger

LAG_SECONDS = 1.0
#: A session that has lived so long owes its next failure to something else than the last one.
STABLE_SECONDS = 60.0

log = logger(__name__)


class BadBatch(Exception):  # noqa: N818 - it names what was found
    """One of the records of a batch cannot be handled, or what it leads to cannot be written."""

    def __init__(self, error: Exception) -> None:
        super().__init__(repr(error))
        self.error = error


class Stopped(Exception):  # noqa: N818 - not an error: the partition is leaving
    """Leaves a session from wherever the loop is."""


class PartitionLoop:
    """Runs as a task from assignment to revocation. Create it with the former loop of the same number, if any."""

    def __init__(self, stage: Stage, number: int, consumer: AIOKafkaConsumer, former: PartitionLoop | None) -> None:
        self.number = number
        self._stage = stage
        self._options = stage.options
        self._consumer = consumer
        self._former = former
        self._stopping = asyncio.Event()
        self._backoff = Backoff(stage.options.backoff_first, stage.options.backoff_limit)
        self._tick_failures = 0
        self._lag_looked_at = 0.0
        self._moved_at = stage.clock.monotonic()
        self._trouble: str | None = "is being prepared"
        self.task = asyncio.create_task(self._run(), name=f"{stage.name}-{number}")

    def stop(self) -> None:
        """Asks the loop to leave after the transaction it is in."""
        self._stopping.set()

    def stalled_for(self) -> float:
        """Seconds since the loop last came by a poll, a handler's answer or a pause it takes on purpose."""
        return 0.0 if self.task.done() else self._stage.clock.monotonic() - self._moved_at

    def health(self) -> str | None:
        """None when it polls and the broker answers; else why not."""
        stalled = self.stalled_for()
        if stalled > self._options.stall_seconds:
            return f"partition {self.number} has made no progress for {stalled:.0f} s"
        return f"partition {self.number} {self._trouble}" if self._trouble else None

    async def _run(self) -> None:
        if self._former is not None:
            await asyncio.wait({self._former.task})
            self._former = None
        while not self._stopping.is_set():
            cause = "transaction"
            try:
                async with opened(self._stage, self.number, self._consumer, self._move) as session:
                    self._trouble = None
                    await self._work(session)
                return
            except Stopped:
                return
            except Fenced as error:
                cause, reason = "fenced", str(error)
            except TransientError as error:
                cause, reason = "transient", str(error)
            except (TransactionFailed, KafkaError, ConsumerStoppedError) as error:
                reason = str(error) or repr(error)
            metrics.RESTARTS.labels(self._stage.name, cause).inc()
            await self._pause(self._backoff, f"starts anew: {reason}")

    async def _work(self, session: Session) -> None:
        opened_at = self._stage.clock.monotonic()
        while not self._stopping.is_set():
            records = await self._poll(session)
            if records:
                await self._process(session, records)
            await self._tick(session)
            if records or self._stage.clock.monotonic() - opened_at > STABLE_SECONDS:
                self._backoff.reset()

    async def _poll(self, session: Session) -> list[Record]:
        """What has come, oldest first across the topics; left by its time-out, never by cancellation."""
        held = self._held(session)
        fetched = await self._consumer.getmany(
            *session.partitions, timeout_ms=self._options.poll_ms, max_records=self._options.max_records
        )
        self._move()
        if self._stopping.is_set():
            raise Stopped  # what was fetched is not ours any more; the next loop sets the consumer back
        await self._look_at_lag(session)
        self._trouble = None if fetched or held else self._silence(session)
        # A merge keeps each topic's offset order even where the broker's clock was set back.
        streams = [[to_record(record) for record in records] for records in fetched.values()]
        return streams[0] if len(streams) == 1 else list(merge(*streams, key=lambda record: record.timestamp_ms))

    def _held(self, session: Session) -> bool:
        """Whether the handler has enough. A paused partition is polled all the same, or the group takes us for dead."""
        if not isinstance(session.handler, Holding):
            return False
        held = session.handler.holds()
        turn = self._consumer.pause if held else self._consumer.resume
        turn(*session.partitions)
        return held

    async def _process(self, session: Session, records: list[Record]) -> None:
        """Handles and commits the records, in halves when one of them is bad."""
        waiting: deque[list[Record]] = deque([records])
        while waiting:
            if self._stopping.is_set():
                raise Stopped
            batch = waiting.popleft()
            try:
                await self._attempt(session, batch)
            except BadBatch as bad:
                await self._restore_handler(session, "handler")
                if len(batch) == 1:
                    await self._give_up(session, batch[0], bad.error)
                else:
                    middle = len(batch) // 2
                    waiting.extendleft((batch[middle:], batch[:middle]))

    async def _attempt(self, session: Session, batch: list[Record]) -> None:
        stage = self._stage.name
        with metrics.BATCH_SECONDS.labels(stage).time():
            output = await self._handled(session, batch)
            chaos.point(f"{stage}.after_handle")
            self._stage.limit.count(len(batch) - len(output.dead_letters), len(output.dead_letters))
            try:
                await self._commit(session, output, batch)
            except Unsendable as error:
                await session.renew_writer()
                raise BadBatch(error) from error
        metrics.RECORDS_IN.labels(stage).inc(len(batch))

    async def _handled(self, session: Session, batch: list[Record]) -> Output:
        backoff = Backoff(self._options.backoff_first, self._options.backoff_limit)
        while True:
            try:
                output = await session.handler.handle(batch)
            except FatalError:
                raise
            except (TransientError, OSError) as error:
                metrics.RETRIES.labels(self._stage.name).inc()
                await self._pause(backoff, f"waits: {error}")
                if self._stopping.is_set():
                    raise Stopped from None
                await self._restore_handler(session, "transient")
            except Exception as error:
                raise BadBatch(error) from error
            else:
                self._move()
                return output

    async def _give_up(self, session: Session, record: Record, error: Exception) -> None:
        """The culprit alone: to the dead-letter topic, and its offset with it."""
        letter = DeadLetter.of(record, error)
        log.warning(
            "dead letter",
            stage=self._stage.name,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            error=letter.error_class,
        )
        self._stage.limit.count(0, 1)
        try:
            await self._commit(session, Output(dead_letters=(letter,)), [record])
        except Unsendable as unsendable:
            raise FatalError(f"a dead letter of {record.topic} cannot be written: {unsendable}") from unsendable
        metrics.RECORDS_IN.labels(self._stage.name).inc()

    async def _tick(self, session: Session) -> None:
        try:
            output = await session.handler.tick()
            self._move()
            if output:
                await self._commit(session, output, [])
        except (TransientError, FatalError, TransactionFailed, KafkaError):
            raise
        except Exception as error:
            # No record is to blame: a bug, or a state it cannot live with. Try anew, and not for ever.
            self._tick_failures += 1
            if self._tick_failures >= self._options.tick_failures:
                raise FatalError(
                    f"{self._stage.name}, partition {self.number}: what is due fails again and again ({error!r})"
                ) from error
            metrics.RESTARTS.labels(self._stage.name, "tick").inc()
            raise TransientError(f"a tick failed: {error!r}") from error
        self._tick_failures = 0

    async def _commit(self, session: Session, output: Output, consumed: Sequence[Record]) -> None:
        """Outputs, dead letters and offsets become visible together. Nothing to say, nothing to do."""
        if not output and not consumed:
            return
        letters = [to_outgoing(letter, self._stage.name) for letter in output.dead_letters]
        offsets = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in consumed}
        await session.writer.write([*output.outgoing, *letters], offsets)
        metrics.RECORDS_OUT.labels(self._stage.name).inc(len(output.outgoing))
        for letter in output.dead_letters:
            metrics.DEAD_LETTERS.labels(self._stage.name, letter.error_class).inc()
        self._move()
        await session.handler.committed()

    async def _restore_handler(self, session: Session, cause: str) -> None:
        """State in memory may have run ahead of the commit; a stateless handler has none."""
        if not session.stateless:
            metrics.RESTARTS.labels(self._stage.name, cause).inc()
            await session.renew_handler()

    async def _pause(self, backoff: Backoff, trouble: str) -> None:
        """Waits for the world, or for the end, whichever comes first."""
        seconds = backoff.next()
        if self._trouble is None:
            log.warning("waiting", stage=self._stage.name, partition=self.number, reason=trouble)
        self._trouble = trouble
        self._move()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        self._move()

    def _move(self) -> None:
        self._moved_at = self._stage.clock.monotonic()

    def _silence(self, session: Session) -> str | None:
        """The broker's last answer to a fetch is too long ago: an empty poll alone proves nothing."""
        now_ms = self._stage.clock.real_now().timestamp() * 1000
        for tp in session.partitions:
            heard_ms = self._consumer.last_poll_timestamp(tp)
            if heard_ms is not None and now_ms - heard_ms > self._options.silence_seconds * 1000:
                return f"has heard nothing from the broker for {(now_ms - heard_ms) / 1000:.0f} s"
        return None

    async def _look_at_lag(self, session: Session) -> None:
        now = self._stage.clock.monotonic()
        if now - self._lag_looked_at < LAG_SECONDS:
            return
        self._lag_looked_at = now
        lag = 0
        for tp in session.partitions:
            end = self._consumer.last_stable_offset(tp)
            if end is not None:
                lag += max(0, end - await self._consumer.position(tp))
        metrics.LAG.labels(self._stage.name, self.number).set(lag)
