"""HTTP and gRPC on the running process: the same answer to the same item, and a clear one to every odd request."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from grpc_health.v1 import health_pb2, health_pb2_grpc

from feuerwache.common.kafka.topics import POSTS_RECEIVED
from feuerwache.ingest.settings import IngestSettings
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from support.ingest import TOKEN, make_settings, post_message, running, until
from support.servers import KafkaServer
from support.submissions import BAD, COMMUNITY, post

METADATA = [("authorization", f"Bearer {TOKEN}")]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def settings(tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str) -> IngestSettings:
    return make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)


def as_json(item: Any) -> dict[str, Any]:
    """An answer's item over gRPC in the form it has over HTTP."""
    fields: dict[str, Any] = json_format.MessageToDict(item, preserving_proto_field_name=True)
    fields["status"] = fields["status"].removeprefix("STATUS_").lower()
    fields.setdefault("post_id", None)
    for problem in fields.get("problems", ()):
        problem.setdefault("value", None)
        problem.setdefault("field", "")
    return fields


def test_every_bad_item_gets_its_problem_over_http_and_the_same_over_grpc(settings: IngestSettings) -> None:
    said = [case for case in BAD if not case.only_json]
    expected = {
        case.name: {
            "code": case.code,
            "field": case.field,
            "value": case.value,
            "reason": case.reason,
            "fix": case.fix,
        }
        for case in BAD
    }

    async def scenario() -> None:
        async with running(settings) as ingest:
            answer = await ingest.http.post("/v1/posts", json={"posts": [case.data for case in BAD]})
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            items = dict(zip((case.name for case in BAD), answer.json()["items"], strict=True))
            assert {name: item["problems"] for name, item in items.items()} == {
                name: [problem] for name, problem in expected.items()
            }
            for case in BAD:
                assert not case.secret or case.secret not in answer.text

            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            request = ingest_pb2.PublishRequest(posts=[post_message(case.data) for case in said])
            response = await stub.Publish(request, metadata=METADATA)
            for case, item in zip(said, response.items, strict=True):
                assert as_json(item) == items[case.name], case.name

            # One good post among them passes, and comes second over gRPC: the same event.
            mixed = await ingest.http.post("/v1/posts", json=[BAD[0].data, post()])
            assert mixed.status_code == 207
            assert [item["status"] for item in mixed.json()["items"]] == ["rejected", "accepted"]
            again = await stub.Publish(ingest_pb2.PublishRequest(posts=[post_message(post())]), metadata=METADATA)
            assert as_json(again.items[0]) == {**mixed.json()["items"][1], "status": "duplicate"}
            assert len(await ingest.records(POSTS_RECEIVED)) == 1

    asyncio.run(scenario())


def test_a_whole_post_is_the_same_event_over_both(settings: IngestSettings) -> None:
    whole = post(
        author={
            "id": "a-1",
            "handle": "kt",
            "display_name": "Jördis",
            "created_at": "2024-02-29T00:00:00Z",
            "followers": 0,
        },
        revision=2,
        edited_at="2026-11-14T20:59:30Z",
        language_hint="de",
        parent_id="p-0",
        parent_author_id="a-0",
        thread_id="t-1",
        visibility="members",
        url="https://forum.example/p-1",
        links=["https://forum.example/x"],
        media_alt=["Ein Bild"],
        reach=0,
        historic=True,
    )

    async def scenario() -> None:
        async with running(settings) as ingest:
            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            sent = ingest_pb2.PublishRequest(posts=[post_message({**whole, "post_id": "p-grpc"})])
            assert (await stub.Publish(sent, metadata=METADATA)).items[0].status == ingest_pb2.STATUS_ACCEPTED
            assert (await ingest.http.post("/v1/posts", json={**whole, "post_id": "p-http"})).status_code == 202
            first, second = [event.data.model_dump(mode="json") for event in await ingest.received()]
            assert {first["ref"].pop("post_id"), second["ref"].pop("post_id")} == {"p-grpc", "p-http"}
            assert first == second
            assert first["post"]["author"]["followers"] == first["post"]["reach"] == 0
            assert first["historic"]

    asyncio.run(scenario())


