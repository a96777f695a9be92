"""One flush for all who wait: together, in order, within bounds, and no sender waits for a broker that is away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.kafka.record import Outgoing
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.writing.breaker import Breaker
from feuerwache.ingest.writing.writer import FLUSH_BYTES, RECORD_BYTES, GroupWriter, weight
from support.ingest import until


class Broker:
    """Answers a flush when told to: with nothing (it is on record) or with an error."""

    def __init__(self) -> None:
        self.flushes: list[list[bytes | None]] = []
        self._answers: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def send(self, records: Sequence[Outgoing]) -> None:
        self.flushes.append([record.value for record in records])
        error = await self._answers.get()
        if error is not None:
            raise error

    def answer(self, error: Exception | None = None) -> None:
        self._answers.put_nowait(error)

    async def asked(self, times: int) -> None:
        await until(lambda: len(self.flushes) >= times)


def record(value: bytes) -> Outgoing:
    return Outgoing("t", 0, b"k", value)


def writer(
    broker: Broker, *, budget: int = 10_000_000, waiting: int = 1_000, patience: float = 30, hang: float = 30
) -> GroupWriter:
    metrics = Metrics([], CollectorRegistry())
    breaker = Breaker(hang, pause=30)
    return GroupWriter(
        broker.send, SystemClock(), metrics.to_kafka, budget=budget, waiting=waiting, patience=patience, breaker=breaker
    )


async def begun(group: GroupWriter, *values: bytes) -> asyncio.Task[bool]:
    task = asyncio.create_task(group.write([record(value) for value in values]))
    await asyncio.sleep(0)
    return task


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_what_comes_while_a_flush_is_under_way_goes_together_in_the_next_in_order() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker)
        first = await begun(group, b"a1", b"a2")
        await broker.asked(1)
        others = [await begun(group, value) for value in (b"b", b"c", b"d")]
        assert not first.done()
        broker.answer()
        assert await first
        await broker.asked(2)
        broker.answer()
        assert await asyncio.gather(*others) == [True] * 3
        assert broker.flushes == [[b"a1", b"a2"], [b"b", b"c", b"d"]]
        assert group.held == 0

    run(scenario())


def test_a_flush_is_bounded_and_one_large_request_goes_alone() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker)
        tasks = [await begun(group, b"first")]
        await broker.asked(1)
        large = b"x" * (FLUSH_BYTES + 1)
        tasks += [await begun(group, value) for value in (b"small", large, b"last")]
        for flush in range(4):
            await broker.asked(flush + 1)
            broker.answer()
        await asyncio.gather(*tasks)
        assert broker.flushes == [[b"first"], [b"small"], [large], [b"last"]]

    run(scenario())


def test_beyond_the_budget_and_beyond_the_number_senders_are_told_at_once() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker, budget=2 * RECORD_BYTES + 10, waiting=3)
        first = await begun(group, b"12345")
        second = await begun(group, b"12345")
        assert group.held == 2 * RECORD_BYTES + 10 == weight([record(b"12345")] * 2)
        with pytest.raises(TransientError, match="bytes wait for Kafka already"):
            await group.write([record(b"")])
        for _ in range(2):
            broker.answer()
        await asyncio.gather(first, second)
        narrow = writer(broker, waiting=1)
        await begun(narrow, b"x")
        with pytest.raises(TransientError, match="1 requests wait for Kafka already"):
            await narrow.write([record(b"y")])
        await group.close()
        await narrow.close()

    run(scenario())


def test_one_request_larger_than_the_budget_is_not_refused_for_ever() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker, budget=10)
        broker.answer()
        assert await group.write([record(b"x" * 100)])

    run(scenario())


def test_when_a_flush_fails_nobody_behind_it_waits_for_the_next_failure() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker)
        tasks = [await begun(group, value) for value in (b"a", b"b", b"c")]
        await broker.asked(1)
        broker.answer(TransientError("no leader"))
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(result) for result in results] == ["no leader"] * 3
        assert len(broker.flushes) == 1
        assert group.held == 0
        with pytest.raises(TransientError, match="Kafka does not answer"):
            await group.write([record(b"d")])
        broker.answer()
        await group.wait_for([record(b"probe")], 30, probing=True)
        broker.answer()
        assert await group.write([record(b"e")]), "it is back"

    run(scenario())


def test_what_no_broker_takes_fails_its_own_request_and_no_other() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker)
        first = await begun(group, b"first")
        await broker.asked(1)
        tasks = [await begun(group, value) for value in (b"good", b"bad", b"fine")]
        broker.answer()
        await first
        for error in (InvalidRecord("too large"), None, InvalidRecord("too large"), None):
            broker.answer(error)
        good, bad, fine = await asyncio.gather(*tasks, return_exceptions=True)
        assert (good, fine) == (True, True)
        assert str(bad) == "Kafka refused: too large"
        assert broker.flushes[1:] == [[b"good", b"bad", b"fine"], [b"good"], [b"bad"], [b"fine"]]
        assert not group.away()

    run(scenario())


def test_a_sender_that_leaves_takes_its_records_along_if_they_have_not_left() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker)
        first = await begun(group, b"on its way")
        await broker.asked(1)
        second, third = await begun(group, b"leaves"), await begun(group, b"stays")
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert group.held == weight([record(b"on its way"), record(b"stays")]), "what has left is still held"
        broker.answer()
        broker.answer()
        assert await third
        assert broker.flushes == [[b"on its way"], [b"stays"]]
        assert group.held == 0

    run(scenario())


def test_patience_ends_for_the_sender_and_not_for_the_flush() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker, patience=0.01)
        with pytest.raises(TransientError, match="did not acknowledge within"):
            await group.write([record(b"a")])
        assert group.held > 0
        broker.answer()
        broker.answer()
        assert await group.write([record(b"b")])
        assert broker.flushes == [[b"a"], [b"b"]]

    run(scenario())


def test_closing_tells_everybody_who_waits() -> None:
    async def scenario() -> None:
        broker = Broker()
        group = writer(broker)
        first = await begun(group, b"a")
        await broker.asked(1)
        second = await begun(group, b"b")
        await group.close()
        results = await asyncio.gather(first, second, return_exceptions=True)
        assert all(isinstance(result, TransientError) for result in results)
        assert group.held >= 0

    run(scenario())
