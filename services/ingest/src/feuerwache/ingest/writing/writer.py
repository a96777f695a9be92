"""One flush to Kafka for all who wait: what comes in while one is on its way goes together in the next.

So a hundred single posts cost one round trip and not a hundred, and a partition's records keep their order, since there
is one flush at a time. What waits is bounded, in bytes and in requests; beyond it, and while Kafka is away (`breaker`),
a sender is told at once to come again. A record that no broker takes fails the request it came with and no other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from feuerwache.common.clock import Clock
from feuerwache.common.errors import FeuerwacheError, InvalidRecord, TransientError
from feuerwache.common.kafka.record import Outgoing
from feuerwache.ingest.metrics import Gauges
from feuerwache.ingest.writing.breaker import Breaker

#: What a waiting record costs besides its value: headers, the models and answers of its item. Measured as 8.7 kB
#: in all for a post of 200 characters, which is two records (`tests/writing/test_slow_broker.py`).
RECORD_BYTES = 4_000
#: A flush is put together without a pause for anybody else, some 10 ms for so much.
FLUSH_BYTES = 2_000_000


class Refused(TransientError):  # noqa: N818 - says what became of it
    """Kafka is there and does not take it: the topics are not as they should be. To wait elsewhere is no help."""


Send = Callable[[Sequence[Outgoing]], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Waiter:
    """One request's records until they are on record or given up."""

    records: Sequence[Outgoing]
    size: int
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def settle(self, error: FeuerwacheError | None = None) -> None:
        if self.done.done():  # nobody waits any more
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class GroupWriter:
    """`send` is this one's alone; it raises `TransientError`, or `InvalidRecord` for what no broker takes.

    `budget` is in bytes of what waits (`weight`), `waiting` in requests, `patience` in real seconds.
    """

    def __init__(
        self,
        send: Send,
        clock: Clock,
        gauges: Gauges,
        *,
        budget: int,
        waiting: int,
        patience: float,
        breaker: Breaker | None = None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._gauges = gauges
        self._budget = budget
        self._most = waiting
        self._patience = patience
        self._breaker = breaker or Breaker()
        self._queue: deque[Waiter] = deque()
        self._flight: list[Waiter] = []
        self._held = 0
        self._pump: asyncio.Task[None] | None = None

    @property
    def held(self) -> int:
        """Bytes that wait or are on their way, as they count against the budget."""
        return self._held

    def away(self) -> bool:
        return self._breaker.away(self._clock.monotonic())

    async def write(self, records: Sequence[Outgoing]) -> bool:
        """True once all are acknowledged. Raises `TransientError`: all or some are not, send them all again."""
        await self.wait_for(records, self._patience)
        return True

    async def wait_for(self, records: Sequence[Outgoing], patience: float, *, probing: bool = False) -> None:
        """As `write`, for as long as told. `probing`: also while Kafka is away and nobody else is let through."""
        size = weight(records)
        if not probing and self._breaker.refuses(self._clock.monotonic()):
            raise TransientError("Kafka does not answer")
        if self._held and self._held + size > self._budget:  # a single large one goes alone
            raise TransientError(f"{self._held:,} bytes wait for Kafka already")
        if len(self._queue) + len(self._flight) >= self._most:
            raise TransientError(f"{self._most} requests wait for Kafka already")
        waiter = Waiter(records, size)
        self._queue.append(waiter)
        self._hold(size)
        if self._pump is None:
            self._pump = asyncio.create_task(self._run())
        try:
            async with asyncio.timeout(patience):
                await waiter.done
        except TimeoutError:
            raise TransientError(f"Kafka did not acknowledge within {patience:g} s") from None
        finally:
            if not waiter.done.done() or waiter.done.cancelled():
                self._withdraw(waiter)

    async def close(self) -> None:
        """Ends what is on its way, and fails what waits."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        self._fail(self._queue, TransientError("this process is stopping"))
        self._queue.clear()

    def _hold(self, size: int) -> None:
        self._held += size
        self._gauges.waiting.set(self._held)

    def _withdraw(self, waiter: Waiter) -> None:
        """Nobody waits for it any more. What has not left is not sent; the rest is what the sender will send again."""
        if waiter not in self._flight:
            self._hold(-waiter.size)
            waiter.records, waiter.size = (), 0

    async def _run(self) -> None:
        """Flush after flush until nobody waits. Cancelled only by `close`: a sender that leaves ends no flush."""
        try:
            while group := self._next():
                self._flight = group
                await self._flush(group)
                self._land()
        finally:  # normally nothing flies any more
            self._fail(self._flight, TransientError("the write was given up"))
            self._land()
            self._pump = None

    def _next(self) -> list[Waiter]:
        group: list[Waiter] = []
        size = 0
        while self._queue and (not group or size + self._queue[0].size <= FLUSH_BYTES):
            waiter = self._queue.popleft()
            if not waiter.done.done():
                group.append(waiter)
                size += waiter.size
        return group

    def _land(self) -> None:
        self._hold(-sum(waiter.size for waiter in self._flight))
        self._flight = []

    async def _flush(self, group: Sequence[Waiter]) -> None:
        started = self._clock.monotonic()
        self._breaker.began(started)
        try:
            await self._send([record for waiter in group for record in waiter.records])
        except InvalidRecord as error:
            self._breaker.answered()
            if len(group) == 1:  # the topics are not as they should be; the items are
                self._fail(group, Refused(f"Kafka refused: {error}"))
                return
            for waiter in group:
                if not waiter.done.done():
                    await self._flush([waiter])
        except TransientError as error:
            self._breaker.failed(self._clock.monotonic())
            # Nobody is made to wait for the next failure.
            self._fail([*self._flight, *self._queue], error)
            self._hold(-sum(waiter.size for waiter in self._queue))
            self._queue.clear()
        else:
            self._breaker.answered()
            self._gauges.seconds.observe(self._clock.monotonic() - started)
            self._gauges.requests.observe(len(group))
            for waiter in group:
                waiter.settle()

    def _fail(self, group: Iterable[Waiter], error: FeuerwacheError) -> None:
        for waiter in group:
            waiter.settle(error)


def weight(records: Sequence[Outgoing]) -> int:
    """What these records, and what came with them, hold in memory while they wait; in bytes, about."""
    return sum(len(record.value or b"") for record in records) + RECORD_BYTES * len(records)
