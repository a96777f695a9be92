"""Two handlers small enough to be obviously right, for everything that is to be proved about the runner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from feuerwache.common.kafka.record import NOTHING, Outgoing, Output, Record, StatelessHandler
from feuerwache.common.settings import CommonSettings
from support.kafka import COUNTERS, RESULTS


class Relay(StatelessHandler):
    """Writes each record on; `on_batch` may raise instead."""

    def __init__(self, settings: CommonSettings, on_batch: Callable[[Sequence[Record]], None] = lambda _: None) -> None:
        self._topic = settings.topics().of(RESULTS)
        self._on_batch = on_batch

    async def handle(self, records: Sequence[Record]) -> Output:
        self._on_batch(records)
        return Output([Outgoing(self._topic, record.partition, record.key, record.value) for record in records])


class Counter:
    """Counts each key over all inputs. State and result are the same records: those of the state topic.

    `on_batch` is called when state has run ahead of the commit; only a restored handler counts right if it raises.
    """

    def __init__(self, settings: CommonSettings, number: int, on_batch: Callable[[], None] = lambda: None) -> None:
        self._topic = settings.topics().of(COUNTERS)
        self.number = number
        self._on_batch = on_batch
        self._counts: dict[bytes, int] = {}
        self.restored = 0
        self.committed_at_start: dict[str, int | None] = {}

    async def restore(self, record: Record) -> None:
        assert record.key is not None and record.value is not None
        self._counts[record.key] = int(record.value)
        self.restored += 1

    async def start(self, committed: dict[str, int | None]) -> None:
        self.committed_at_start = committed

    async def handle(self, records: Sequence[Record]) -> Output:
        outgoing = []
        for record in records:
            key = record.key or b""
            self._counts[key] = self._counts.get(key, 0) + 1
            outgoing.append(Outgoing(self._topic, self.number, key, str(self._counts[key]).encode()))
        self._on_batch()
        return Output(outgoing)

    async def tick(self) -> Output:
        return NOTHING

    async def committed(self) -> None:
        pass

    async def close(self) -> None:
        pass
