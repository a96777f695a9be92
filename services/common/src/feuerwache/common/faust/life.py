"""One life of a Faust app: started, fed, stopped.

For each shard, at most once every `gather_seconds`:

    records ─> handler ─> send events and dead letters, await the broker
            ─> write rows, await the changelog ─> acknowledge

So an offset is committed only after everything it led to is on the broker. A crash in between repeats the step, and
the fence in the rows and the derived ids of events make the repeat harmless. Records are acknowledged here and by
nobody else: Faust's own `take` acknowledges even when the agent raised.

What only the clock can tell comes from a tick between two steps, which sends and writes nothing.
"""

from __future__ import annotations

import asyncio
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

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """`stalled_seconds`: without a poll for this long, the worker is not healthy.

    `tick_seconds`: how often, in real seconds, a `TickingHandler` is asked what is due; None: never.
    """

    gather_seconds: float = 1.0
    gather_records: int = 1000
    stalled_seconds: float = 20.0
    tick_seconds: float | None = None
    #: Without a row from the changelog for so many seconds while rows are missing, the worker ends.
    recovery_patience: float = 5.0
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
        self._was_caught_up = False
        self._producer = producer
        self._progress = progress
        self._options = options
        self._limit = DeadLetterLimit(options.dead_letter_window, options.dead_letter_share)
        self._stopping = asyncio.Event()
        self._failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._app = create_app(stage, settings, data_dir)
        self._rows: ShardTable = shard_table(self._app, table, settings.shards)
        self._source = settings.topics().of(topic)
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
        watch = StallWatch(self._options.recovery_patience)
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
        gathered = stream.noack_take(self._options.gather_records, within=self._options.gather_seconds)
        async for events in gathered:
            try:
                await self._gathered(stream, events)
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be acknowledged after it
                self._fail(error)
                await asyncio.Event().wait()

    async def _gathered(self, stream: Any, events: Sequence[EventT[Any]]) -> None:
        by_shard: dict[int, list[EventT[Any]]] = {}
        assigned = {tp.partition for tp in self._app.consumer.assignment()}
        for event in events:
            # What was gathered before its shard was taken away is redelivered to whoever has it now.
            if event.message.partition in assigned:
                by_shard.setdefault(event.message.partition, []).append(event)
        for shard, mine in sorted(by_shard.items()):
            async with self._one_at_a_time:
                await self._shard(shard, [to_record(event) for event in mine])
            for event in mine:
                await stream.ack(event)

    async def _shard(self, shard: int, records: Sequence[Record]) -> None:
        done = step(self._handler, shard, records, self._rows)
        outgoing, letters = done.output.outgoing, done.output.dead_letters
        self._limit.count(len(records) - len(letters), len(letters))
        await self._send([*outgoing, *(deadletters.to_outgoing(letter, self._stage) for letter in letters)])
        chaos.point(f"{self._stage}.after_send")
        self._rows.apply(shard, done.written)
        try:
            await self._rows.settled()
        except TimeoutError as error:
            raise FatalError("the broker did not acknowledge the rows; going on would lose them", EX_IOERR) from error
        chaos.point(f"{self._stage}.after_rows")
        self._report(shard, letters)
        metrics.RECORDS.labels(self._stage).inc(len(records))
        metrics.EVENTS.labels(self._stage).inc(len(outgoing))

    async def _ticking(self) -> None:
        """For ever; returns only when the handler failed, which ends the process as a failure of the agent does."""
        seconds = self._options.tick_seconds
        if seconds is None or not isinstance(self._handler, TickingHandler):
            await asyncio.Event().wait()
            return
        while True:
            await asyncio.sleep(seconds)
            try:
                async with self._one_at_a_time:
                    await self._tick(self._handler)
            except Exception as error:  # noqa: BLE001 - whatever it is, a clock that stands still would not be noticed
                self._fail(error)
                return

    async def _tick(self, handler: TickingHandler) -> None:
        """Asks only when nothing that lies on the broker is still to be handled, and was not a tick ago: a gap in what
        was read so far is our own delay otherwise."""
        caught_up = self._caught_up()
        asks, self._was_caught_up = caught_up and self._was_caught_up, caught_up
        if not asks:
            return
        shards = {tp.partition: Rows(self._rows, tp.partition) for tp in self._mine()}
        outgoing = handler.tick(self._clock.now(), shards)
        await self._send(outgoing)
        metrics.EVENTS.labels(self._stage).inc(len(outgoing))

    def _mine(self) -> list[Any]:
        return sorted(tp for tp in self._app.consumer.assignment() if tp.topic == self._source)

    def _caught_up(self) -> bool:
        if self._progress.problem() is not None:
            return False
        consumer: Any = self._app.consumer
        mine = self._mine()
        return bool(mine) and all(consumer.read_to_end(tp) for tp in mine)

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
