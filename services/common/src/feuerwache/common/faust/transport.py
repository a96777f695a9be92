"""Faust's Kafka transport, reading committed records only.

Faust reads uncommitted unless it runs in its exactly-once mode: of 500 committed and 500 aborted records an agent saw
1,000. The isolation level is fixed deep inside, where the consumer's thread makes the aiokafka consumer, so three
classes are needed to reach it. The thread also notes when it last polled, for health.
"""

from __future__ import annotations

import logging
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaConsumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport

#: Faust waits up to 1.5 s for data; while one fetch waits, partitions that were drained meanwhile wait with it.
FETCH_MAX_WAIT_MS = 100
#: Faust names a service's logger after its module; under Faust's own name it is kept as quiet as Faust.
LOGGER = logging.getLogger("faust.feuerwache")


class ReadCommittedThread(AIOKafkaConsumerThread):
    """The thread in which the aiokafka consumer lives."""

    logger = LOGGER

    #: Real seconds (monotonic) of the last poll that was allowed to fetch; None before the first.
    polled_at: float | None = None

    def _create_worker_consumer(self, transport: Transport) -> AIOKafkaConsumer[Any, Any]:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS
        return consumer

    async def getmany(self, active_partitions: Any, timeout: float) -> Any:  # noqa: ASYNC109 - Faust names it
        records = await super().getmany(active_partitions, timeout)
        if self.consumer.flow_active:
            self.polled_at = monotonic()
        return records

    def place(self, tp: Any) -> tuple[int, int] | None:
        """The next offset of a partition to be taken, and its last stable one as of the last fetch; None before that.

        What was taken may still be on its way to the agent.
        """
        assignment = self._ensure_consumer()._subscription.subscription.assignment
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or not state.has_valid_position or state.lso is None:
            return None
        return int(state.position), int(state.lso)


class ReadCommittedConsumer(Consumer):
    """The consumer that makes that thread."""

    logger = LOGGER

    _thread: ReadCommittedThread

    def _new_consumer_thread(self) -> ReadCommittedThread:
        return ReadCommittedThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def polled_at(self) -> float | None:
        return self._thread.polled_at

    def end(self, tp: Any) -> int | None:
        """Up to where records of a partition were committed, as of the last fetch; None before the first."""
        place = self._thread.place(tp)
        return None if place is None else place[1]

    def handled(self, tp: Any, end: int) -> bool:
        """Whether everything before that offset was fetched and acknowledged."""
        place = self._thread.place(tp)
        if place is None or place[0] < end:
            return False
        return not any(
            (message.topic, message.partition) == (tp.topic, tp.partition) and message.offset < end
            for message in list(self.unacked)
            if not message.acked
        )


class ReadCommittedTransport(Transport):
    """The transport that makes that consumer; to be given as `app.transport`."""

    Consumer = ReadCommittedConsumer
