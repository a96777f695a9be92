"""The plain producer, for what is written outside of a runner's transaction: posts coming in, commands of people.

Idempotent, `acks=all`: when `send` returns, every in-sync replica has the record. When it raises, the record may or
may not be there; sending it again is right, since its id is derived from its cause and readers know a repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from feuerwache.common import metrics
from feuerwache.common.errors import FatalError, InvalidRecord, TransientError
from feuerwache.common.kafka.connection import refusal
from feuerwache.common.kafka.delivery import Unsendable, deliver, deliver_batches, discard
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.settings import CommonSettings

#: An idempotent aiokafka producer retries for ever; after this time the caller is told instead.
DELIVERY_SECONDS = 15.0
#: Just below what a broker takes by default, so that a record too large is refused before it is sent.
MAX_BYTES = 1_000_000


class EventProducer:
    """Sends and waits for the broker's word. Safe to share between tasks; an async context manager.

    After a failed or unanswered send the connection is thrown away and built anew with the next one, so that
    nothing of which the caller was told that it failed is delivered long after. Who writes dead letters passes
    `DLQ_MAX_BYTES` for `max_bytes`: the record is as large as the broker took it, and its story comes on top.
    """

    def __init__(
        self, settings: CommonSettings, delivery_seconds: float = DELIVERY_SECONDS, max_bytes: int = MAX_BYTES
    ) -> None:
        self._settings = settings
        self._delivery_seconds = delivery_seconds
        self._max_bytes = max_bytes
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._trouble: str | None = None

    async def __aenter__(self) -> EventProducer:
        """Raises `FatalError` when the broker refuses us for good, or `TransientError`."""
        await self._connected()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._producer is not None:
            await discard(self._producer)
            self._producer = None

    def health(self) -> str | None:
        """None after a send that worked (or before the first), else why the last one did not."""
        return self._trouble

    async def send(self, record: Outgoing) -> None:
        """Returns once the record is acknowledged. Raises `TransientError`, or `InvalidRecord` for one too large."""
        await self.send_all([record])

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        """Returns once all records are acknowledged. They are not one transaction: some may be in when it raises."""
        await self._send(records, deliver)

    async def send_batches(self, records: Sequence[Outgoing]) -> None:
        """As `send_all`, in less time, for the one task that sends with this producer: the records of a partition go
        together, and in order."""
        await self._send(records, deliver_batches)

    async def _send(
        self, records: Sequence[Outgoing], how: Callable[[AIOKafkaProducer, Sequence[Outgoing]], Awaitable[None]]
    ) -> None:
        if not records:
            return
        try:
            producer = await self._connected()
        except FatalError as error:  # once at work, whoever sends waits until it is put right
            raise TransientError(str(error)) from error
        try:
            async with asyncio.timeout(self._delivery_seconds):
                await how(producer, records)
        except Unsendable as error:
            metrics.PRODUCED.labels("failed").inc(len(records))
            if error.by_broker:
                await self._abandon(producer)
            raise InvalidRecord(str(error)) from error
        except (KafkaError, TimeoutError) as error:
            metrics.PRODUCED.labels("failed").inc(len(records))
            self._trouble = f"Kafka did not take a record: {error!r}"
            await self._abandon(producer)
            raise TransientError(self._trouble) from error
        self._trouble = None
        metrics.PRODUCED.labels("acknowledged").inc(len(records))

    async def _connected(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._settings.kafka_client(),
                    enable_idempotence=True,
                    max_batch_size=256 * 1024,
                    max_request_size=self._max_bytes,
                    request_timeout_ms=int(self._delivery_seconds * 1000),
                )
                try:
                    async with asyncio.timeout(self._delivery_seconds):
                        await producer.start()
                except (KafkaError, TimeoutError) as error:
                    await discard(producer)
                    reason = await refusal(self._settings, error)
                    self._trouble = str(reason)
                    raise reason from error
                except asyncio.CancelledError:
                    await discard(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _abandon(self, producer: AIOKafkaProducer) -> None:
        async with self._opening:
            if self._producer is producer:
                self._producer = None
        await discard(producer)
