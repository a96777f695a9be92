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

    def fetched_to_end(self, tp: Any) -> bool:
        """Whether the position has passed the last stable offset; records may still be on their way to the agent."""
        assignment = self._ensure_consumer()._subscription.subscription.assignment
        state = assignment.state_value(tp) if assignment is not None else None
        if state is None or not state.has_valid_position or state.lso is None:
            return False
        return bool(state.position >= state.lso)


class ReadCommittedConsumer(Consumer):
    """The consumer that makes that thread."""

    logger = LOGGER

    _thread: ReadCommittedThread

    def _new_consumer_thread(self) -> ReadCommittedThread:
        return ReadCommittedThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def polled_at(self) -> float | None:
        return self._thread.polled_at

    def read_to_end(self, tp: Any) -> bool:
        """Whether everything that was committed in a partition, as of the last fetch, was fetched and acknowledged.

        False before the first fetch has told where the end is.
        """
        return self._thread.fetched_to_end(tp) and not any(
            (message.topic, message.partition) == (tp.topic, tp.partition) and not message.acked
            for message in list(self.unacked)
        )


class ReadCommittedTransport(Transport):
    """The transport that makes that consumer; to be given as `app.transport`."""

    Consumer = ReadCommittedConsumer
