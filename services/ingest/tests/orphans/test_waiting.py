"""Deletions, reports and actions before their post, through the whole process on a real Kafka and Redis."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from feuerwache.common import chaos
from feuerwache.common.events.post import PostCreated, PostDeleted, PostModerated, PostReported
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import POSTS_ORPHANED, POSTS_RECEIVED, POSTS_SUBMITTED, POSTS_WAITING, Topic
from feuerwache.ingest.settings import IngestSettings
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from support.ingest import TOKEN, TOPICS, environment_of, make_settings, running, until
from support.servers import KafkaServer
from support.submissions import COMMUNITY, post

ABOUT: list[dict[str, Any]] = [
    {"kind": "reported", "post_id": "p-1", "report_id": "r-1", "reported_at": "2026-11-14T20:59:10Z"},
    {"kind": "moderated", "post_id": "p-1", "action": "remove", "moderated_at": "2026-11-14T20:59:20Z"},
    {"kind": "deleted", "post_id": "p-1", "deleted_at": "2026-11-14T20:59:30Z"},
]
EARLY = [{**event, "community": COMMUNITY} for event in ABOUT]


@pytest.fixture
def settings(tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str) -> IngestSettings:
    return make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


async def everything(settings: IngestSettings, topic: Topic) -> list[Record]:
    return await read_topic(settings, settings.topics().of(topic))


def test_what_came_before_its_post_follows_it_over_every_way_in(settings: IngestSettings) -> None:
    report = ingest_pb2.PostEvent(community=COMMUNITY, post_id="p-1", report=ingest_pb2.Report(report_id="r-2"))
    report.report.reported_at.FromJsonString("2026-11-14T20:59:40Z")
    submitted = {**EARLY[0], "report_id": "r-3"}

    async def scenario() -> None:
        async with running(settings) as ingest, EventProducer(settings) as producer:
            answer = await ingest.http.post("/v1/events", json=[*EARLY, EARLY[0]])
            assert answer.status_code == 202, answer.text
            statuses = [item["status"] for item in answer.json()["items"]]
            assert statuses == ["pending", "pending", "pending", "duplicate"]
            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            publishing = ingest_pb2.PublishEventsRequest(events=[report])
            over_grpc = await stub.PublishEvents(publishing, metadata=[("authorization", f"Bearer {TOKEN}")])
            assert over_grpc.items[0].status == ingest_pb2.STATUS_PENDING
            topic, headers = settings.topics().of(POSTS_SUBMITTED), [("fw-integration", b"forum")]
            await producer.send(Outgoing(topic, 2, b"any", json.dumps(submitted).encode(), headers))

            async def all_wait() -> bool:
                return len(await ingest.records(POSTS_WAITING)) == 5

            await until(all_wait)
            assert await ingest.received() == []
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202

            async def all_there() -> bool:
                return len(await ingest.records(POSTS_RECEIVED)) == 6

            await until(all_there)
            records = await ingest.records(POSTS_RECEIVED)
            events = [record.event() for record in records]
            assert len({record.partition for record in records}) == 1
            assert isinstance(events[0].data, PostCreated)
            assert {event.data.author_id for event in events} == {"a-1"}
            early = {str(event.id) for event in events[1:]}
            promised = {item["event_id"] for item in answer.json()["items"]} | {over_grpc.items[0].event_id}
            assert promised < early, "under the ids that the answers named"
            assert {type(event.data) for event in events[1:]} == {PostReported, PostModerated, PostDeleted}
            assert events[1].source.endswith("/forum")
            assert ingest.count("pending_total", way="http", integration="forum") == 3
            assert ingest.count("pending_total", way="kafka", integration="forum") == 1
            assert ingest.count("orphans_total", outcome="found") == 5
            # The same again, now that its author is known, goes the short way.
            again = await ingest.http.post("/v1/events", json=EARLY)
            assert {item["status"] for item in again.json()["items"]} == {"accepted"}

    run(scenario())


def test_what_finds_no_post_in_its_time_is_a_dead_letter_and_waits_anew_when_sent_again(
    settings: IngestSettings,
) -> None:
    brief = settings.model_copy(update={"orphan_seconds": 1.0})

    async def scenario() -> None:
        async with running(brief) as ingest:
            for again in range(2):
                answer = await ingest.http.post("/v1/events", json=EARLY[2])
                assert answer.json()["items"][0]["status"] == "pending"

                async def given_up(count: int) -> bool:
                    return len(await ingest.dead_letters(POSTS_ORPHANED)) == count

                await until(lambda count=again + 1: given_up(count))  # type: ignore[misc]  # bound now
            letter = (await ingest.dead_letters(POSTS_ORPHANED))[0]
            listed, orphan = describe(letter), (await ingest.records(POSTS_ORPHANED))[0]
            assert (listed.error_class, listed.stage) == ("UnknownPost", "ingest-orphans")
            assert (listed.partition, listed.offset) == (orphan.partition, orphan.offset)
            assert (letter.key, letter.value) == (orphan.key, orphan.value)
            assert await ingest.received() == []

    run(scenario())


def test_a_post_elsewhere_is_not_found_from_here(settings: IngestSettings) -> None:
    brief = settings.model_copy(update={"orphan_seconds": 1.0})

    async def scenario() -> None:
        async with running(brief) as ingest:
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202
            elsewhere = await ingest.http.post("/v1/events", json={**EARLY[2], "community": "canary"})
            assert elsewhere.json()["items"][0]["status"] == "pending"

            async def given_up() -> bool:
                return len(await ingest.dead_letters(POSTS_ORPHANED)) == 1

            await until(given_up)
            assert len(await ingest.received()) == 1

    run(scenario())


def test_without_redis_nothing_is_refused(settings: IngestSettings) -> None:
    away = settings.model_copy(update={"redis_url": type(settings.redis_url)("redis://127.0.0.1:1/0")})

    async def scenario() -> None:
        async with running(away) as ingest:
            answer = await ingest.http.post("/v1/events", json=EARLY)
            assert [item["status"] for item in answer.json()["items"]] == ["pending"] * 3
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202
            short_way = await ingest.http.post("/v1/events", json={**EARLY[0], "report_id": "r-9"})
            assert short_way.json()["items"][0]["status"] == "accepted", "this process remembers"
            assert len(await ingest.records(POSTS_ORPHANED)) == 3
        settings.ports_file.unlink()  # type: ignore[union-attr]  # set by make_settings
        # They are older than their time by now, and Redis knows nothing yet: that is no reason to give them up.
        async with running(settings.model_copy(update={"orphan_seconds": 0.1})) as ingest:

            async def all_there() -> bool:
                return len(await ingest.received()) == 5

            await until(all_there)

    run(scenario())


@pytest.mark.parametrize("place", ["after_handle", "after_send", "after_commit"])
def test_a_kill_loses_no_orphan_and_delivers_none_twice(settings: IngestSettings, tmp_path: Path, place: str) -> None:
    """Once on the way to waiting; `after_send` and `after_commit` once more on the way to its post."""

    async def scenario() -> None:
        await ensure_topics(settings, TOPICS)
        await _killed_while(settings, tmp_path / "first", place, "/v1/events", EARLY)
        if place != "after_handle":
            await _killed_while(settings, tmp_path / "second", place, "/v1/posts", [post()])
        async with process(settings) as client:
            assert (await client.post("/v1/posts", json=post())).status_code == 202

            async def all_there() -> bool:
                waiting = {record.key: record.value for record in await everything(settings, POSTS_WAITING)}
                events = [record.event() for record in await everything(settings, POSTS_RECEIVED)]
                about = [event for event in events if not isinstance(event.data, PostCreated)]
                assert len({event.id for event in about}) == len(about), "none twice"
                return len(about) == 3 and not any(waiting.values())

            await until(all_there)

    run(scenario())


async def _killed_while(settings: IngestSettings, marker: Path, place: str, path: str, sent: list[Any]) -> None:
    """Sends, and the process dies when its stage comes by the point."""
    async with process(settings, {chaos.VARIABLE: f"ingest-orphans.{place}@{marker}"}, dies=True) as client:
        answer = await client.post(path, json=sent)
        assert answer.status_code == 202
        await until(marker.exists)


@asynccontextmanager
async def process(
    settings: IngestSettings, more: dict[str, str] | None = None, *, dies: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """A process of its own; `dies`: it is to be killed by its point."""
    assert settings.ports_file is not None
    settings.ports_file.unlink(missing_ok=True)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "feuerwache.ingest", env={**environment_of(settings), **(more or {})}
    )
    try:
        ports_file = settings.ports_file
        await until(lambda: ports_file.exists() or child.returncode is not None)
        url = f"http://127.0.0.1:{json.loads(ports_file.read_text())['http']}"
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
            yield client
        if dies:
            assert await asyncio.wait_for(child.wait(), 30) == -signal.SIGKILL
        else:
            child.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(child.wait(), 30) == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