def test_events_over_grpc(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            await stub.Publish(ingest_pb2.PublishRequest(posts=[post_message(post())]), metadata=METADATA)
            about = {"community": COMMUNITY, "post_id": "p-1"}
            at = "2026-11-14T20:59:30Z"
            events = [
                {**about, "report": {"report_id": "r-1", "reason": "Beleidigung", "reported_at": at}},
                {**about, "moderation": {"action": "hide", "moderated_at": at}},
                {**about, "deletion": {"deleted_at": at}},
                {**about, "deletion": {}},
                about,
            ]
            request = json_format.ParseDict({"events": events}, ingest_pb2.PublishEventsRequest())
            items = [as_json(item) for item in (await stub.PublishEvents(request, metadata=METADATA)).items]
            assert [item["status"] for item in items] == ["accepted"] * 3 + ["rejected"] * 2
            assert [item["problems"][0]["field"] for item in items[3:]] == ["deleted_at", "kind"]
            same = {**about, "kind": "reported", "report_id": "r-1", "reason": "Beleidigung", "reported_at": at}
            answer = await ingest.http.post("/v1/events", json={"events": [same]})
            assert answer.json()["items"][0]["status"] == "duplicate"

    asyncio.run(scenario())


def test_cloudevents_structured_batch_and_binary(settings: IngestSettings) -> None:
    def event(post_id: str, kind: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
        attributes = {"specversion": "1.0", "id": post_id, "source": "/forum", "type": f"feuerwache.post.{kind}.v1"}
        return {**attributes, "data": data, **more}

    untimed = {"community": COMMUNITY, "post_id": "p-1"}

    async def scenario() -> None:
        async with running(settings) as ingest:
            structured = {"content-type": "application/cloudevents+json; charset=utf-8"}
            one = event("1", "created", post(created_at=None), time="2026-11-14T20:58:00Z", traceparent=TRACE)
            answer = await ingest.http.post("/v1/posts", content=json.dumps(one), headers=structured)
            assert answer.status_code == 202, answer.text

            batch = [
                event("2", "deleted", untimed, time="2026-11-14T20:59:30Z"),
                event("3", "liked", untimed),
                {**event("4", "deleted", untimed), "specversion": "0.3"},
            ]
            kind = {"content-type": "application/cloudevents-batch+json"}
            answer = await ingest.http.post("/v1/events", content=json.dumps(batch), headers=kind)
            assert answer.status_code == 207
            items = answer.json()["items"]
            assert [item["status"] for item in items] == ["accepted", "rejected", "rejected"]
            assert [item["problems"][0]["field"] for item in items[1:]] == ["type", "specversion"]

            binary = {
                "content-type": "application/json",
                "ce-specversion": "1.0",
                "ce-id": "5",
                "ce-source": "/forum",
                "ce-type": "feuerwache.post.created.v1",
            }
            answer = await ingest.http.post("/v1/posts", json=post("p-2"), headers={**binary, "traceparent": TRACE})
            assert answer.status_code == 202, answer.text
            received = {(e.data.ref.post_id, e.type): e for e in await ingest.received()}
            assert len(received) == 3
            assert received["p-1", "feuerwache.post.created.v1"].traceparent == TRACE
            assert received["p-1", "feuerwache.post.created.v1"].time.minute == 58
            assert received["p-2", "feuerwache.post.created.v1"].traceparent == TRACE

    asyncio.run(scenario())


def test_odd_requests(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            cases: list[tuple[dict[str, Any], int, str]] = [
                ({"content": b"{ kein JSON"}, 400, "Not JSON"),
                ({"content": b""}, 400, "Not JSON"),
                ({"content": b'{"text": "\xff"}'}, 400, "Not JSON"),
                ({"content": b"[" * 100_000}, 400, "Not JSON"),
                ({"json": []}, 400, "Nothing sent"),
                ({"json": [{}] * 1_001}, 413, "Too many items"),
                ({"json": post(text="x" * 1_000_000)}, 413, "Too large"),
                ({"content": b"a=b", "headers": {"content-type": "text/csv"}}, 415, "Unsupported media type"),
                ({"content": b"x", "headers": {"content-encoding": "br"}}, 415, "Unsupported content encoding"),
                ({"content": b"x", "headers": {"content-encoding": "gzip"}}, 400, "Damaged"),
            ]
            for request, status, title in cases:
                answer = await ingest.http.post("/v1/posts", **request)
                assert (answer.status_code, answer.json()["title"]) == (status, title)
                assert answer.json()["detail"]
                assert answer.headers["content-type"] == "application/problem+json"
                assert "server" not in answer.headers

            async def endless() -> Any:
                for _ in range(20):
                    yield b"x" * 100_000

            assert (await ingest.http.post("/v1/posts", content=endless())).status_code == 413
            assert (await ingest.http.get("/v1/posts")).status_code == 405
            assert (await ingest.http.get("/v1/nothing")).json()["status"] == 404
            described = (await ingest.http.get("/openapi.json")).json()
            assert {"/v1/posts", "/v1/events"} <= described["paths"].keys()
            assert "SubmittedPost" in described["components"]["schemas"]
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202  # nothing was harmed

            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            for metadata, posts, code in (
                ([], 1, grpc.StatusCode.UNAUTHENTICATED),
                (METADATA, 0, grpc.StatusCode.INVALID_ARGUMENT),
                (METADATA, 1_001, grpc.StatusCode.INVALID_ARGUMENT),
            ):
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    sent = ingest_pb2.PublishRequest(posts=[ingest_pb2.Post()] * posts)
                    await stub.Publish(sent, metadata=metadata)
                assert refused.value.code() is code

    asyncio.run(scenario())


def test_grpc_health_says_what_the_checks_say(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            stub = health_pb2_grpc.HealthStub(ingest.channel)

            async def serving() -> bool:
                answer = await stub.Check(health_pb2.HealthCheckRequest())
                return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

            await until(serving)
            ingest.shell.health.add("test", lambda: "not well")
            assert not await serving()
            with pytest.raises(grpc.aio.AioRpcError) as unknown:
                await stub.Check(health_pb2.HealthCheckRequest(service="nothing"))
            assert unknown.value.code() is grpc.StatusCode.NOT_FOUND

    asyncio.run(scenario())
