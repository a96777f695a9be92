"""What a partition's loop works with: a producer that has fenced all others, restored state, a known position.

The order is the guarantee: (1) the new producer fences every former owner and settles what they left open,
(2) only then the committed offsets are asked for and the consumer is set to them, (3) the state partition is read to
its end. Whatever a former owner still does, it can no longer commit; so offsets, state and outputs agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from feuerwache.common.errors import FatalError, TransientError
from feuerwache.common.kafka.consumer import read_partition
from feuerwache.common.kafka.record import Handler, StatelessHandler
from feuerwache.common.kafka.runner.options import Stage
from feuerwache.common.kafka.runner.transaction import TransactionalWriter
from feuerwache.common.logging import logger

CLOSE_SECONDS = 5.0

log = logger(__name__)


class Session:
    """`writer` and `handler` of one partition number, until one of them fails."""

    def __init__(self, stage: Stage, number: int, consumer: AIOKafkaConsumer, moved: Callable[[], None]) -> None:
        self._stage = stage
        self._moved = moved
        self._number = number
        self._consumer = consumer
        self.partitions = tuple(TopicPartition(topic, number) for topic in stage.inputs)
        self._writer: TransactionalWriter | None = None
        self._handler: Handler | None = None

    @property
    def writer(self) -> TransactionalWriter:
        assert self._writer is not None, "the session is not open"
        return self._writer

    @property
    def handler(self) -> Handler:
        assert self._handler is not None, "the session is not open"
        return self._handler

    @property
    def stateless(self) -> bool:
        """The handler's output depends on its records alone, so it may live on after a failure."""
        return isinstance(self._handler, StatelessHandler)

    async def open(self) -> None:
        """Fence, ask, seek, restore. Raises `TransactionFailed`, `TransientError`, `KafkaError`, `FatalError`."""
        self._writer = await TransactionalWriter.open(self._stage, self._number)
        committed = await self._committed()
        for tp in self.partitions:
            offset = committed[tp]
            if offset is None:
                offset = (await self._consumer.beginning_offsets([tp]))[tp]
            self._consumer.seek(tp, offset)
        await self._build_handler(committed)
        self._consumer.resume(*self.partitions)

    async def renew_writer(self) -> None:
        """A new producer in place of one that failed, at the same position."""
        await self._close_writer()
        self._writer = await TransactionalWriter.open(self._stage, self._number)

    async def renew_handler(self) -> None:
        """A new handler in place of one whose state may have run ahead of the commits."""
        await self._close_handler()
        await self._build_handler(await self._committed())

    async def close(self) -> None:
        await self._close_handler()
        await self._close_writer()

    async def _committed(self) -> dict[TopicPartition, int | None]:
        return {tp: await self._consumer.committed(tp) for tp in self.partitions}

    async def _build_handler(self, committed: dict[TopicPartition, int | None]) -> None:
        self._handler = handler = self._stage.make_handler(self._number)
        try:
            if self._stage.state is not None:
                async for record in read_partition(self._stage.settings, self._stage.state, self._number):
                    await handler.restore(record)
                    self._moved()
            await handler.start({tp.topic: offset for tp, offset in committed.items()})
        except (TransientError, FatalError):
            raise
        except (OSError, KafkaError) as error:
            raise TransientError(f"restoring partition {self._number}: {error!r}") from error
        except Exception as error:
            raise FatalError(
                f"{self._stage.name} cannot restore partition {self._number}: {type(error).__name__}. Its state "
                f"topic {self._stage.state} holds what this version cannot read; start the version that wrote it."
            ) from error

    async def _close_handler(self) -> None:
        handler, self._handler = self._handler, None
        if handler is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await handler.close()
        except Exception as error:  # noqa: BLE001 - it is thrown away, and nothing of it counts any more
            log.warning("handler did not close cleanly", partition=self._number, error=type(error).__name__)

    async def _close_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()


@asynccontextmanager
async def opened(
    stage: Stage, number: int, consumer: AIOKafkaConsumer, moved: Callable[[], None]
) -> AsyncIterator[Session]:
    """A session that is closed however it ends. `moved` is called with each restored record: a sign of life."""
    session = Session(stage, number, consumer, moved)
    try:
        await session.open()
        yield session
    finally:
        await session.close()
