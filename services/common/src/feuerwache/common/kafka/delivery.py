"""Sending records through an aiokafka producer and waiting for the broker's word on each; and closing one for good.

Two traps of aiokafka 0.14 are handled here. A failed send fails nothing but its own future, so every future is
awaited. And `stop()` first flushes, while an idempotent producer retries for ever: with the broker away it hangs.

A transaction's records go as whole batches: to write a record into one is a call, to send it alone is a coroutine, a
future and two callbacks on the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerClosed, RecordListTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from feuerwache.common.kafka.record import Outgoing

CLOSE_SECONDS = 3.0


class Unsendable(Exception):  # noqa: N818 - says what the record is
    """A record that no broker will take: too large, or for a partition that is not there. The reason names no value.

    `by_broker`: the producer has numbered it already, so its sequence has a gap and it must be thrown away.
    """

    def __init__(self, reason: str, by_broker: bool) -> None:
        super().__init__(reason)
        self.by_broker = by_broker


async def deliver(producer: AIOKafkaProducer, records: Iterable[Outgoing]) -> None:
    """Sends all and returns when all are acknowledged. Raises `Unsendable`, or the first `KafkaError`.

    Leaves at once when cancelled, with records in flight: then the producer must be discarded.
    """
    futures: list[asyncio.Future[Any]] = []
    try:
        for record in records:
            try:
                sent = producer.send(
                    record.topic, record.value, record.key, partition=record.partition, headers=list(record.headers)
                )
                futures.append(await sent)
            except _REFUSED as error:
                raise _unsendable(record, error) from error
        await _answered(futures)
    finally:
        _leave(futures)


async def deliver_batches(producer: AIOKafkaProducer, records: Iterable[Outgoing]) -> None:
    """As `deliver`, for a producer that nobody else sends with: the records of a partition go together, in order."""
    partitions: dict[tuple[str, int], list[Outgoing]] = {}
    for record in records:
        partitions.setdefault((record.topic, record.partition), []).append(record)
    filled = [_filled(producer, group) for group in partitions.values()]
    futures: list[asyncio.Future[Any]] = []
    try:
        # The first batch of each partition, then the second: one waits until the one before it has left.
        for first, batch in filter(None, chain.from_iterable(zip_longest(*filled))):
            try:
                futures.append(await producer.send_batch(batch, first.topic, partition=first.partition))
            except _REFUSED as error:
                raise _unsendable(first, error) from error
        await _answered(futures)
    finally:
        _leave(futures)


def _filled(producer: AIOKafkaProducer, records: Sequence[Outgoing]) -> list[tuple[Outgoing, BatchBuilder]]:
    """The records of one partition in closed batches, each with its first record."""
    largest: int = producer._max_request_size
    batches: list[tuple[Outgoing, BatchBuilder]] = []
    batch: BatchBuilder | None = None
    for record in records:
        key, value, headers = record.key, record.value, list(record.headers)
        try:
            if DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, headers) > largest:
                raise MessageSizeTooLargeError
            # A full batch takes no more, and closes; an empty one takes any record.
            if batch is None or batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                batch = producer.create_batch()
                batch.append(timestamp=None, key=key, value=value, headers=headers)
                batches.append((record, batch))
        except _REFUSED as error:
            raise _unsendable(record, error) from error
    for _, each in batches:
        each.close()
    return batches


async def _answered(futures: Sequence[asyncio.Future[Any]]) -> None:
    if futures:
        await asyncio.wait(futures)
    errors = [error for future in futures if (error := future.exception()) is not None]
    # A refused batch leaves a gap in the sequence, so batches after it fail as well: look for the cause first.
    if any(isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError) for error in errors):
        raise Unsendable("the broker refuses a record of this size", by_broker=True)
    if errors:
        raise errors[0]


#: How aiokafka refuses a record before it sends it: too large, or nonsense.
_REFUSED = (MessageSizeTooLargeError, AssertionError, TypeError, ValueError, AttributeError)


def _unsendable(record: Outgoing, error: Exception) -> Unsendable:
    if isinstance(error, MessageSizeTooLargeError):
        size = len(record.value or b"")
        return Unsendable(f"a record for {record.topic} is too large ({size} bytes)", by_broker=False)
    return Unsendable(f"a record for {record.topic}, partition {record.partition}, is malformed", by_broker=False)


def _leave(futures: Iterable[asyncio.Future[Any]]) -> None:
    for future in futures:
        future.add_done_callback(_look_at)


def _look_at(future: asyncio.Future[Any]) -> None:
    """Marks the exception of an abandoned future as seen; asyncio would complain about it when it is collected."""
    if future.done() and not future.cancelled():
        future.exception()


async def discard(producer: AIOKafkaProducer) -> None:
    """Stops the sender, fails what is pending with `ProducerClosed`, closes the connections. Bounded time."""
    sender: asyncio.Task[None] | None = producer._sender.sender_task
    if sender is not None and not sender.done():
        # Twice: the first cancellation lets requests in flight finish, the second ends one that cannot.
        for _ in range(2):
            sender.cancel()
            await asyncio.wait({sender}, timeout=CLOSE_SECONDS)
            if sender.done():
                break
    accumulator = producer._message_accumulator
    accumulator.fail_all(ProducerClosed())
    for batch in chain(*accumulator._batches.values(), accumulator._pending_batches):
        _look_at(batch._drain_waiter)  # of a batch that was to be sent again nobody waits for this one
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.stop()
