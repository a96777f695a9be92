"""A broker that stops answering under load: memory stays bounded, senders are told, and it goes on by itself."""

from __future__ import annotations

import asyncio
import signal
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from feuerwache.common.config.community import load_communities
from feuerwache.common.errors import TransientError
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.authors import Authors, Recent
from feuerwache.ingest.intake import Intake, Seen
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.reception import Reception
from feuerwache.ingest.writing.breaker import Breaker
from feuerwache.ingest.writing.writer import GroupWriter
from feuerwache.local.group import ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout
from support.ingest import STANDING, make_settings, running, until
from support.submissions import COMMUNITY, post

FORUM = Integration(id="forum", platform="forum", communities=(COMMUNITY,))
BUDGET = 5_000_000
TEXT = "Meine Aurora macht heute keinen Kaffee mehr, und das am Sonntag. " * 3


def test_while_kafka_does_not_answer_memory_stays_within_the_budget(tmp_path: Path, redis_url: str) -> None:
    """The budget counts what a waiting post costs: it is held against what Python says it has handed out."""
    settings = make_settings(tmp_path, "nowhere:1", redis_url, "flat.")
    answered = asyncio.Event()

    async def send(_: Sequence[Outgoing]) -> None:
        await answered.wait()

    async def scenario() -> None:
        metrics = Metrics(["forum"], CollectorRegistry())
        async with Redis.from_url(redis_url) as redis:
            authors = Authors(redis, "flat.", Recent(10))
            communities = load_communities(settings.config_dir)
            reception = Reception(lambda: communities, authors, TopicNames("flat."), Partitioning(), STANDING)
            breaker = Breaker(hang=3_600)  # only the budget is in the way
            writer = GroupWriter(
                send, STANDING, metrics.to_kafka, budget=BUDGET, waiting=100_000, patience=3_600, breaker=breaker
            )
            intake = Intake(reception, authors, writer, metrics, Seen(10))

            async def request(number: int) -> bool:
                """Whether it was accepted. What was refused is dropped, as the edge drops it."""
                items = [Item(post(f"p-{number}-{at}", text=TEXT), "post") for at in range(20)]
                try:
                    return len(await intake.accept(items, FORUM, "http")) == 20
                except TransientError:
                    return False

            first = asyncio.create_task(request(-1))  # what is made only once is there before it is measured
            await until(lambda: writer.held > 0)
            tracemalloc.start()
            before, counted = tracemalloc.get_traced_memory()[0], writer.held
            waiting = [asyncio.create_task(request(number)) for number in range(600)]
            await until(lambda: sum(task.done() for task in waiting) > 400)
            held = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
            assert BUDGET - 200_000 < writer.held <= BUDGET
            assert held < 1.25 * (writer.held - counted), f"{held:,} bytes are held, {writer.held - counted:,} counted"
            refused = sum(task.done() for task in waiting)
            answered.set()
            assert sum(await asyncio.gather(*waiting)) == len(waiting) - refused
            assert await first
            assert writer.held == 0
            await writer.close()

    asyncio.run(scenario())


def test_a_frozen_broker_costs_senders_no_waiting_and_nothing_that_was_answered(tmp_path: Path, redis_url: str) -> None:
    async def scenario() -> None:
        with ProcessGroup() as group:
            cache = cache_dir(checkout(Path(__file__).parent))
            broker = EmbeddedKafka(group, tmp_path / "kafka", tmp_path / "kafka.log", cache)
            async with broker:
                settings = make_settings(tmp_path, broker.bootstrap, redis_url, "frozen.", accept_seconds=4.0)
                async with running(settings) as ingest:
                    accepted: set[str] = set()

                    async def send(name: str, most: int) -> list[int]:
                        statuses = []
                        for number in range(most):
                            answer = await ingest.http.post("/v1/posts", json=post(f"{name}-{number}"))
                            statuses.append(answer.status_code)
                            if answer.status_code == 202:
                                accepted.add(f"{name}-{number}")
                            else:
                                assert answer.headers["retry-after"]
                        return statuses

                    assert set(await send("before", 3)) == {202}
                    assert broker.child is not None
                    broker.child.process.send_signal(signal.SIGSTOP)
                    try:
                        frozen = await asyncio.gather(*(send(f"frozen{at}", 3) for at in range(20)))
                    finally:
                        broker.child.process.send_signal(signal.SIGCONT)
                    assert {status for statuses in frozen for status in statuses} == {503}
                    # Those behind the first were not made to wait their 4 seconds one after the other.
                    assert ingest.count("unavailable_total", way="http") == 60

                    async def back() -> bool:
                        return (await send("after", 1)) == [202]

                    await until(back)
                    received = [event.data.ref.post_id for event in await ingest.received()]
                    assert accepted <= set(received)

    asyncio.run(scenario())
