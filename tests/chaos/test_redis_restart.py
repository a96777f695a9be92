"""Redis is killed under load and comes back, then forgets everything: each post is judged once, with a whole memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import DECISIONS_MADE, POSTS_CLASSIFIED
from feuerwache.common.process import Process
from feuerwache.common.redis import connect
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.settings import RulesSettings
from feuerwache.local.group import ProcessGroup
from feuerwache.local.places import cache_dir, checkout
from feuerwache.local.redis import EmbeddedRedis
from support.kafka import dead_letters, until
from support.rules import COMMUNITY, CONFIG, NOW, written
from support.rulestage import TOPICS, stage
from support.servers import KafkaServer

AUTHORS = 7
#: Posts sent in one go, and decisions to be seen before and after each thing that happens to Redis.
BATCH, SOME = 5, 40


class Source:
    """Posts keep coming in until `enough`; post n is author n % AUTHORS's post number n // AUTHORS, counted from 0."""

    def __init__(self, settings: RulesSettings) -> None:
        self._settings = settings
        self.sent = 0
        self.enough = asyncio.Event()

    async def run(self) -> None:
        topic, partitions = self._settings.topics().of(POSTS_CLASSIFIED), self._settings.post_partitions
        async with EventProducer(self._settings) as producer:
            while not self.enough.is_set():
                outgoing = []
                for number in range(self.sent, self.sent + BATCH):
                    author = f"a{number % AUTHORS}"
                    key = author_key(COMMUNITY, author)
                    event = written(f"p{number}", author=author, at=NOW + timedelta(seconds=number))
                    outgoing.append(Outgoing.of(topic, partition_of(key, partitions), key, event))
                await producer.send_all(outgoing)
                self.sent += BATCH
                await asyncio.sleep(0.03)


def test_a_redis_that_dies_or_forgets_costs_no_decision_and_no_memory(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    async def scenario() -> None:
        with ProcessGroup() as group:
            cache = cache_dir(checkout(Path(__file__).parent))
            async with EmbeddedRedis(group, tmp_path / "redis", tmp_path / "redis.log", cache) as redis:
                settings = RulesSettings(
                    config_dir=CONFIG,
                    kafka_bootstrap=kafka.bootstrap,
                    redis_url=SecretStr(redis.url),
                    topic_prefix=topic_prefix,
                    post_partitions=2,
                    shards=1,
                )
                await ensure_topics(settings, TOPICS)
                source = Source(settings)
                async with stage(settings) as shell:
                    sending = asyncio.create_task(source.run())
                    try:
                        await more_decided(settings)
                        await die_and_return(redis, shell, source)
                        await more_decided(settings)
                        rebuilds = _rebuilds()
                        async with connect(settings) as client:
                            await client.flushall()
                        await more_decided(settings)
                        assert _rebuilds() > rebuilds, "the flush was not noticed"
                    finally:
                        source.enough.set()
                        await sending
                    await until(lambda: decided(settings, source.sent), "every post decided")
                await judged_once_with_a_whole_memory(settings, source.sent)

    asyncio.run(scenario())


async def die_and_return(redis: EmbeddedRedis, shell: Process, source: Source) -> None:
    """SIGKILL; back once the stage has said what is missing and more posts have come in."""
    assert redis.child is not None
    redis.child.process.kill()
    assert await redis.child.wait(10) is not None
    before = source.sent

    async def said_so() -> bool:
        return "Redis" in str(shell.health.report().get("runner"))

    async def more_came() -> bool:
        return source.sent >= before + SOME

    await until(said_so, "the stage says that Redis is missing")
    await until(more_came, "posts that come in meanwhile")
    await redis.start()


async def judged_once_with_a_whole_memory(settings: RulesSettings, sent: int) -> None:
    made = await decisions(settings)
    assert Counter(each.ref.post_id for each in made) == Counter(f"p{number}" for number in range(sent))
    remembered = {each.ref.post_id: each.evidence.author["posts_total"] for each in made}
    assert remembered == {f"p{number}": number // AUTHORS for number in range(sent)}
    assert await dead_letters(settings, POSTS_CLASSIFIED) == []


async def decisions(settings: RulesSettings) -> list[DecisionMade]:
    records = await read_topic(settings, settings.topics().of(DECISIONS_MADE))
    return [data for record in records if isinstance(data := record.event().data, DecisionMade)]


async def decided(settings: RulesSettings, count: int) -> bool:
    return len(await decisions(settings)) >= count


async def more_decided(settings: RulesSettings) -> None:
    count = len(await decisions(settings)) + SOME
    await until(lambda: decided(settings, count), f"{count} decisions")


def _rebuilds() -> float:
    return float(metrics.REBUILDS._value.get())
