"""Sending records through an aiokafka producer and waiting for the broker's word on each; and closing one for good.

Two traps of aiokafka 0.14 are handled here. A failed send fails nothing but its own future, so every future is
awaited. And `stop()` first flushes, while an idempotent producer retries for ever: with the broker away it hangs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerClosed, RecordListTooLargeError

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
    futures: set[asyncio.Future[Any]] = set()
    try:
        for record in records:
            futures.add(await _send(producer, record))
        if futures:
            await asyncio.wait(futures)
    finally:
        for future in futures:
            future.add_done_callback(_look_at)
    errors = [error for future in futures if (error := future.exception()) is not None]
    # A refused batch leaves a gap in the sequence, so batches after it fail as well: look for the cause first.
    if any(isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError) for error in errors):
        raise Unsendable("the broker refuses a record of this size", by_broker=True)
    if errors:
        raise errors[0]


async def _send(producer: AIOKafkaProducer, record: Outgoing) -> asyncio.Future[Any]:
    try:
        future: asyncio.Future[Any] = await producer.send(
            record.topic, record.value, record.key, partition=record.partition, headers=list(record.headers)
        )
    except MessageSizeTooLargeError as error:
        size = len(record.value or b"")
        raise Unsendable(f"a record for {record.topic} is too large ({size} bytes)", by_broker=False) from error
    except (AssertionError, TypeError, ValueError, AttributeError) as error:  # how aiokafka refuses nonsense
        reason = f"a record for {record.topic}, partition {record.partition}, is malformed"
        raise Unsendable(reason, by_broker=False) from error
    return future


def _look_at(future: asyncio.Future[Any]) -> None:
    """Marks the exception of an abandoned future as seen; asyncio would complain about it when it is collected."""
    if not future.cancelled():
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
    producer._message_accumulator.fail_all(ProducerClosed())
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.stop()
