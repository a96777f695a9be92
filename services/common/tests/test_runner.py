"""The promises of the runner, each on a real broker: what is committed, what is retried, what becomes a dead letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import FatalError, InvalidRecord, TransientError
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.record import NOTHING, Handler, Outgoing, Output, Record
from feuerwache.common.kafka.runner import Runner, RunnerOptions
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.settings import CommonSettings
from support.handlers import Counter, Relay
from support.kafka import (
    BRISK,
    COUNTERS,
    LETTERS,
    NUMBERS,
    RESULTS,
    dead_letters,
    prepared,
    put,
    running,
    until,
    values_in,
)
from support.servers import KafkaServer


def relay_of(
    settings: CommonSettings,
    make_handler: Callable[[int], Handler],
    options: RunnerOptions = BRISK,
) -> Runner:
    return Runner(
        stage="relay",
        inputs=(NUMBERS,),
        make_handler=make_handler,
        settings=settings,
        clock=SystemClock(),
        options=options,
    )


def numbers(first: int, last: int) -> list[bytes]:
    return [str(number).encode() for number in range(first, last + 1)]


def test_relays_in_order_and_goes_on_where_it_stopped(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 50))
        await put(settings, NUMBERS, 1, numbers(51, 100))
        runner = relay_of(settings, lambda _: Relay(settings))
        assert runner.health() == "has not started"
        async with running(runner):
            await until(lambda: _has(settings, 100), "the first hundred")
            await until(lambda: _answered(runner.health() is None), "a runner that is well")
        assert runner.health() == "has stopped"
        await put(settings, NUMBERS, 0, numbers(101, 150))
        async with running(relay_of(settings, lambda _: Relay(settings))):
            await until(lambda: _has(settings, 150), "the rest after the restart")
        assert await values_in(settings, RESULTS, 0) == numbers(1, 50) + numbers(101, 150)
        assert await values_in(settings, RESULTS, 1) == numbers(51, 100)

    asyncio.run(scenario())


def test_the_bad_record_goes_to_the_dead_letter_topic_and_the_others_on(kafka: KafkaServer, topic_prefix: str) -> None:
    def refuse(records: Sequence[Record]) -> None:
        if any(record.value == b"13" for record in records):
            raise InvalidRecord("thirteen is not a number here")
        if any(record.value == b"17" for record in records):
            raise ZeroDivisionError

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 1, numbers(1, 40))
        async with running(relay_of(settings, lambda _: Relay(settings, refuse))):
            await until(lambda: _has(settings, 38), "all good records")
        good = [value for value in numbers(1, 40) if value not in (b"13", b"17")]
        assert await values_in(settings, RESULTS) == good
        letters = await dead_letters(settings, NUMBERS)
        assert [letter.value for letter in letters] == [b"13", b"17"]
        assert [letter.partition for letter in letters] == [1, 1]
        headers = dict(letters[0].headers)
        assert letters[0].key == b"13"
        assert headers == {
            "origin": b"test",
            "fw_dlq_topic": settings.topics().of(NUMBERS).encode(),
            "fw_dlq_partition": b"1",
            "fw_dlq_offset": b"12",
            "fw_dlq_stage": b"relay",
            "fw_dlq_error_class": b"InvalidRecord",
            "fw_dlq_reason": b"thirteen is not a number here",
        }
        assert dict(letters[1].headers)["fw_dlq_error_class"] == b"ZeroDivisionError"

    asyncio.run(scenario())


def test_stops_loudly_when_too_much_is_bad(kafka: KafkaServer, topic_prefix: str) -> None:
    def refuse(_: Sequence[Record]) -> None:
        raise InvalidRecord("a broken deploy")

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 40))
        options = replace(BRISK, dead_letter_window=20, dead_letter_share=0.25)
        with pytest.raises(FatalError, match="6 of the last 6 records are dead letters, 5 are allowed") as caught:
            async with running(relay_of(settings, lambda _: Relay(settings, refuse), options)) as task:
                await asyncio.wait({task}, timeout=30)
        assert caught.value.exit_code == 65
        assert [letter.value for letter in await dead_letters(settings, NUMBERS)] == numbers(1, 5)

    asyncio.run(scenario())


def test_waits_for_the_world_and_hands_over_the_same_records_again(kafka: KafkaServer, topic_prefix: str) -> None:
    seen: list[list[bytes | None]] = []

    def away_twice(records: Sequence[Record]) -> None:
        seen.append([record.value for record in records])
        if len(seen) == 1:
            raise TransientError("Redis is away")
        if len(seen) == 2:
            raise ConnectionResetError

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 5))
        async with running(relay_of(settings, lambda _: Relay(settings, away_twice))):
            await until(lambda: _has(settings, 5), "the records after the pause")
        assert seen[0] == seen[1] == seen[2]
        assert await values_in(settings, RESULTS) == numbers(1, 5)
        assert await dead_letters(settings, NUMBERS) == []

    asyncio.run(scenario())


def test_says_why_while_it_waits(kafka: KafkaServer, topic_prefix: str) -> None:
    def away(_: Sequence[Record]) -> None:
        raise TransientError("Redis is away")

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 5))
        runner = relay_of(settings, lambda _: Relay(settings, away))
        async with running(runner):
            await until(
                lambda: _answered(runner.health() == "partition 0 waits: Redis is away"), "a reason for not being ready"
            )
        assert await values_in(settings, RESULTS) == []

    asyncio.run(scenario())


def test_can_be_stopped_while_it_cannot_even_begin(kafka: KafkaServer, topic_prefix: str) -> None:
    class Homeless(Relay):
        async def start(self, committed: dict[str, int | None]) -> None:  # noqa: ARG002 - the protocol's name
            raise TransientError("Redis is away")

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        options = replace(BRISK, backoff_first=20.0, backoff_limit=20.0)
        runner = relay_of(settings, lambda _: Homeless(settings), options)
        async with running(runner):
            reason = "partition 0 starts anew: Redis is away"
            await until(lambda: _answered(runner.health() == reason), "a reason for not being ready")
            stopping = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - stopping < 10

    asyncio.run(scenario())


@pytest.mark.parametrize("size", [1_500_000, 3_000_000], ids=["refused by the broker", "refused by the client"])
def test_an_output_that_no_broker_takes_makes_its_record_a_dead_letter(
    kafka: KafkaServer, topic_prefix: str, size: int
) -> None:
    class Inflating(Relay):
        async def handle(self, records: Sequence[Record]) -> Output:
            output = await super().handle(records)
            return Output(
                [
                    replace(outgoing, value=b"x" * size) if outgoing.value == b"7" else outgoing
                    for outgoing in output.outgoing
                ]
            )

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 12))
        async with running(relay_of(settings, lambda _: Inflating(settings))):
            await until(lambda: _has(settings, 11), "all but the inflated one")
        assert await values_in(settings, RESULTS) == [value for value in numbers(1, 12) if value != b"7"]
        letters = await dead_letters(settings, NUMBERS)
        assert [(letter.value, dict(letter.headers)["fw_dlq_error_class"]) for letter in letters] == [
            (b"7", b"Unsendable")
        ]

    asyncio.run(scenario())


def test_a_transaction_larger_than_a_batch_keeps_its_order(kafka: KafkaServer, topic_prefix: str) -> None:
    """Two megabytes for one partition: eight batches of the producer, one after the other."""
    filling = b"." * 60_000

    class Filling(Relay):
        async def handle(self, records: Sequence[Record]) -> Output:
            output = await super().handle(records)
            return Output([replace(each, value=(each.value or b"") + filling) for each in output.outgoing])

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 34))
        async with running(relay_of(settings, lambda _: Filling(settings))):
            await until(lambda: _has(settings, 34), "all of them")
        assert [value.removesuffix(filling) for value in await values_in(settings, RESULTS)] == numbers(1, 34)

    asyncio.run(scenario())


def test_a_fenced_loop_begins_anew_from_what_is_committed(kafka: KafkaServer, topic_prefix: str) -> None:
    """Somebody else opens a producer with its id between two transactions: the second one must come to nothing."""

    class Fencing(Relay):
        fences = 2

        async def handle(self, records: Sequence[Record]) -> Output:
            if Fencing.fences:
                Fencing.fences -= 1
                rival = AIOKafkaProducer(
                    bootstrap_servers=kafka.bootstrap, transactional_id=f"{topic_prefix}relay-{records[0].topic}-0"
                )
                async with rival:
                    pass
            return await super().handle(records)

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 60))
        async with running(relay_of(settings, lambda _: Fencing(settings), replace(BRISK, max_records=20))):
            await until(lambda: _has(settings, 60), "everything in spite of the rival")
        assert Fencing.fences == 0
        assert await values_in(settings, RESULTS) == numbers(1, 60)

    asyncio.run(scenario())


def test_a_fatal_error_commits_nothing(kafka: KafkaServer, topic_prefix: str) -> None:
    def refuse(_: Sequence[Record]) -> None:
        raise FatalError("the model cannot be loaded", 42)

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 0, numbers(1, 5))
        with pytest.raises(FatalError) as caught:
            async with running(relay_of(settings, lambda _: Relay(settings, refuse))) as task:
                await asyncio.wait({task}, timeout=30)
        assert caught.value.exit_code == 42
        async with running(relay_of(settings, lambda _: Relay(settings))):
            await until(lambda: _has(settings, 5), "everything, by the mended process")

    asyncio.run(scenario())


def test_what_is_due_goes_out_without_any_record(kafka: KafkaServer, topic_prefix: str) -> None:
    class Punctual(Relay):
        def __init__(self, settings: CommonSettings, number: int) -> None:
            super().__init__(settings)
            self._number = number
            self._due = 3
            self.commits = 0

        async def tick(self) -> Output:
            if not self._due:
                return NOTHING
            self._due -= 1
            return Output([Outgoing(self._topic, self._number, b"tick", str(self._due).encode())])

        async def committed(self) -> None:
            self.commits += 1

    handlers: list[Punctual] = []

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)

        def make(number: int) -> Punctual:
            handlers.append(Punctual(settings, number))
            return handlers[-1]

        async with running(relay_of(settings, make)):
            await until(lambda: _has(settings, 6), "three ticks of each partition")
        assert await values_in(settings, RESULTS, 0) == [b"2", b"1", b"0"]
        assert [handler.commits for handler in handlers] == [3, 3]

    asyncio.run(scenario())


def test_a_tick_that_always_fails_ends_the_process(kafka: KafkaServer, topic_prefix: str) -> None:
    class Broken(Relay):
        async def tick(self) -> Output:
            raise KeyError("incident")

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        options = replace(BRISK, tick_failures=3)
        with pytest.raises(FatalError, match="what is due fails again and again"):
            async with running(relay_of(settings, lambda _: Broken(settings), options)) as task:
                await asyncio.wait({task}, timeout=30)

    asyncio.run(scenario())


def test_state_over_two_inputs_survives_restarts_and_bad_records(kafka: KafkaServer, topic_prefix: str) -> None:
    handlers: list[Counter] = []
    attempts = 0

    def fail_now_and_then() -> None:
        """State has run ahead when this is called: only a restored handler counts right afterwards."""
        nonlocal attempts
        attempts += 1
        if attempts in (2, 3):
            raise TransientError("away, after the state was touched")

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)

        def make(number: int) -> Counter:
            handlers.append(Counter(settings, number, fail_now_and_then))
            return handlers[-1]

        def counting() -> Runner:
            return Runner(
                stage="counting",
                inputs=(NUMBERS, LETTERS),
                state=COUNTERS,
                make_handler=make,
                settings=settings,
                clock=SystemClock(),
                options=BRISK,
            )

        for turn in range(1, 4):
            await put(settings, NUMBERS, 0, [b"a", b"b"] * 10)
            await put(settings, LETTERS, 0, [b"a"] * 5)
            async with running(counting()):
                await until(partial(_has, settings, 25 * turn, COUNTERS), f"turn {turn}")
        counted = await _by_key(settings)
        assert counted == {b"a": list(range(1, 46)), b"b": list(range(1, 31))}
        assert any(handler.restored for handler in handlers)
        names = settings.topics()
        of_zero = [handler for handler in handlers if handler.number == 0]
        assert of_zero[0].committed_at_start == {names.of(NUMBERS): None, names.of(LETTERS): None}
        assert all(of_zero[-1].committed_at_start.values())

    asyncio.run(scenario())


def test_inputs_with_unequal_counts_are_refused(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix, partitions=3)
        narrow = settings.model_copy(update={"post_partitions": 2})
        other = replace(LETTERS, name="test.narrow.v1")
        await ensure_topics(narrow, [other])
        runner = Runner(
            stage="unequal",
            inputs=(NUMBERS, other),
            make_handler=lambda _: Relay(settings),
            settings=settings,
            clock=SystemClock(),
            options=BRISK,
        )
        with pytest.raises(FatalError, match="same partition count"):
            async with running(runner) as task:
                await asyncio.wait({task}, timeout=30)

    asyncio.run(scenario())


async def _by_key(settings: CommonSettings) -> dict[bytes, list[int]]:
    result: dict[bytes, list[int]] = {}
    for record in await read_topic(settings, settings.topics().of(COUNTERS)):
        result.setdefault(record.key or b"", []).append(int(record.value or 0))
    return result


async def _has(settings: CommonSettings, count: int, topic: Topic = RESULTS) -> bool:
    return len(await values_in(settings, topic)) >= count


async def _answered(value: bool) -> bool:
    return value


def test_a_handler_that_hangs_is_seen_and_given_up(kafka: KafkaServer, topic_prefix: str) -> None:
    class Hanging(Relay):
        async def handle(self, records: Sequence[Record]) -> Output:
            await asyncio.Event().wait()
            return await super().handle(records)

    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, NUMBERS, 1, numbers(1, 5))
        options = replace(BRISK, stall_seconds=0.5, give_up_seconds=3.0, stop_seconds=1.0)
        runner = relay_of(settings, lambda _: Hanging(settings), options)
        with pytest.raises(FatalError, match="partition 1 has made no progress for 3 s"):
            async with running(runner) as task:
                await until(lambda: _answered("partition 1 has made no progress" in (runner.health() or "")), "a stall")
                await asyncio.wait({task}, timeout=30)
        async with running(relay_of(settings, lambda _: Relay(settings))):
            await until(lambda: _has(settings, 5), "everything, by another process")

    asyncio.run(scenario())


class Reluctant(Relay):
    """Takes one batch, then holds until it was ticked often enough, and says how many ticks it had then."""

    def __init__(self, settings: CommonSettings, ticks: int) -> None:
        super().__init__(settings)
        self._wanted, self.ticks, self.ticks_at_batch = ticks, ticks, list[int]()

    def holds(self) -> bool:
        return self.ticks < self._wanted

    async def handle(self, records: Sequence[Record]) -> Output:
        self.ticks_at_batch.append(self.ticks)
        self.ticks = 0
        return await super().handle(records)

    async def tick(self) -> Output:
        self.ticks += 1
        return NOTHING


def test_a_handler_that_holds_is_ticked_but_given_nothing_and_misses_nothing(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix, partitions=1)
        await put(settings, NUMBERS, 0, numbers(1, 30))
        handler = Reluctant(settings, ticks=4)
        async with running(relay_of(settings, lambda _: handler, replace(BRISK, max_records=10))):

            async def all_there() -> bool:
                return len(await values_in(settings, RESULTS)) == 30

            await until(all_there, "everything relayed")
        assert await values_in(settings, RESULTS) == numbers(1, 30)
        assert len(handler.ticks_at_batch) >= 3
        assert all(ticks >= 4 for ticks in handler.ticks_at_batch)

    asyncio.run(scenario())
