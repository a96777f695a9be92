"""A brand's memory on a real Kafka and Redis: told from community to community, and there again after a flush."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from feuerwache.common.events.base import Event, Payload
from feuerwache.common.redis import connect
from feuerwache.escalation.rules.settings import RulesSettings
from support.rules import NOW, minutes, written
from support.rulestage import decisions, rules_settings, send, stage
from support.servers import KafkaServer

TEXT = "Kauft bei uns, die besten Kaffeemaschinen der Stadt, heute alles zum halben Preis, nur noch bis Mitternacht."


@pytest.fixture
def settings(kafka: KafkaServer, redis_url: str, topic_prefix: str) -> RulesSettings:
    return rules_settings(kafka, redis_url, topic_prefix)


async def flushed(settings: RulesSettings) -> int:
    """What a flush does to this test's keys; how many were a brand's."""
    async with connect(settings) as redis:
        keys = [key async for key in redis.scan_iter(f"{settings.topic_prefix}*")]
        await redis.delete(*keys)
    return sum(b"brand:{morgenrot}" in key for key in keys)


def test_a_brands_communities_share_what_they_know_also_after_redis_forgot(settings: RulesSettings) -> None:
    def forum(number: int) -> Event[Payload]:
        at = NOW + minutes(number)
        return written(f"f{number}", author="a1", community="morgenrot-forum", text=TEXT, at=at)

    async def seen(post: str, count: int) -> dict[str, Any]:
        (decision,) = (each for each in await decisions(settings, count) if each.ref.post_id == post)
        return dict(decision.evidence.author)

    async def scenario() -> None:
        async with stage(settings):
            await send(settings, [written("p1", author="a1", text=TEXT, labels={"hate": 0.9})])
            await decisions(settings, 1)
            await send(settings, [forum(1)])
            first = await seen("f1", 2)
            assert await flushed(settings) == 1
            await send(settings, [written("p2", author="a1", at=NOW + minutes(2))])
            await decisions(settings, 3)
            await send(settings, [forum(3)])
            again = await seen("f3", 4)
        for author in (first, again):
            assert author["violations_90d"] == 0
            assert (author["brand_communities"], author["brand_violations_90d"], author["brand_warnings_90d"]) == (
                2,
                1,
                1,
            )
        assert first["brand_duplicates_24h"] == 1
        assert again["brand_duplicates_24h"] == 0, "texts are not in the journal"

    asyncio.run(scenario())
