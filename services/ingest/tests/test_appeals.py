"""An author's appeal, handed in by the platform: a command for the rules, once, from who may, where it belongs."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf import json_format

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import AppealDecision
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.topics import DECISIONS_COMMANDS, POSTS_RECEIVED
from feuerwache.ingest.examination import examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import CODES, Problem
from feuerwache.ingest.settings import IngestSettings
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from support.ingest import TOKEN, make_settings, running
from support.servers import KafkaServer
from support.submissions import COMMUNITY, NOW, post

METADATA = [("authorization", f"Bearer {TOKEN}")]
DECISION = UUID("0b0ef0f4-6f3c-5b0a-9b36-2f1f6f1f2a11")
TEXT = "Das war Ironie!\nBitte seht es euch noch einmal an."
AT = "2026-11-14T20:59:30Z"
FORUM = Integration(id="forum", platform="forum", communities=(COMMUNITY,))


@pytest.fixture
def settings(tmp_path: Path, kafka: KafkaServer, redis_url: str, topic_prefix: str) -> IngestSettings:
    return make_settings(tmp_path, kafka.bootstrap, redis_url, topic_prefix)


def appeal(appeal_id: str = "ap-1", post_id: str = "p-1", **fields: Any) -> dict[str, Any]:
    """A valid one against a named decision; None takes a field away."""
    whole = {
        "community": COMMUNITY,
        "post_id": post_id,
        "appeal_id": appeal_id,
        "decision_id": str(DECISION),
        "text": TEXT,
        "appealed_at": AT,
        **fields,
    }
    return {name: value for name, value in whole.items() if value is not None}


def message(*appeals: dict[str, Any]) -> ingest_pb2.AppealRequest:
    return json_format.ParseDict({"appeals": appeals}, ingest_pb2.AppealRequest())


def test_an_appeal_lies_where_its_post_does_and_says_which_integration_brought_it(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            unknown = await ingest.http.post("/v1/appeals", json=appeal())
            assert unknown.status_code == 422
            assert unknown.headers["content-type"] == "application/problem+json"
            assert unknown.json()["items"][0]["problems"][0]["code"] == "unknown_post"
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202

            answer = await ingest.http.post("/v1/appeals", json=appeal())
            event_id = derived_id("appealed", "forum", "p-1", "ap-1")
            assert answer.status_code == 202, answer.text
            assert answer.json() == {"items": [{"post_id": "p-1", "status": "accepted", "event_id": str(event_id)}]}
            (record,) = await ingest.records(DECISIONS_COMMANDS)
            key = author_key(COMMUNITY, "a-1")
            assert (record.key, record.partition) == (key, partition_of(key, 3))
            assert record.partition == (await ingest.records(POSTS_RECEIVED))[0].partition
            event = record.event()
            assert (event.id, event.source, event.time.isoformat()) == (
                *(event_id, "/ingest/http/forum"),
                "2026-11-14T20:59:30+00:00",
            )
            assert isinstance(event.data, AppealDecision)
            assert event.data.actor == Actor(person_id="forum", via=Via.TOKEN)
            assert (event.data.author_id, event.data.decision_id, event.data.text) == ("a-1", DECISION, TEXT)
            assert ingest.count("accepted_total", way="http", integration="forum") == 2

    asyncio.run(scenario())


def test_over_grpc_it_is_the_same_command_and_a_repeat_over_either_does_no_harm(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            stub = ingest_pb2_grpc.IngestServiceStub(ingest.channel)
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202
            first = await stub.Appeal(message(appeal(), appeal("ap-2", decision_id=None)), metadata=METADATA)
            assert [item.status for item in first.items] == [ingest_pb2.STATUS_ACCEPTED] * 2
            again = await ingest.http.post("/v1/appeals", json={"appeals": [appeal(), appeal()]})
            assert again.status_code == 202
            assert [item["status"] for item in again.json()["items"]] == ["duplicate", "duplicate"]
            for changed in ({"decision_id": str(derived_id("another"))}, {"text": "Doch!"}):
                other = await ingest.http.post("/v1/appeals", json=appeal(**changed))
                assert other.json()["items"][0]["problems"][0]["code"] == "other_appeal"
        # A new process remembers nothing: what it writes again is the same event, which the rules hear once.
        settings.ports_file.unlink()  # type: ignore[union-attr]  # set by make_settings
        async with running(settings) as ingest:
            assert (await ingest.http.post("/v1/appeals", json=appeal())).json()["items"][0]["status"] == "accepted"
            named, unnamed, repeated = [record.event() for record in await ingest.records(DECISIONS_COMMANDS)]
            assert (named.id, named.data, named.time) == (repeated.id, repeated.data, repeated.time)
            assert unnamed.data.decision_id is None, "against the one in force"

    asyncio.run(scenario())


def test_only_for_the_integrations_own_communities_and_by_the_posts_author(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202
            for foreign in ({"community": "morgenrot-facebook"}, {"platform": "facebook"}):
                answer = await ingest.http.post("/v1/appeals", json=appeal(**foreign))
                assert answer.status_code == 403, foreign
            # A post of one's own is not to be reached under another community, nor under another author.
            elsewhere = await ingest.http.post("/v1/appeals", json=appeal(community="canary"))
            assert elsewhere.json()["items"][0]["problems"][0]["code"] == "unknown_post"
            for place in ({"author_id": "a-2"}, {"author_id": "a-1", "community": "canary"}):
                stranger = await ingest.http.post("/v1/appeals", json=appeal(**place))
                assert stranger.status_code == 422
                assert stranger.json()["items"][0]["problems"][0]["code"] == "other_author", place
            request = ingest.http.build_request("POST", "/v1/appeals", json=appeal())
            del request.headers["Authorization"]
            assert (await ingest.http.send(request)).status_code == 401
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ingest_pb2_grpc.IngestServiceStub(ingest.channel).Appeal(message(appeal()))
            assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
            assert await ingest.records(DECISIONS_COMMANDS) == []
            # Of a post that was never sent, the platform says who wrote it.
            never = await ingest.http.post("/v1/appeals", json=appeal(post_id="p-0", author_id="a-0"))
            assert never.status_code == 202
            (record,) = await ingest.records(DECISIONS_COMMANDS)
            assert record.key == author_key(COMMUNITY, "a-0")

    asyncio.run(scenario())


def test_an_appeal_has_a_way_of_its_own_and_is_described(settings: IngestSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as ingest:
            assert (await ingest.http.post("/v1/posts", json=post())).status_code == 202
            event = await ingest.http.post("/v1/events", json={**appeal(), "kind": "appeal"})
            assert event.json()["items"][0]["problems"][0]["field"] == "kind"
            binary = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/x", "ce-type": "feuerwache.post.deleted.v1"}
            for headers in (binary, {"content-type": "application/cloudevents+json"}):
                answer = await ingest.http.post("/v1/appeals", json=appeal(), headers=headers)
                assert answer.status_code == 415
            assert (await ingest.http.get("/v1/appeals")).status_code == 405
            assert (await ingest.http.post("/v1/appeals", json=[appeal()] * 1_001)).status_code == 413
            described = (await ingest.http.get("/openapi.json")).json()
            body = described["paths"]["/v1/appeals"]["post"]["requestBody"]["content"]
            assert list(body) == ["application/json"]
            schema = described["components"]["schemas"]["SubmittedAppeal"]
            assert set(schema["required"]) == {"post_id", "appeal_id", "appealed_at"}
            assert await ingest.records(DECISIONS_COMMANDS) == []

    asyncio.run(scenario())


def test_without_a_broker_no_appeal_is_accepted(tmp_path: Path, redis_url: str) -> None:
    async def scenario() -> None:
        away = make_settings(tmp_path, f"127.0.0.1:{port}", redis_url, "away.", accept_seconds=1.0)
        async with running(away, topics=False) as ingest:
            answer = await ingest.http.post("/v1/appeals", json=appeal(author_id="a-1"))
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.headers["content-type"] == "application/problem+json"
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ingest_pb2_grpc.IngestServiceStub(ingest.channel).Appeal(
                    message(appeal(author_id="a-1")), metadata=METADATA
                )
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"appeal_id": None}, "missing_field", "appeal_id"),
        ({"post_id": None}, "missing_field", "post_id"),
        ({"appealed_at": None}, "missing_field", "appealed_at"),
        ({"appealed_at": "2026-11-14T21:05:01Z"}, "time_in_future", "appealed_at"),
        ({"decision_id": "the last one"}, "wrong_value", "decision_id"),
        ({"decision_id": f"{{{DECISION}}}"}, "wrong_value", "decision_id"),
        ({"decision_id": 17}, "wrong_type", "decision_id"),
        ({"historic": True}, "wrong_value", "historic"),
        ({"text": "Ironie" * 700}, "too_long", "text"),
        ({"text": "Ironie\x00"}, "control_character", "text"),
        ({"text": "\u200b"}, "text_invisible", "text"),
        ({"reason": "Ironie"}, "unknown_field", "reason"),
        ({"kind": "deleted"}, "wrong_value", "kind"),
    ],
)
def test_a_bad_appeal_gets_its_problem(fields: dict[str, Any], code: str, field: str) -> None:
    found = examine(Item(appeal(**fields), "appeal"), FORUM, NOW)
    assert isinstance(found, tuple)
    assert [(one.code, one.field) for one in found if isinstance(one, Problem)] == [(code, field)]
    assert code in CODES
    assert "Ironie" not in str(found)
