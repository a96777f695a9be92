"""The embedded servers are the real thing: a transaction, a compacted topic's settings, a Lua script; and they keep."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from feuerwache.local.group import ProcessGroup
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.redis import EmbeddedRedis
from support.servers import KafkaServer


async def read_committed(bootstrap: str, topic: str) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        seen = []
        while await consumer.position(partition) < end:
            batches = await consumer.getmany(partition, timeout_ms=200)
            seen += [record.value for record in batches.get(partition, [])]
        return seen
    finally:
        await consumer.stop()


def test_kafka_commits_and_aborts_transactions(kafka: KafkaServer, topic_prefix: str) -> None:
    topic = f"{topic_prefix}transactions"

    async def scenario() -> list[bytes | None]:
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(topic, 1, 1)])
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=topic)
        await producer.start()
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept")
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"dropped")
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept too")
        await producer.stop()
        return await read_committed(kafka.bootstrap, topic)

    assert asyncio.run(scenario()) == [b"kept", b"kept too"]


async def redis_says(url: str, *command: bytes) -> bytes:
    host, port = url.removeprefix("redis://").removesuffix("/0").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in command))
        line = await reader.readline()
        return (await reader.readline() if line.startswith(b"$") and line != b"$-1\r\n" else line).strip()
    finally:
        writer.close()
        await writer.wait_closed()


def test_redis_runs_lua(redis_url: str) -> None:
    assert asyncio.run(redis_says(redis_url, b"EVAL", b"return 6 * 7", b"0")) == b":42"


def test_redis_keeps_address_and_data_over_a_restart(tmp_path: Path) -> None:
    async def scenario() -> tuple[str, str, bytes]:
        with ProcessGroup() as group:
            cache = cache_dir(checkout(Path(__file__).parent))
            server = EmbeddedRedis(group, tmp_path / "redis", tmp_path / "redis.log", cache)
            async with server:
                first = server.url
                await redis_says(server.url, b"SET", b"key", b"value")
            async with server:
                return first, server.url, await redis_says(server.url, b"GET", b"key")

    first, second, value = asyncio.run(scenario())
    assert (second, value) == (first, b"value")
