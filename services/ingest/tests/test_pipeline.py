"""The whole process on a real Kafka and Redis: what is accepted is there, once, where it belongs."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.config.community import load_communities
from feuerwache.common.errors import TransientError
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.post import PostCreated, PostDeleted, PostEdited, PostIndexed, PostModerated, PostReported
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.keys import author_key, partition_of, post_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import POSTS_INDEX, POSTS_RECEIVED, POSTS_SUBMITTED
from feuerwache.common.redis import connect
from feuerwache.ingest.authors import Authors, Recent
from feuerwache.ingest.intake import Intake, Seen
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.reception import Reception
from feuerwache.ingest.settings import IngestSettings
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from feuerwache.ingest.writing.breaker import Breaker
from feuerwache.ingest.writing.writer import GroupWriter
from support.ingest import STANDING, TOKEN, Ingest, make_settings, post_message, running, until
from support.servers import KafkaServer
from support.submissions import COMMUNITY, post


@pytest.fixture
def settings(tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str) -> IngestSettings:
    return make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_an_accepted_post_is_on_its_authors_partition_and_in_the_index(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            answer = await ingest.http.post("/v1/posts", json=post(text="Schaut auf www.example.org/a, bitte!"))
            event_id = derived_id("post", "forum", "p-1", 0)
            assert answer.status_code == 202
            assert answer.json() == {"items": [{"post_id": "p-1", "status": "accepted", "event_id": str(event_id)}]}

            (record,) = await ingest.records(POSTS_RECEIVED)
            key = author_key(COMMUNITY, "a-1")
            assert (record.key, record.partition) == (key, partition_of(key, 3))
            headers = dict(record.headers)
            assert headers["ce_id"] == str(event_id).encode()
            assert headers["ce_type"] == b"feuerwache.post.created.v1"
            assert headers["ce_source"] == b"/ingest/http/forum"
            data = record.event().data
            assert isinstance(data, PostCreated)
            assert data.post.text == "Schaut auf www.example.org/a, bitte!"
            assert data.post.links == ("www.example.org/a",)
            assert (data.author_id, data.integration, data.canary) == ("a-1", "forum", False)

            (entry,) = await ingest.records(POSTS_INDEX)
            key = post_key("forum", "p-1")
            assert (entry.key, entry.partition) == (key, partition_of(key, 3))
            indexed = entry.event().data
            assert isinstance(indexed, PostIndexed)
            assert indexed.author_id == "a-1"

    run(scenario())


def test_the_same_post_twice_is_written_once_and_an_edit_is_its_own(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            edit = post(text="Sie läuft wieder.", revision=1, edited_at="2026-11-14T21:00:00Z")
            first = await ingest.http.post("/v1/posts", json=[post(), post(), edit])
            assert [item["status"] for item in first.json()["items"]] == ["accepted", "duplicate", "accepted"]
            again = await ingest.http.post("/v1/posts", json={"posts": [post()]})
            assert (again.status_code, again.json()["items"][0]["status"]) == (202, "duplicate")
            changed = await ingest.http.post("/v1/posts", json=post(text="Etwas anderes"))
            assert changed.json()["items"][0]["problems"][0]["code"] == "other_text"
            stranger = await ingest.http.post("/v1/posts", json=post(author={"id": "a-2"}))
            assert stranger.json()["items"][0]["problems"][0]["code"] == "other_author"
            events = await ingest.received()
            assert [type(event.data) for event in events] == [PostCreated, PostEdited]
            assert ingest.count("accepted_total", way="http", integration="forum") == 2
            assert ingest.count("duplicates_total", way="http", integration="forum") == 2

    run(scenario())


def test_what_names_no_author_lands_where_its_post_lies(settings: IngestSettings) -> None:
    about = [
        {"kind": "reported", "post_id": "p-1", "report_id": "r-1", "reported_at": "2026-11-14T20:59:10Z"},
        {"kind": "moderated", "post_id": "p-1", "action": "remove", "moderated_at": "2026-11-14T20:59:20Z"},
        {"kind": "deleted", "post_id": "p-1", "deleted_at": "2026-11-14T20:59:30Z"},
    ]

    async def scenario() -> None:
        async with running(settings) as ingest:
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202
        # A new process remembers nothing: this is Redis.
        settings.ports_file.unlink()  # type: ignore[union-attr]  # set by make_settings
        async with running(settings) as ingest:
            known = await ingest.http.post("/v1/events", json=[{**event, "community": COMMUNITY} for event in about])
            assert known.status_code == 202, known.text
            assert {item["status"] for item in known.json()["items"]} == {"accepted"}
            records = await ingest.records(POSTS_RECEIVED)
            assert len({record.partition for record in records}) == 1
            kinds = [type(record.event().data) for record in records]
            assert kinds == [PostCreated, PostReported, PostModerated, PostDeleted]

    run(scenario())


def test_the_index_is_built_anew_when_redis_has_forgotten(settings: IngestSettings) -> None:
    async def scenario() -> None:
        redis = connect(settings)
        async with running(settings) as ingest:
            sent = [post(f"p-{number}", author={"id": f"a-{number}"}) for number in range(20)]
            assert (await ingest.http.post("/v1/posts", json=sent)).status_code == 202
            pattern = f"fw:{settings.topic_prefix}index*"

            async def projected() -> bool:
                return ingest.count("index_projected_total") >= 20

            await until(projected)
            keys = [key async for key in redis.scan_iter(pattern)]
            assert len(keys) >= 21  # entries and positions
            await redis.delete(*keys)
            # New entries right behind the loss must not hide it.
            sent = [post(f"p-{number}", author={"id": f"a-{number}"}) for number in range(20, 40)]
            assert (await ingest.http.post("/v1/posts", json=sent)).status_code == 202

            async def back() -> bool:
                return await redis.exists(*(f"fw:{settings.topic_prefix}index:forum:p-{n}" for n in range(40))) == 40

            await until(back)
            assert ingest.count("index_rebuilds_total") >= 1
        await redis.aclose()

    run(scenario())


def test_a_poison_record_becomes_a_dead_letter_and_the_next_good_one_passes(settings: IngestSettings) -> None:
    forum = [("fw-integration", b"forum")]
    good, topic = post("p-good"), settings.topics().of(POSTS_SUBMITTED)
    ce = [("ce_specversion", b"1.0"), ("ce_id", b"7"), ("ce_source", b"/forum"), *forum]
    deletion = {"community": COMMUNITY, "post_id": "p-good"}
    sent: list[tuple[bytes | None, list[tuple[str, bytes]]]] = [
        (b"\xff\x00 poison", forum),
        (json.dumps(post(text="\u200b")).encode(), forum),
        (json.dumps(good).encode(), []),
        (None, forum),
        (json.dumps(good).encode(), forum),
        (
            json.dumps(deletion).encode(),
            [*ce, ("ce_type", b"feuerwache.post.deleted.v1"), ("ce_time", b"2026-11-14T20:59:30Z")],
        ),
    ]

    async def scenario() -> None:
        async with running(settings) as ingest, EventProducer(settings) as producer:
            for value, headers in sent:
                await producer.send(Outgoing(topic, 1, b"any", value, headers))

            async def through() -> bool:
                return len(await ingest.received()) >= 2

            await until(through)
            created, deleted = await ingest.received()
            assert isinstance(created.data, PostCreated)
            assert created.source == "/ingest/kafka/forum"
            assert isinstance(deleted.data, PostDeleted)
            assert deleted.data.author_id == "a-1"
            assert [record.event().data.ref.post_id for record in await ingest.records(POSTS_INDEX)] == ["p-good"]
            letters = await ingest.dead_letters(POSTS_SUBMITTED)
            reasons = [describe(letter).reason for letter in letters]
            assert [letter.value for letter in letters] == [value for value, _ in sent[:4]]
            assert reasons[0].startswith("item: is not JSON; ")
            assert reasons[1].startswith("text: has no visible character; ")
            assert reasons[2].startswith("fw-integration: names no integration; ")
            assert reasons[3].startswith("item: is not JSON; ")

    run(scenario())


def test_canary_posts_are_marked(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            assert (await ingest.http.post("/v1/posts", json=post(community="canary"))).status_code == 202
            (event,) = await ingest.received()
            assert event.data.canary

    run(scenario())


def test_without_a_broker_nothing_is_accepted_and_the_process_stays(tmp_path: Path, redis_url: str) -> None:
    async def scenario() -> None:
        away = make_settings(tmp_path, f"127.0.0.1:{port}", redis_url, "away.", accept_seconds=1.0)
        async with running(away, topics=False) as ingest:
            started = asyncio.get_running_loop().time()
            answers = await asyncio.gather(*(ingest.http.post("/v1/posts", json=post(f"p-{n}")) for n in range(5)))
            assert asyncio.get_running_loop().time() - started < 5
            for answer in answers:
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
                assert answer.headers["content-type"] == "application/problem+json"
            assert ingest.count("accepted_total", way="http", integration="forum") == 0
            assert ingest.count("unavailable_total", way="http") == 5
            report = ingest.shell.health.report()
            assert all(report[name] for name in ("submitted", "orphans", "index"))
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ingest_pb2_grpc.IngestServiceStub(ingest.channel).Publish(
                    ingest_pb2.PublishRequest(posts=[post_message(post())]),
                    metadata=[("authorization", f"Bearer {TOKEN}")],
                )
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            trailing: Any = refused.value.trailing_metadata()
            assert trailing["retry-after"] == "5"

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    run(scenario())


def test_a_broker_that_never_answers_is_not_waited_for(settings: IngestSettings) -> None:
    async def scenario(port: int) -> None:
        silent = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{port}"})
        redis, producer = connect(silent), EventProducer(silent, delivery_seconds=60)
        authors = Authors(redis, "silent.", Recent(10))
        reception = Reception(
            lambda: load_communities(silent.config_dir), authors, silent.topics(), silent.partitioning(), STANDING
        )
        metrics = Metrics(["forum"], CollectorRegistry())
        writer = GroupWriter(
            producer.send_batches,
            STANDING,
            metrics.to_kafka,
            budget=1_000_000,
            waiting=10,
            patience=0.2,
            breaker=Breaker(0.3),
        )
        intake = Intake(reception, authors, writer, metrics, Seen(10))
        forum = Integration(id="forum", platform="forum", communities=(COMMUNITY,))
        for reason in ("did not acknowledge", "did not acknowledge", "Kafka does not answer"):
            with pytest.raises(TransientError, match=reason):
                await intake.accept([Item(post())], forum, "http")
        await writer.close()
        await redis.aclose()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        run(scenario(listener.getsockname()[1]))


def test_the_gate(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            for wrong in (None, "Bearer nonsense", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
                headers = {"Authorization": wrong} if wrong else {}
                answer = await _without_token(ingest, headers)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == 'Bearer realm="feuerwache"'
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["x-content-type-options"] == "nosniff"
            foreign = await ingest.http.post("/v1/posts", json=post(community="morgenrot-facebook"))
            assert foreign.status_code == 403
            assert await ingest.records(POSTS_RECEIVED) == []

    run(scenario())


async def _without_token(ingest: Ingest, headers: dict[str, str]) -> Any:
    request = ingest.http.build_request("POST", "/v1/posts", json=post())
    del request.headers["Authorization"]
    request.headers.update(headers)
    return await ingest.http.send(request)
