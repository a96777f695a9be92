"""One partition number's transactional producer: outputs, dead letters and consumed offsets in one transaction.

Opening it fences every former owner of the id and ends what they left open (InitProducerId). After any failure it is
thrown away, never aborted and used again: the next one's opening aborts what is open, and no half-known state of this
client is trusted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from feuerwache.common import chaos, metrics
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.kafka.admin import DLQ_MAX_BYTES
from feuerwache.common.kafka.delivery import Unsendable, deliver_batches, discard
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.runner.options import Stage


class TransactionFailed(FeuerwacheError):  # noqa: N818 - an outcome, not a kind of mistake
    """Nothing of the transaction is visible, or it is not known whether it is: ask for the committed offsets."""


class Fenced(TransactionFailed):
    """Somebody else has opened a producer with this id."""


class TransactionalWriter:
    """Use `open`. Not to be used again after it has raised."""

    def __init__(self, stage: Stage, producer: AIOKafkaProducer) -> None:
        self._stage = stage
        self._producer = producer

    @classmethod
    async def open(cls, stage: Stage, number: int) -> TransactionalWriter:
        """Raises `TransactionFailed` when the broker does not answer in time."""
        options = stage.options
        producer = AIOKafkaProducer(
            **stage.settings.kafka_client(),
            transactional_id=stage.transactional_id(number),
            transaction_timeout_ms=options.transaction_timeout_ms,
            request_timeout_ms=int(options.transaction_seconds * 1000),
            max_request_size=DLQ_MAX_BYTES,
            max_batch_size=256 * 1024,
        )
        try:
            async with asyncio.timeout(options.transaction_seconds):
                await producer.start()
        except BaseException as error:
            await discard(producer)
            if isinstance(error, KafkaError | TimeoutError):
                raise TransactionFailed(f"no transactional producer: {error!r}") from error
            raise
        return cls(stage, producer)

    async def write(self, records: Iterable[Outgoing], offsets: Mapping[TopicPartition, int]) -> None:
        """One transaction. Raises `Unsendable`, `Fenced`, `TransactionFailed`; then this writer must be closed."""
        name = self._stage.name
        try:
            async with asyncio.timeout(self._stage.options.transaction_seconds):
                await self._producer.begin_transaction()
                await deliver_batches(self._producer, records)
                if offsets:
                    await self._producer.send_offsets_to_transaction(dict(offsets), self._stage.group)
                chaos.point(f"{name}.after_send")
                await self._producer.commit_transaction()
        except BaseException as error:
            metrics.TRANSACTIONS.labels(name, "aborted").inc()
            if isinstance(error, ProducerFenced):
                raise Fenced(f"another process has taken over: {error!r}") from error
            if isinstance(error, KafkaError | TimeoutError | AssertionError):  # aiokafka asserts its state machine
                raise TransactionFailed(repr(error)) from error
            raise
        metrics.TRANSACTIONS.labels(name, "committed").inc()
        chaos.point(f"{name}.after_commit")

    async def close(self) -> None:
        """Bounded time, also while the broker is away."""
        await discard(self._producer)


__all__ = ["Fenced", "TransactionFailed", "TransactionalWriter", "Unsendable"]
