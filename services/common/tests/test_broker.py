"""Topics are created from the table and kept that way; the plain producer returns when the broker has the record."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from feuerwache.common.commands import app
from feuerwache.common.errors import FatalError, InvalidRecord, TransientError
from feuerwache.common.kafka.admin import STATE_CONFIG, apply, ensure_topics, plan, wanted
from feuerwache.common.kafka.consumer import read_partition, read_topic
from feuerwache.common.kafka.deadletters import describe, to_outgoing
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Record
from feuerwache.common.kafka.topics import DAY, PAGES_DELIVERIES, TOPICS
from feuerwache.common.settings import CommonSettings
from support.kafka import COUNTERS, NUMBERS, RESULTS, prepared, put, settings_for, until, values_in
from support.servers import KafkaServer

TABLE = (NUMBERS, RESULTS, COUNTERS)


def test_the_table_covers_every_topic_and_its_dead_letters() -> None:
    wishes = {wish.name: wish for wish in wanted(CommonSettings(topic_prefix="eu.", kafka_replication=3))}
    assert len(wishes) == len(TOPICS) + sum(topic.dead_letters for topic in TOPICS)
    assert all(wish.config["message.timestamp.type"] == "LogAppendTime" for wish in wishes.values())
    assert all(wish.config["min.insync.replicas"] == "2" for wish in wishes.values())
    received, index = wishes["eu.posts.received.v1"], wishes["eu.posts.index.v1"]
    assert received.config["retention.ms"] == str(14 * 24 * 3600 * 1000)
    assert (received.partitions, wishes["eu.alarms.raised.v1.dlq"].partitions) == (12, 8)
    assert index.config["cleanup.policy"] == "compact"
    assert "retention.ms" not in index.config


def test_state_that_is_read_as_a_whole_is_compacted_while_it_is_young() -> None:
    """With the broker's defaults a task would read days of its past, a gigabyte per shard, before it begins."""
    young = {
        wish.name.removesuffix(".v1")
        for wish in wanted(CommonSettings())
        if STATE_CONFIG.items() <= wish.config.items() and wish.config["cleanup.policy"] == "compact"
    }
    assert young == {
        "detectors.bars",
        "incidents.changed",
        "oncall.overrides",
        "outbound.parked",
        "outbound.pauses",
        "pages.deliveries",
        "polling.cursors",
        "posts.waiting",
    }


