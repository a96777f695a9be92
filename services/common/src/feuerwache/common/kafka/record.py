"""What goes into a handler and what comes out of it. A handler never sees a consumer or a producer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events import codec
from feuerwache.common.events.base import Event, Payload


@dataclass(frozen=True, slots=True)
class Record:
    """One consumed Kafka record. `timestamp_ms` is the broker's (LogAppendTime), `topic` its name on the broker."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    def event(self) -> Event[Any]:
        """The event inside; raises `InvalidRecord` when it is none."""
        return codec.decode(self.value, self.headers)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be written in the batch's transaction. `partition` is always chosen by the writer."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = field(default_factory=list)

    @classmethod
    def of(cls, topic: str, partition: int, key: bytes, event: Event[Payload]) -> Outgoing:
        value, headers = codec.encode(event)
        return cls(topic, partition, key, value, headers)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that this stage cannot handle, with the reason an operator will read."""

    record: Record
    error_class: str
    reason: str

    @classmethod
    def of(cls, record: Record, error: Exception) -> DeadLetter:
        return cls(record, type(error).__name__, str(error) if isinstance(error, InvalidRecord) else repr(error))


@dataclass(frozen=True, slots=True)
class Output:
    """What a batch (or a tick) leads to; all of it and the consumed offsets become visible together, or not at all."""

    outgoing: Sequence[Outgoing] = ()
    dead_letters: Sequence[DeadLetter] = ()

    def __bool__(self) -> bool:
        return bool(self.outgoing) or bool(self.dead_letters)


NOTHING = Output()


class Handler(Protocol):
    """What a service does with one partition number of its input topics. Made anew at each assignment.

    The runner calls the methods one after the other, never two at once, in this order:
    `restore` for each record of the state partition, `start` once, then for ever `handle` (if there are records) and
    `tick`, and `committed` after each transaction of theirs. When a transaction fails or a method raises, the handler
    is closed and thrown away, and a new one is restored: state in memory may therefore run ahead of the commit.

    A handler must not assume that a record it saw was committed, nor that it will live to see the next one.
    """

    async def restore(self, record: Record) -> None:
        """Takes in one record of this handler's own state topic, oldest first."""

    async def start(self, committed: dict[str, int | None]) -> None:
        """State is complete. `committed`: input topic → next offset to be read (None: nothing committed yet)."""

    async def handle(self, records: Sequence[Record]) -> Output:
        """Work for these records. Records of one topic come in offset order. Bad ones go into `dead_letters`.

        Raises `TransientError` to be called again with the same records after a pause, `FatalError` to end the
        process. Anything else is taken for a bug in one of the records: the batch is halved until it is found, and
        that record becomes a dead letter.
        """

    async def tick(self) -> Output:
        """What is due now, called after each poll, also an empty one, at least every poll interval."""

    async def committed(self) -> None:
        """The last output is on record now: side effects that had to wait for that may start."""

    async def close(self) -> None:
        """The partition is leaving. Bounded time, no output."""


@runtime_checkable
class Holding(Protocol):
    """A handler that may have enough for now: while it holds, it is given no records, only `tick`."""

    def holds(self) -> bool:
        """Asked before each poll; returns at once."""


class StatelessHandler:
    """The empty half of `Handler`, for stages whose output depends on the record alone."""

    async def restore(self, record: Record) -> None:
        raise AssertionError(f"a stateless handler was given state from {record.topic}")

    async def start(self, committed: dict[str, int | None]) -> None:
        pass

    async def tick(self) -> Output:
        return NOTHING

    async def committed(self) -> None:
        pass

    async def close(self) -> None:
        pass
