"""Many items in few calls: collected until there are enough of them, or the oldest has waited long enough.

What is collected is bounded by `size` and by `MOST_BYTES`; a batch that is full is sent before `add` returns, so a
producer is as fast as Feuerwache takes. Leaving the block sends the rest, unless an error is on its way out: then what
was not sent is not known to be taken, and belongs to whoever repeats. A rejected item goes to `on_rejected(item,
told)`; without one `Rejected` is raised, so that nothing is lost in silence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from feuerwache.client.answer import Answer, Item, Rejected
from feuerwache.client.call import Kind, encoded

#: Some room below the server's 1,000,000.
MOST_BYTES = 900_000

Told = Callable[[Mapping[str, Any], Item], None]


class _Collected:
    """The items that wait, and since when."""

    def __init__(self, size: int, on_rejected: Told | None) -> None:
        if not 1 <= size <= 1_000:
            raise ValueError("size: 1 to 1,000")
        self._size = size
        self._on_rejected = on_rejected
        self.items: list[tuple[Mapping[str, Any], bytes]] = []
        self.bytes = 0
        self.since = 0.0

    def fits(self, data: bytes) -> bool:
        return len(self.items) < self._size and self.bytes + len(data) <= MOST_BYTES

    def add(self, item: Mapping[str, Any], data: bytes) -> None:
        if not self.items:
            self.since = time.monotonic()
        self.items.append((item, data))
        self.bytes += len(data) + 1

    @property
    def full(self) -> bool:
        return len(self.items) >= self._size

    def take(self) -> list[tuple[Mapping[str, Any], bytes]]:
        items, self.items, self.bytes = self.items, [], 0
        return items

    def tell(self, sent: Sequence[tuple[Mapping[str, Any], bytes]], answer: Answer) -> None:
        if self._on_rejected is None:
            if answer.rejected:
                raise Rejected(answer.rejected)
            return
        for (item, _), told in zip(sent, answer.items, strict=True):
            if not told.taken:
                self._on_rejected(item, told)


class Batch:
    """Without a thread: whether `seconds` have gone by is looked at when something is added."""

    def __init__(
        self,
        deliver: Callable[[Sequence[bytes], Kind], Answer],
        *,
        kind: Kind,
        size: int,
        seconds: float,
        on_rejected: Told | None,
    ) -> None:
        self._deliver = deliver
        self._kind = kind
        self._seconds = seconds
        self._collected = _Collected(size, on_rejected)

    def add(self, item: Mapping[str, Any]) -> None:
        """Raises what `Client.send` raises, and `Rejected`."""
        data = encoded(item)
        if not self._collected.fits(data):
            self.flush()
        self._collected.add(item, data)
        if self._collected.full or time.monotonic() - self._collected.since >= self._seconds:
            self.flush()

    def flush(self) -> None:
        """Sends what waits. What `Unavailable` was raised about waits still."""
        sent = self._collected.items
        if sent:
            answer = self._deliver([data for _, data in sent], self._kind)
            self._collected.take()
            self._collected.tell(sent, answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.flush()


class AsyncBatch:
    """A task of its own sends what has waited for `seconds`; its errors are raised by the next `add` or at the end."""

    def __init__(
        self,
        deliver: Callable[[Sequence[bytes], Kind], Awaitable[Answer]],
        *,
        kind: Kind,
        size: int,
        seconds: float,
        on_rejected: Told | None,
    ) -> None:
        self._deliver = deliver
        self._kind = kind
        self._seconds = seconds
        self._collected = _Collected(size, on_rejected)
        self._turn = asyncio.Lock()
        self._some = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None

    async def add(self, item: Mapping[str, Any]) -> None:
        """Waits while the batch is full and being sent. Raises what `AsyncClient.send` raises, and `Rejected`."""
        data = encoded(item)
        self._look()
        async with self._turn:
            if not self._collected.fits(data):
                await self._flush()
            self._collected.add(item, data)
            self._some.set()
            if self._collected.full:
                await self._flush()

    async def flush(self) -> None:
        """Sends what waits. What `Unavailable` was raised about waits still."""
        async with self._turn:
            await self._flush()

    async def _flush(self) -> None:
        sent = self._collected.items
        if sent:
            answer = await self._deliver([data for _, data in sent], self._kind)
            self._collected.take()
            self._collected.tell(sent, answer)
        self._some.clear()

    async def _keep_time(self) -> None:
        while True:
            await self._some.wait()
            await asyncio.sleep(max(0.0, self._collected.since + self._seconds - time.monotonic()))
            async with self._turn:
                if self._collected.items and time.monotonic() - self._collected.since >= self._seconds:
                    await self._flush()

    def _look(self) -> None:
        if self._timer is not None and self._timer.done():
            self._timer.result()

    async def __aenter__(self) -> Self:
        self._timer = asyncio.create_task(self._keep_time())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        timer = self._timer
        assert timer is not None, "it was entered"
        try:
            if error is None:
                self._look()
                await self.flush()
        finally:
            timer.cancel()
            await asyncio.gather(
                timer, return_exceptions=True
            )  # what it met has been raised, or another error goes out
