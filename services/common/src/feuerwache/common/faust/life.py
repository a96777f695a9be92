"""One life of a Faust app: started, fed, stopped.

For each shard, at most once every `gather_seconds`, one shard after the other (`turns.py`):

    records ─> handler ─> send events and dead letters, await the broker
            ─> write rows, await the changelog ─> acknowledge

So an offset is committed only after everything it led to is on the broker. A crash in between repeats the step, and
the fence in the rows and the derived ids of events make the repeat harmless. Records are acknowledged here and by
nobody else: Faust's own `take` acknowledges even when the agent raised.

What only the clock can tell comes from a tick, which writes nothing, slice by slice between the steps.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faust.types import EventT

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.errors import FatalError, InvalidRecord, TransientError
from feuerwache.common.faust import metrics
from feuerwache.common.faust.app import create_app
from feuerwache.common.faust.progress import Progress
from feuerwache.common.faust.rows import Rows
from feuerwache.common.faust.stall import StallWatch
from feuerwache.common.faust.step import ShardHandler, TickingHandler, step
from feuerwache.common.faust.table import ShardTable, shard_table
from feuerwache.common.faust.turns import Turns
from feuerwache.common.kafka import deadletters
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Record
from feuerwache.common.kafka.runner.limits import Backoff, DeadLetterLimit
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

EX_IOERR = 74
STOP_SECONDS = 15.0
STALL_LOOK_SECONDS = 0.5
#: What comes within this time is handed over together; and so often it is looked whose turn has come.
TAKE_SECONDS, TURN_LOOK_SECONDS = 0.1, 0.05

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """`gather_seconds` lie between two turns of a shard, if it is not behind; a turn takes records of `turn_bytes`.

    `gather_records` wait in all before no more are taken from the broker.
    `stalled_seconds`: without a poll for this long, the worker is not healthy.
    `tick_seconds`: how often, in real seconds, a `TickingHandler` is asked what is due; None: never.
    """

    gather_seconds: float = 1.0
    gather_records: int = 4000
    turn_bytes: int = 256 * 1024
    stalled_seconds: float = 20.0
    tick_seconds: float | None = None
    #: Without a row from the changelog for so many seconds while rows are missing, the worker ends.
    recovery_patience: float = 15.0
    dead_letter_window: int = 100
    dead_letter_share: float = 0.5


class Life:
    """Made inside the running loop; used once."""

    def __init__(
        self,
        *,
        stage: str,
        topic: Topic,
        table: str,
        handler: ShardHandler,
        settings: CommonSettings,
        clock: Clock,
        producer: EventProducer,
        progress: Progress,
        options: WorkerOptions,
        data_dir: Path,
    ) -> None:
        self._stage = stage
        self._handler = handler
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._ends: dict[Any, int] = {}
        self._turns: Turns[EventT[Any]] = Turns(options.gather_seconds, options.turn_bytes, _size)
        self._room = asyncio.Condition()
        self._frozen: int | None = None
        self._producer = producer
        self._progress = progress
        self._options = options
        self._limit = DeadLetterLimit(options.dead_letter_window, options.dead_letter_share)
        self._stopping = asyncio.Event()
        self._failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._app = create_app(stage, settings, data_dir)
        self._rows: ShardTable = shard_table(self._app, table, settings.shards)
        self._source = settings.topics().of(topic)
        self._stream: Any = None
        source = self._app.topic(
            self._source,
            key_serializer="raw",
            value_serializer="raw",
            partitions=settings.shards,
            allow_empty=True,
        )
        self._app.agent(source, name=f"{stage}-agent")(self._agent)

    async def until(self, stop: asyncio.Event) -> None:
        """Starts, works until `stop` is set, stops. Raises `FatalError`."""
        starting: asyncio.Future[Any] = asyncio.ensure_future(self._app.start())
        ends: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(stop.wait()),
            asyncio.ensure_future(self._crashed()),
            asyncio.ensure_future(self._working()),
            asyncio.ensure_future(self._ticking()),
            asyncio.ensure_future(self._recovering()),
            self._failed,
        ]
        try:
            await asyncio.wait({starting, *ends}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self._progress.follow(self._app)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            self._progress.follow(None)
            await self._stop([starting, *ends[:-1]])
        if self._failed.done():
            self._failed.result()

    async def _stop(self, tasks: Iterable[asyncio.Future[Any]]) -> None:
        stopping = asyncio.ensure_future(self._app.stop())
        await asyncio.wait({stopping}, timeout=STOP_SECONDS)
        if not stopping.done():
            log.error("Faust did not stop in time", seconds=STOP_SECONDS)
            stopping.cancel()
        for task in tasks:
            task.cancel()

    async def _crashed(self) -> None:
        await self._app._crashed.wait()
        self._fail(FatalError(f"Faust crashed: {self._app.crash_reason!r}", EX_IOERR))

    async def _recovering(self) -> None:
        """For ever; returns only when a recovery of rows has stalled."""
        watch = StallWatch(self._options.recovery_patience, STALL_LOOK_SECONDS)
        while True:
            await asyncio.sleep(STALL_LOOK_SECONDS)
            problem = watch.problem(self._app, self._clock.monotonic())
            if problem is not None:
                self._fail(FatalError(f"the recovery of rows stalled: {problem}", EX_IOERR))
                return

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    async def _agent(self, stream: Any) -> None:
        self._stream = stream
        async for events in stream.noack_take(self._options.gather_records, within=TAKE_SECONDS):
            for event in events:
                self._turns.add(event.message.partition, event)
            async with self._room:
                await self._room.wait_for(lambda: len(self._turns) < self._options.gather_records)

    async def _working(self) -> None:
        """For ever; returns only when a turn failed: nothing may be acknowledged after it."""
        try:
            while True:
                turn = self._turns.take(self._clock.monotonic())
                if turn is None:
                    await asyncio.sleep(TURN_LOOK_SECONDS)
                    continue
                async with self._one_at_a_time:
                    await self._turn(*turn)
                async with self._room:
                    self._room.notify_all()
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends the process
            self._fail(error)

    async def _turn(self, shard: int, events: Sequence[EventT[Any]]) -> None:
        """What came before the last rebalance is dropped: it is redelivered, to whoever has the shard now."""
        generation = self._app.consumer_generation_id
        mine = [event for event in events if _generation(event) == generation]
        if mine and await self._shard(shard, [to_record(event) for event in mine]):
            for event in mine:
                await self._stream.ack(event)

    async def _shard(self, shard: int, records: Sequence[Record]) -> bool:
        """False if the shard was taken away meanwhile: its rows are another process's now, or are to be read again."""
        if not self._has(shard):
            return False
        done = step(self._handler, shard, records, self._rows)
        outgoing, letters = done.output.outgoing, done.output.dead_letters
        self._limit.count(len(records) - len(letters), len(letters))
        sent = [*outgoing, *(deadletters.to_outgoing(letter, self._stage) for letter in letters)]
        if sent:
            await self._send(sent)
            chaos.point(f"{self._stage}.after_send")
        if not self._has(shard):
            return False
        self._rows.apply(shard, done.written)
        try:
            await self._rows.settled()
        except TimeoutError as error:
            raise FatalError("the broker did not acknowledge the rows; going on would lose them", EX_IOERR) from error
        chaos.point(f"{self._stage}.after_rows")
        self._report(shard, letters)
        metrics.RECORDS.labels(self._stage).inc(len(records))
        metrics.EVENTS.labels(self._stage).inc(len(outgoing))
        return True

    def _has(self, shard: int) -> bool:
        """Whether the shard is this process's, with all its rows."""
        tables: Any = self._app.tables
        return bool(tables.recovery.is_whole(shard))

    async def _ticking(self) -> None:
        """For ever; returns only when the handler failed, which ends the process as a failure of the agent does."""
        seconds = self._options.tick_seconds
        if seconds is None or not isinstance(self._handler, TickingHandler):
            await asyncio.Event().wait()
            return
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._tick(self._handler)
            except Exception as error:  # noqa: BLE001 - whatever it is, a clock that stands still would not be noticed
                self._fail(error)
                return

    async def _tick(self, handler: TickingHandler) -> None:
        """Asks only when all that lay on the broker a tick ago is handled: a gap in it is our own delay otherwise."""
        if not self._caught_up():
            return
        generation = self._app.consumer_generation_id
        slices = iter(handler.tick(self._clock.now(), {tp.partition: self._view(tp.partition) for tp in self._mine()}))
        while True:
            async with self._one_at_a_time:
                if self._app.consumer_generation_id != generation:
                    return
                outgoing = next(slices, None)
                if outgoing is None:
                    break
                await self._send(outgoing)
                metrics.EVENTS.labels(self._stage).inc(len(outgoing))
            await asyncio.sleep(0)  # whoever waits for the lock comes first
        if self._frozen != generation:
            # All that was read is there to stay; a full collection would walk it in vain, for half a second.
            self._frozen = generation
            gc.freeze()

    def _view(self, shard: int) -> Rows:
        return Rows(self._rows, shard)

    def _mine(self) -> list[Any]:
        return sorted(tp for tp in self._app.consumer.assignment() if tp.topic == self._source)

    def _caught_up(self) -> bool:
        """With what was known to lie on the broker when this was asked last: there is always something new."""
        known, self._ends = self._ends, {}
        if self._progress.problem() is not None:
            return False
        consumer: Any = self._app.consumer
        mine = self._mine()
        self._ends = {tp: end for tp in mine if (end := consumer.end(tp)) is not None}
        return bool(mine) and all(tp in known and consumer.handled(tp, known[tp]) for tp in mine)

    def _report(self, shard: int, letters: Sequence[DeadLetter]) -> None:
        for letter in letters:
            metrics.DEAD_LETTERS.labels(self._stage, letter.error_class).inc()
            log.warning(
                "dead letter",
                stage=self._stage,
                shard=shard,
                offset=letter.record.offset,
                error=letter.error_class,
                reason=letter.reason,
            )

    async def _send(self, outgoing: Sequence[Outgoing]) -> None:
        backoff = Backoff(0.1, 5.0)
        while True:
            try:
                return await self._producer.send_all(outgoing)
            except InvalidRecord as error:
                raise FatalError(f"an event of stage {self._stage} cannot be sent: {error}") from error
            except TransientError as error:
                if self._stopping.is_set():
                    raise
                log.warning("waiting for the broker", reason=str(error))
                await asyncio.sleep(backoff.next())


def _size(event: EventT[Any]) -> int:
    message: Any = event.message
    return len(message.value or b"")


def _generation(event: EventT[Any]) -> int:
    message: Any = event.message
    return int(message.generation_id)


def to_record(event: EventT[Any]) -> Record:
    """Faust's event as our record."""
    message: Any = event.message
    headers = message.headers or ()
    return Record(
        message.topic,
        message.partition,
        message.offset,
        int((message.timestamp or 0) * 1000),
        message.key,
        message.value,
        tuple(headers.items() if isinstance(headers, dict) else headers),
    )
