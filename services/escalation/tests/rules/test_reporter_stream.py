"""Who reports together is known to every process: through the community's stream in Redis, read from where one was."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from feuerwache.escalation.rules.author.journal import Positions
from feuerwache.escalation.rules.community.reporter import TOGETHER, Reporters, ReportRow
from feuerwache.escalation.rules.store import CommunityStreams, PartitionStore, Progress

NOTHING: Positions = {"posts": (0, 0), "commands": (0, 0)}


def rows_of(*reporters: str) -> list[ReportRow]:
    return [ReportRow(f"p{number}", who, 100 + number) for number in range(TOGETHER) for who in reporters]


def test_what_one_process_learnt_of_reporters_another_knows_and_nobody_twice(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        async with Redis.from_url(redis_url) as redis:

            async def owner(partition: int) -> tuple[PartitionStore, CommunityStreams]:
                streams = CommunityStreams(topic_prefix)
                store = PartitionStore(redis, topic_prefix, partition, streams)
                await store.own()
                await store.rebuilt(Progress(NOTHING, {}))
                return store, streams

            first, _ = await owner(1)
            second, streams = await owner(2)
            here = Progress(NOTHING, {})
            for _ in range(2):  # a batch that is written twice says the same
                await first.write({}, here, here, {}, report_rows={"c": rows_of("u", "v")})
            await second.read([], ["c"], NOTHING)
            assert not streams.memories["c"].reporters.together("u", "v", "other"), "nobody asked"
            await second.read([], ["c"], NOTHING, reported=["c"])
            reporters = streams.memories["c"].reporters
            assert reporters.together("u", "v", "other")
            before = reporters.read_until
            await second.read([], ["c"], NOTHING, reported=["c"])
            assert reporters.read_until == before != "-"
            expected = Reporters()
            expected.fold(rows_of("u", "v"))
            assert reporters._rows == expected._rows

    asyncio.run(scenario())
