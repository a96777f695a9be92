"""Closing a producer whose records are no longer wanted, in bounded time, also while the broker is away.

`AIOKafkaProducer.stop()` first flushes, and an idempotent producer retries for ever, so it can hang as long as the
broker is down (aiokafka 0.14, `producer.py`, `message_accumulator.py`). What was not committed must not be waited for.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerClosed

CLOSE_SECONDS = 3.0


async def discard(producer: AIOKafkaProducer) -> None:
    """Stops the sender, fails what is pending with `ProducerClosed`, and closes the connections."""
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
