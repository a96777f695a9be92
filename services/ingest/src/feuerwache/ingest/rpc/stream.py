"""`PublishStream`: messages in for as long as the caller likes, acknowledged by their sequence.

One task reads, one accepts what has been read and tells. What waits when the accepting task is free goes together as
one request, so a sender of small messages is as fast as one of batches. At most `MOST_MESSAGES`, `MOST_ITEMS` and
`MOST_BYTES` are read and not acknowledged; beyond it nobody reads, and HTTP/2's flow control makes the sender wait. So
do a quota that is spent and a reader that does not take its acknowledgements.

"Acknowledged N" says that everything up to N is on record, but for what the outcomes name; acknowledgements come in
order. Whatever ends the stream (the broker away, a stop, a message that is wrong), what was read before is either
acknowledged or was not taken: send everything after the last acknowledgement again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import grpc

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.ingest.envelope import MAX_ITEMS
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Integration, May
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.rpc.answer import item_of
from feuerwache.ingest.rpc.caller import WAY, Context, Door, refuse, trace_of, unavailable
from feuerwache.ingest.rpc.message import event_item, post_item
from feuerwache.ingest.rpc.readable import UNREADABLE, WHY
from feuerwache.ingest.security.quota import Quota
from feuerwache.ingest.v1 import ingest_pb2
from feuerwache.ingest.verdict import Status, Verdict

MOST_MESSAGES = 64
MOST_ITEMS = 2_000
MOST_BYTES = 4_000_000
#: How often at least the token of a caller is looked at while it waits for its quota.
LOOK_SECONDS = 30.0
_STOPPING = "stopping; send everything after the last acknowledgement again"


@dataclass(frozen=True, slots=True)
class Message:
    """One that was read. `size` in bytes as it came."""

    sequence: int
    items: list[Item]
    wanted: frozenset[May]
    size: int


class Publishing:
    """One stream, from its first message to its end."""

    def __init__(
        self,
        door: Door,
        intake: Intake,
        quota: Quota,
        clock: Clock,
        metrics: Metrics,
        *,
        stop: asyncio.Event,
        context: Context,
    ) -> None:
        self._door = door
        self._intake = intake
        self._quota = quota
        self._clock = clock
        self._metrics = metrics
        self._stop = stop
        self._context = context
        self._trace = trace_of(context)
        self._read: deque[Message] = deque()
        self._items = 0
        self._bytes = 0
        self._changed = asyncio.Event()
        self._wrong: str | None = None  # why no more is read of this caller

    async def run(self) -> None:
        """Until the caller has said everything; ends the call otherwise for what stands in the proto."""
        await self._door.admitted(self._context, [])
        reading = asyncio.create_task(self._read_all())
        stopping = asyncio.create_task(self._stop.wait())
        for task in (reading, stopping):
            task.add_done_callback(lambda _: self._changed.set())
        try:
            while self._read or not (reading.done() or self._stop.is_set()):
                if self._stop.is_set():
                    reading.cancel()
                if self._read:
                    await self._accept(self._next_group())
                else:
                    await self._changed.wait()
                    self._changed.clear()
            if not reading.done() or reading.cancelled():
                await unavailable(self._context, _STOPPING)
            reading.result()
            if self._wrong is not None:
                await refuse(self._context, grpc.StatusCode.INVALID_ARGUMENT, self._wrong)
        finally:
            stopping.cancel()
            reading.cancel()
            await asyncio.gather(reading, stopping, return_exceptions=True)  # what went wrong is on its way already

    async def _read_all(self) -> None:
        last = 0
        while True:
            while self._full():
                self._changed.clear()
                await self._changed.wait()
            request = await self._context.read()
            if request is grpc.aio.EOF:  # type: ignore[attr-defined]  # the stubs have forgotten it
                return
            if request is UNREADABLE:
                self._wrong = WHY
                return
            count = len(request.posts) + len(request.events)
            if request.sequence <= last:
                self._wrong = f"sequence {request.sequence} comes after {last}: each has to be higher"
                return
            if count > MAX_ITEMS:
                self._wrong = f"{count} items in one message; send at most {MAX_ITEMS}"
                return
            last = request.sequence
            message = _message(request, self._trace)
            self._read.append(message)
            self._items += count
            self._bytes += message.size
            self._changed.set()

    def _full(self) -> bool:
        return len(self._read) >= MOST_MESSAGES or self._items >= MOST_ITEMS or self._bytes >= MOST_BYTES

    def _next_group(self) -> list[Message]:
        """As many of the messages that wait as make one request; taken off only when they are acknowledged."""
        group: list[Message] = []
        items = 0
        for message in self._read:
            items += len(message.items)
            if group and items > MAX_ITEMS:
                break
            group.append(message)
        return group

    async def _accept(self, group: Sequence[Message]) -> None:
        started = self._clock.monotonic()
        items = [item for message in group for item in message.items]
        verdicts: Sequence[Verdict] = ()
        if items:
            wanted = frozenset[May]().union(*(message.wanted for message in group))
            integration = await self._allowed(wanted, len(items))
            try:
                verdicts = await self._intake.accept(items, integration, WAY)
            except TransientError:
                why = "Kafka or Redis does not answer; send everything after the last acknowledgement again"
                await unavailable(self._context, why)
            self._metrics.request_seconds.labels(WAY).observe(self._clock.monotonic() - started)
        for message in group:
            self._read.popleft()
            self._items -= len(message.items)
            self._bytes -= message.size
        self._changed.set()
        await self._context.write(_acknowledged(group, verdicts))

    async def _allowed(self, wanted: frozenset[May], count: int) -> Integration:
        """Who calls, as of now, once the quota allows so many items: a stream is not refused, it is slowed down."""
        while True:
            integration = await self._door.admitted(self._context, wanted)
            wait = await self._quota.take(integration, count, WAY)
            if not wait:
                return integration
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), min(wait, LOOK_SECONDS))
                await unavailable(self._context, _STOPPING)


def _message(request: Any, trace: str | None) -> Message:
    items = [post_item(post, trace) for post in request.posts]
    wanted: frozenset[May] = frozenset(["posts"] if items else [])
    if request.events:
        items += [event_item(event, trace) for event in request.events]
        wanted |= {"events"}
    return Message(request.sequence, items, wanted, request.ByteSize())


def _acknowledged(group: Sequence[Message], verdicts: Sequence[Verdict]) -> Any:
    """The answer for these messages, which have these verdicts together."""
    outcomes = []
    if any(verdict.status is not Status.ACCEPTED for verdict in verdicts):
        told = iter(verdicts)
        for message in group:
            for index in range(len(message.items)):
                verdict = next(told)
                if verdict.status is not Status.ACCEPTED:
                    item = item_of(verdict)
                    outcomes.append(ingest_pb2.Outcome(sequence=message.sequence, index=index, item=item))
    return ingest_pb2.PublishStreamResponse(acknowledged=group[-1].sequence, outcomes=outcomes)
