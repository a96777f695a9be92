"""The Faust base on a real broker: what it must never do, and what it must survive."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from feuerwache.common.faust.life import EX_IOERR
from feuerwache.common.kafka.admin import DLQ_MAX_BYTES, STATE_CONFIG, ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.settings import CommonSettings
from support.kafka import dead_letters, settings_for, until
from support.servers import KafkaServer
from support.tally import OPTIONS, STAGE, TALLIES, TICKS, TOPICS, tick
from support.worker import kept_running, worker

MODULE = "support.tally"


async def prepared(kafka: KafkaServer, prefix: str, shards: int = 2) -> CommonSettings:
    settings = settings_for(kafka.bootstrap, prefix, shards)
    await ensure_topics(settings, TOPICS)
    return settings


async def ticks(settings: CommonSettings, shard: int, values: Iterable[bytes]) -> None:
    name = settings.topics().of(TICKS)
    async with EventProducer(settings) as producer:
        await producer.send_all([Outgoing(name, shard, b"k", value, [("origin", b"test")]) for value in values])


async def said(settings: CommonSettings, shard: int) -> list[dict[str, Any]]:
    """The rows of a shard as the stage said them, in order."""
    records = await read_topic(settings, settings.topics().of(TALLIES))
    return [json.loads(each.value or b"") for each in records if each.partition == shard]


async def tally_of(settings: CommonSettings, shard: int) -> tuple[int, int]:
    """(counted, repeats) as the stage said last."""
    rows = await said(settings, shard)
    return (rows[-1]["count"], rows[-1]["repeats"]) if rows else (0, 0)


async def kept(settings: CommonSettings, shard: int, count: int) -> bool:
    """Whether the row with that count has reached the changelog."""
    records = await read_topic(settings, f"{settings.topic_prefix}{STAGE}-counts-changelog")
    return any(json.loads(each.value or b"{}").get("count") == count for each in records if each.partition == shard)


async def until_tally(settings: CommonSettings, shard: int, count: int, repeats: int = 0) -> None:
    async def reached() -> bool:
        return await tally_of(settings, shard) == (count, repeats)

    await until(reached, f"shard {shard} at {count} counted, {repeats} repeats", seconds=60)


async def until_dead_letters(settings: CommonSettings, count: int) -> list[Record]:
    """Waits for them while the worker runs: they are sent with the tally, and may be acknowledged after it."""

    async def reached() -> bool:
        return len(await dead_letters(settings, TICKS)) == count

    await until(reached, f"{count} dead letters")
    return await dead_letters(settings, TICKS)


def test_what_was_aborted_is_never_seen(kafka: KafkaServer, topic_prefix: str) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        name = settings.topics().of(TICKS)
        producer = AIOKafkaProducer(**settings.kafka_client(), transactional_id=f"{topic_prefix}aborting")
        await producer.start()
        try:
            for number in range(1, 21):
                await producer.begin_transaction()
                await (await producer.send(name, tick(1 + number % 2, number), partition=0))
                await (producer.commit_transaction() if number % 2 else producer.abort_transaction())
        finally:
            await producer.stop()
        async with worker(MODULE, settings):
            await until_tally(settings, 0, 10)

    asyncio.run(run())


def test_a_repeat_is_not_counted_and_counts_survive_a_kill(kafka: KafkaServer, topic_prefix: str) -> None:
    """Around a rebalance Faust may drop a record, so news come until one was counted; repeats come with each."""

    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        await ticks(settings, 0, [tick(1, 1), tick(1, 2), tick(1, 2), tick(2, 1)])
        await ticks(settings, 1, [tick(1, 7)])
        async with worker(MODULE, settings) as first:
            await until_tally(settings, 0, 3, repeats=1)
            await until_tally(settings, 1, 1)
            await until(lambda: kept(settings, 0, 3), "the row is in the changelog")
            await first.kill()
        before, news = len(await said(settings, 0)), itertools.count(3)

        async def goes_on() -> bool:
            await ticks(settings, 0, [tick(1, 1), tick(1, next(news))])
            return (await tally_of(settings, 0))[0] > 3

        async with worker(MODULE, settings) as second:
            await until(goes_on, "the count goes on", 60)
            assert await second.stop() == 0
        # What was handled but not committed before the kill came again; the fence told it from news.
        counts = [row["count"] for row in (await said(settings, 0))[before:]]
        assert counts[0] >= 3
        assert counts[-1] <= next(news), "3 and no more than one for each of the news"

    asyncio.run(run())


def test_the_changelog_is_compacted_while_it_is_young(kafka: KafkaServer, topic_prefix: str) -> None:
    """With the broker's defaults a recovery would read up to a gigabyte of a shard's past."""

    async def run() -> dict[str, str]:
        settings = await prepared(kafka, topic_prefix)
        await ticks(settings, 0, [tick(1, 1)])
        async with worker(MODULE, settings):
            await until_tally(settings, 0, 1)
        admin = AIOKafkaAdminClient(**settings.kafka_client())
        await admin.start()
        try:
            name = f"{topic_prefix}tally-counts-changelog"
            (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
            return {entry[0]: entry[1] for entry in answer.resources[0][4]}
        finally:
            await admin.close()

    config = asyncio.run(run())
    assert config["cleanup.policy"] == "compact"
    assert {name: config[name] for name in STATE_CONFIG} == STATE_CONFIG


def test_a_recovery_that_stalls_ends_the_process_and_the_next_one_counts_on(
    kafka: KafkaServer, topic_prefix: str
) -> None:
    """Faust is kept from reading the changelog; a worker that waited for it would count nothing any more."""

    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        await ticks(settings, 0, [tick(1, 1), tick(1, 2)])
        async with worker(MODULE, settings) as first:
            await until_tally(settings, 0, 2)
            assert await first.stop() == 0
        await ticks(settings, 0, [tick(1, 3)])
        async with worker("support.stalling", settings) as stalled, asyncio.timeout(60):
            assert await stalled.process.wait() == EX_IOERR
        assert await tally_of(settings, 0) == (2, 0)
        async with worker(MODULE, settings):
            await until(lambda: counted_at_least(settings, 0, 3), "the next worker counts on", 60)
        assert (await tally_of(settings, 0))[0] == 3

    asyncio.run(run())


async def counted_at_least(settings: CommonSettings, shard: int, count: int) -> bool:
    return (await tally_of(settings, shard))[0] >= count


def test_killed_between_sending_and_writing_rows_nothing_is_counted_twice(
    kafka: KafkaServer, topic_prefix: str, tmp_path_factory: object
) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        await ticks(settings, 0, [tick(1, number) for number in range(1, 6)])
        for point in ("tally.after_send", "tally.after_rows"):
            marker = tmp_path_factory.mktemp("chaos") / "hit"  # type: ignore[attr-defined] # pytest's factory
            async with worker(MODULE, settings, {"FEUERWACHE_CHAOS": f"{point}@{marker}"}) as doomed:
                async with asyncio.timeout(60):
                    await doomed.process.wait()
            assert marker.exists()
        await ticks(settings, 0, [tick(1, 6)])
        async with worker(MODULE, settings):
            await until(lambda: counted_at_least(settings, 0, 6), "all six counted", 60)
        assert (await tally_of(settings, 0))[0] == 6

    asyncio.run(run())


def test_a_bad_record_becomes_a_dead_letter_and_the_next_one_counts(kafka: KafkaServer, topic_prefix: str) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        async with worker(MODULE, settings):
            await ticks(settings, 0, [tick(1, 1), b"poison", tick(1, -1), tick(1, 2)])
            await until_tally(settings, 0, 2)
            poison, bug = await until_dead_letters(settings, 2)
        headers = dict(poison.headers)
        assert poison.value == b"poison"
        assert headers["origin"] == b"test"
        assert headers["fw_dlq_topic"] == settings.topics().of(TICKS).encode()
        assert (headers["fw_dlq_partition"], headers["fw_dlq_offset"]) == (b"0", b"1")
        assert headers["fw_dlq_stage"] == b"tally"
        assert (headers["fw_dlq_error_class"], headers["fw_dlq_reason"]) == (b"InvalidRecord", b"not a tick")
        assert dict(bug.headers)["fw_dlq_error_class"] == b"RuntimeError"

    asyncio.run(run())


def test_a_bad_record_as_large_as_the_broker_takes_becomes_a_dead_letter(kafka: KafkaServer, topic_prefix: str) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        poison = b"x" * 1_040_000
        async with EventProducer(settings, max_bytes=DLQ_MAX_BYTES) as producer:
            await producer.send(Outgoing(settings.topics().of(TICKS), 0, b"k", poison))
        async with worker(MODULE, settings):
            await ticks(settings, 0, [tick(1, 1)])
            await until_tally(settings, 0, 1)
            assert [letter.value for letter in await until_dead_letters(settings, 1)] == [poison]

    asyncio.run(run())


def test_too_many_bad_records_stop_the_process(kafka: KafkaServer, topic_prefix: str) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        await ticks(settings, 0, [b"broken deploy"] * 40)
        async with worker(MODULE, settings) as doomed, asyncio.timeout(60):
            assert await doomed.process.wait() == 65
        assert len(await dead_letters(settings, TICKS)) < OPTIONS.dead_letter_window

    asyncio.run(run())


def test_two_workers_share_the_shards_and_one_takes_over(kafka: KafkaServer, topic_prefix: str) -> None:
    """Around a rebalance Faust may drop a record: ticks go on until every shard counts again, from where it stood."""

    async def run() -> None:
        settings = await prepared(kafka, topic_prefix, shards=4)
        async with worker(MODULE, settings) as first:
            assert min(await counted_on(settings, [0] * 4, numbers=range(1, 100))) > 0
            async with kept_running(MODULE, settings) as second:
                await until(second.ready, "the second worker is ready", 60)
                shared = await counted_on(settings, await tallies(settings), numbers=range(100, 200))
                await first.kill()
                taken_over = await counted_on(settings, shared, numbers=range(200, 400))
                assert all(before < after <= 400 for before, after in zip(shared, taken_over, strict=True))

    asyncio.run(run())


async def counted_on(settings: CommonSettings, before: list[int], numbers: range) -> list[int]:
    """Sends a tick to every shard twice a second until all have counted more than before; the new counts."""
    for number in numbers:
        for shard in range(len(before)):
            await ticks(settings, shard, [tick(1, number)])
        now = await tallies(settings)
        if all(after > then for then, after in zip(before, now, strict=True)):
            return now
        await asyncio.sleep(0.3)
    raise AssertionError(f"still {await tallies(settings)} after {len(numbers)} more ticks, before: {before}")


async def tallies(settings: CommonSettings) -> list[int]:
    return [(await tally_of(settings, shard))[0] for shard in range(settings.shards)]