def test_a_topic_of_state_that_exists_is_put_right(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        settings = settings_for(kafka.bootstrap, topic_prefix)
        table, name = (PAGES_DELIVERIES,), settings.topics().of(PAGES_DELIVERIES)
        await apply(settings, table)
        await _set(kafka, name, {"cleanup.policy": "compact"})

        async def differs() -> bool:
            return any("segment.bytes" in change.detail for change in await plan(settings, table))

        await until(differs, "the broker's own view of the new setting")
        await apply(settings, table)
        config = await _get(kafka, name)
        assert {key: config[key] for key in STATE_CONFIG} == STATE_CONFIG

    asyncio.run(scenario())


def test_what_is_missing_is_created_and_what_differs_put_right(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        settings = settings_for(kafka.bootstrap, topic_prefix)
        numbers = settings.topics().of(NUMBERS)
        assert {change.what for change in await plan(settings, TABLE)} == {"create"}
        assert len(await apply(settings, TABLE)) == 4
        assert await plan(settings, TABLE) == []
        await _set(kafka, numbers, {"retention.ms": "1000", "segment.ms": "600000"})
        await until(lambda: _has_changes(settings), "the broker's own view of the new setting")
        (change,) = await plan(settings, TABLE)
        assert (change.topic, change.what) == (numbers, "configure")
        assert "retention.ms 1000 → 86400000" in change.detail
        await apply(settings, TABLE)
        assert await plan(settings, TABLE) == [], "apply returns when the broker says so"
        assert (await _get(kafka, numbers))["segment.ms"] == "600000", "what an operator set is kept"

    asyncio.run(scenario())


def test_a_partition_count_is_never_changed(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        await ensure_topics(settings_for(kafka.bootstrap, topic_prefix, 2), TABLE)
        wider = settings_for(kafka.bootstrap, topic_prefix, 3)
        assert {change.what for change in await apply(wider, TABLE)} == {"conflict"}
        with pytest.raises(FatalError, match="has 2 partitions, 3 are configured"):
            await ensure_topics(wider, TABLE)
        longer = replace(NUMBERS, kept=2 * DAY)
        assert [change.what for change in await plan(settings_for(kafka.bootstrap, topic_prefix), [longer])] == [
            "configure"
        ]

    asyncio.run(scenario())


def test_a_broker_that_is_away_is_a_transient_error() -> None:
    async def scenario() -> None:
        nowhere = CommonSettings(kafka_bootstrap="127.0.0.1:1")
        with pytest.raises(TransientError):
            await plan(nowhere)
        with pytest.raises(TransientError):
            await read_topic(nowhere, "anything")
        producer = EventProducer(nowhere, delivery_seconds=2)
        with pytest.raises(TransientError):
            await producer.send(Outgoing("anything", 0, b"k", b"v"))
        assert "cannot be reached" in (producer.health() or "")

    asyncio.run(scenario())


def test_the_producer_returns_when_the_record_is_there(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        name = settings.topics().of(RESULTS)
        async with EventProducer(settings) as producer:
            await producer.send(Outgoing(name, 1, b"k", b"v", [("h", b"1")]))
            (record,) = await read_topic(settings, name)
            assert (record.partition, record.key, record.value, record.headers) == (1, b"k", b"v", (("h", b"1"),))
            await asyncio.gather(*(producer.send(Outgoing(name, 0, b"k", str(i).encode())) for i in range(200)))
            assert len(await values_in(settings, RESULTS, 0)) == 200
            assert producer.health() is None

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "record",
    [
        Outgoing("", 0, b"k", b"x" * 1_000_001),
        Outgoing("", 7, b"k", b"v"),
        Outgoing("", 0, None, None),
    ],
    ids=["too large", "no such partition", "neither key nor value"],
)
def test_a_record_that_no_broker_takes_is_invalid_and_harms_no_other(
    kafka: KafkaServer, topic_prefix: str, record: Outgoing
) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        name = settings.topics().of(RESULTS)
        async with EventProducer(settings) as producer:
            with pytest.raises(InvalidRecord):
                await producer.send(replace(record, topic=name))
            await producer.send(Outgoing(name, 0, b"k", b"good"))
        assert await values_in(settings, RESULTS) == [b"good"]

    asyncio.run(scenario())


def test_reads_a_partition_from_an_offset(kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix)
        await put(settings, RESULTS, 1, [b"a", b"b", b"c"])
        name = settings.topics().of(RESULTS)
        assert [record.value async for record in read_partition(settings, name, 1, start=1)] == [b"b", b"c"]
        assert [record.value async for record in read_partition(settings, name, 0)] == []

    asyncio.run(scenario())


def test_a_dead_letter_is_the_untouched_record_and_its_story() -> None:
    record = Record("t.v1", 3, 17, 99, None, None, (("ce_type", b"x"), ("bin", b"\xff")))
    outgoing = to_outgoing(DeadLetter(record, "InvalidRecord", "weil " + "ü" * 2_000), "rules")
    assert (outgoing.topic, outgoing.partition, outgoing.value) == ("t.v1.dlq", 3, None)
    assert tuple(outgoing.headers[:2]) == record.headers
    listed = describe(Record("t.v1.dlq", 3, 0, 100, b"", None, tuple(outgoing.headers)))
    assert (listed.topic, listed.partition, listed.offset, listed.stage) == ("t.v1", 3, 17, "rules")
    assert listed.event_type == "x"
    assert len(listed.reason) == 1_000


def test_the_commands_speak_json(kafka: KafkaServer, topic_prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEUERWACHE_KAFKA_BOOTSTRAP", kafka.bootstrap)
    monkeypatch.setenv("FEUERWACHE_TOPIC_PREFIX", topic_prefix)
    monkeypatch.setenv("FEUERWACHE_POST_PARTITIONS", "1")
    monkeypatch.setenv("FEUERWACHE_SHARDS", "1")
    cli = CliRunner()
    planned = cli.invoke(app, ["topics", "plan", "--json"])
    assert planned.exit_code == 1
    assert all(change["what"] == "create" for change in json.loads(planned.stdout))
    assert cli.invoke(app, ["topics", "apply"]).exit_code == 0
    assert cli.invoke(app, ["topics", "plan"]).exit_code == 0
    assert cli.invoke(app, ["dlq", "list", "--json"]).stdout.strip() == "[]"


async def _has_changes(settings: CommonSettings) -> bool:
    return bool(await plan(settings, TABLE))


async def _get(kafka: KafkaServer, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await admin.close()


async def _set(kafka: KafkaServer, topic: str, config: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, config)])
    finally:
        await admin.close()
