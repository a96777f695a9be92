"""Kafka, then the disk, then Kafka again: nothing is answered that is nowhere, and the order holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.kafka.record import Outgoing
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.spool.disk import Disk
from feuerwache.ingest.spool.writer import SpoolWriter
from feuerwache.ingest.writing.breaker import Breaker
from feuerwache.ingest.writing.writer import GroupWriter
from support.ingest import until


class Kafka:
    """Takes everything, or nothing while it is away, or only when it is told to while it is slow."""

    def __init__(self) -> None:
        self.values: list[bytes | None] = []
        self.error: Exception | None = None
        self.slow: asyncio.Event | None = None

    async def send(self, records: Sequence[Outgoing]) -> None:
        if self.slow is not None:
            await self.slow.wait()
        if self.error is not None:
            raise self.error
        self.values += [record.value for record in records]


def record(number: int) -> list[Outgoing]:
    return [Outgoing("t", 0, b"k", str(number).encode(), [("h", b"v")])]


def values(*numbers: int) -> list[bytes]:
    return [str(number).encode() for number in numbers]


@asynccontextmanager
async def spooling(
    kafka: Kafka, folder: Path, limit: int = 1_000_000, *, draining: bool = True
) -> AsyncIterator[tuple[SpoolWriter, CollectorRegistry]]:
    registry = CollectorRegistry()
    metrics, clock, stop = Metrics([], registry), SystemClock(), asyncio.Event()
    group = partial(GroupWriter, clock=clock, budget=1_000_000, waiting=1_000, patience=5)
    in_front = group(kafka.send, gauges=metrics.to_kafka, breaker=Breaker(pause=0.05))
    writer = SpoolWriter(Disk.open(folder, limit), in_front, partial(group, gauges=metrics.to_disk), clock, metrics)
    run = asyncio.create_task(writer.run(stop)) if draining else None
    try:
        yield writer, registry
    finally:
        stop.set()
        if run is not None:
            await run
        await writer.close()
        await in_front.close()


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_while_kafka_is_there_the_disk_is_not_touched(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka = Kafka()
        async with spooling(kafka, tmp_path / "spool") as (writer, _):
            assert await writer.write(record(1)) is True
            assert list((tmp_path / "spool").glob("*.seg")) == []
        assert kafka.values == values(1)

    run(scenario())


def test_what_comes_while_kafka_is_away_goes_to_it_in_order_when_it_is_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka = Kafka()
        async with spooling(kafka, tmp_path / "spool") as (writer, registry):
            kafka.error = TransientError("away")
            for number in range(20):
                assert await writer.write(record(number)) is False
            assert writer.health() is None, "it does what it is for"
            kafka.error = None
            assert await writer.write(record(20)) is False, "behind those that came before it"
            await until(lambda: len(kafka.values) == 21)
            assert kafka.values == values(*range(21))
            await until(lambda: registry.get_sample_value("feuerwache_ingest_spool_drained_total") == 21)
            assert await writer.write(record(21)) is True
            assert registry.get_sample_value("feuerwache_ingest_spool_records") == 0

    run(scenario())


def test_what_the_last_process_left_goes_before_everything_new(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka = Kafka()
        kafka.error = TransientError("away")
        async with spooling(kafka, tmp_path / "spool") as (writer, _):
            for number in range(5):
                await writer.write(record(number))
        kafka.error = None
        async with spooling(kafka, tmp_path / "spool", draining=False) as (writer, registry):
            assert registry.get_sample_value("feuerwache_ingest_spool_records") == 5
            assert await writer.write(record(5)) is False
        async with spooling(kafka, tmp_path / "spool"):
            await until(lambda: len(kafka.values) == 6)
        assert kafka.values == values(*range(6))

    run(scenario())


def test_under_steady_load_senders_find_back_to_kafka(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka, ways = Kafka(), list[bool]()
        async with spooling(kafka, tmp_path / "spool") as (writer, _):
            kafka.error = TransientError("away")

            async def sender(name: int) -> None:
                for number in count():
                    ways.append(await writer.write(record(name * 1_000_000 + number)))
                    if ways[-1] and kafka.error is None:
                        return

            senders = asyncio.gather(*(sender(name) for name in range(10)))
            await until(lambda: len(ways) > 50)
            kafka.error = None
            await asyncio.wait_for(senders, 20)
        assert len(kafka.values) == len(set(kafka.values)) == len(ways)
        for name in range(10):
            own = [int(value or b"") % 1_000_000 for value in kafka.values if int(value or b"") // 1_000_000 == name]
            assert own == sorted(own), "each sender's own, in the order in which they were answered"

    run(scenario())


def test_a_full_spool_says_come_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka = Kafka()
        kafka.error = TransientError("away")
        async with spooling(kafka, tmp_path / "spool", limit=1_000) as (writer, _):
            taken = 0
            with pytest.raises(TransientError, match="full"):
                for taken in range(100):
                    await writer.write(record(taken))
            assert taken > 3
            kafka.error = None
            await until(lambda: len(kafka.values) == taken)
            assert kafka.values == values(*range(taken))

    run(scenario())


def test_what_kafka_refuses_is_not_put_on_disk_where_it_would_stand_in_the_way(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka = Kafka()
        kafka.error = InvalidRecord("no such partition")
        async with spooling(kafka, tmp_path / "spool") as (writer, _):
            with pytest.raises(TransientError, match="refused"):
                await writer.write(record(1))
        assert list((tmp_path / "spool").glob("*.seg")) == []

    run(scenario())


def test_a_spool_that_rots_says_so_and_passes_nothing_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        kafka = Kafka()
        kafka.error = TransientError("away")
        async with spooling(kafka, tmp_path / "spool", draining=False) as (writer, _):
            for number in range(3):
                await writer.write(record(number))
            (path,) = (tmp_path / "spool").glob("*.seg")
            whole = bytearray(path.read_bytes())
            whole[40] ^= 1
            path.write_bytes(whole)
            kafka.error, stop = None, asyncio.Event()
            draining = asyncio.create_task(writer.run(stop))
            await until(lambda: writer.health() is not None)
            assert str(writer.health()).startswith("spool_broken: ")
            with pytest.raises(TransientError, match="takes nothing"):
                await writer.write(record(4))
            assert kafka.values == []
            stop.set()
            await draining

    run(scenario())
