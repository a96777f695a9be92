"""One consumer's life in the group: which partition numbers it holds, and a loop for each of them.

When partitions move, the listener only tells loops to stop, waits a bounded time, and spawns new ones: it is awaited
inside the rebalance, and what it raises is swallowed. Partitions stay paused until their loop has made them ready.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor

from feuerwache.common import metrics
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.runner.loop import PartitionLoop
from feuerwache.common.kafka.runner.options import Stage
from feuerwache.common.logging import logger

CANCEL_SECONDS = 5.0

log = logger(__name__)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Enter it with `join`, leave it with `leave`. `failure` is set once by the first loop that cannot go on."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._loops: dict[int, PartitionLoop] = {}
        self._held: frozenset[int] | None = None
        self._leaving = False
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        options = stage.options
        self._consumer = AIOKafkaConsumer(
            **stage.settings.kafka_client(),
            group_id=stage.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=options.fetch_max_wait_ms,
            session_timeout_ms=options.session_timeout_ms,
            heartbeat_interval_ms=options.heartbeat_interval_ms,
            # The same numbers of every input, so that a task is one partition number across topics.
            partition_assignment_strategy=(RangePartitionAssignor,),
        )

    async def join(self) -> None:
        """Connects and asks for partitions. Raises `KafkaError`, or `FatalError` when the inputs do not fit."""
        await self._consumer.start()
        await self._check_counts()
        self._consumer.subscribe(list(self._stage.inputs), listener=self)

    async def leave(self) -> None:
        """Loops first, so that none finds its consumer gone; then the consumer. Bounded time."""
        self._leaving = True  # a rebalance that completes now must spawn nothing: nobody would stop it
        self._stop_loops()
        tasks = {loop.task for loop in self._loops.values()}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._stage.options.stop_seconds)
            for task in late:
                log.warning("cancelled a loop that did not stop", stage=self._stage.name, task=task.get_name())
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=CANCEL_SECONDS)
        if self.failure.done():
            self.failure.exception()  # whoever had to know has it by now
        await self._consumer.stop()
        metrics.ASSIGNED.labels(self._stage.name).set(0)

    def check(self) -> None:
        """Raises the coordinator's `KafkaError`, if it has one that no loop would see."""
        if self._consumer._coordinator is not None:
            self._consumer._coordinator.check_errors()

    def health(self) -> str | None:
        if self._held is None:
            return "has no partitions yet"
        return next((trouble for loop in self._active() if (trouble := loop.health())), None)

    def longest_stall(self) -> tuple[int, float]:
        """Partition number and seconds without progress of the loop that is worst off, former ones included."""
        stalls = {loop.number: loop.stalled_for() for loop in self._loops.values()}
        number = max(stalls, key=lambda key: stalls[key], default=-1)
        return number, stalls.get(number, 0.0)

    def stalled(self) -> int:
        """How many loops have made no progress for longer than allowed."""
        return sum(loop.stalled_for() > self._stage.options.stall_seconds for loop in self._loops.values())

    async def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        self._held = None
        self._stop_loops()
        running = {loop.task for loop in self._loops.values() if not loop.task.done()}
        if running:
            await asyncio.wait(running, timeout=self._stage.options.revoke_seconds)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        if self._leaving:
            return
        partitions = set(assigned)
        self._consumer.pause(*partitions)
        self._held = frozenset(tp.partition for tp in partitions)
        for number in sorted(self._held):
            if any(TopicPartition(topic, number) not in partitions for topic in self._stage.inputs):
                self._fail(FatalError(f"{self._stage.name}: partition {number} was not assigned for every input"))
                return
            former = self._loops.get(number)
            loop = PartitionLoop(self._stage, number, self._consumer, former)
            loop.task.add_done_callback(self._ended)
            self._loops[number] = loop
        metrics.ASSIGNED.labels(self._stage.name).set(len(self._held))
        log.info(
            "partitions",
            stage=self._stage.name,
            numbers=sorted(self._held),
            generation=self._consumer._coordinator.generation,
        )

    def _active(self) -> list[PartitionLoop]:
        return [self._loops[number] for number in sorted(self._held or ())]

    def _stop_loops(self) -> None:
        for loop in self._loops.values():
            loop.stop()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self.failure.done():
            self.failure.set_exception(error)

    async def _check_counts(self) -> None:
        topics = (*self._stage.inputs, *([self._stage.state] if self._stage.state else []))
        counts = {topic: len(await self._consumer._client._wait_on_metadata(topic)) for topic in topics}
        if len(set(counts.values())) > 1:
            raise FatalError(f"{self._stage.name}: inputs and state must have the same partition count: {counts}")
