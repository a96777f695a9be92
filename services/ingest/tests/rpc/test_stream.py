"""The stream of posts on a real gRPC connection, with an intake that a test holds in its hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import grpc
import pytest
from google.protobuf import json_format
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import TransientError
from feuerwache.common.grpchealth import HealthService
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate, Integration, Integrations, SignedCalls, Token, hash_of
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.rpc import SERVICE, IngestService, make_server
from feuerwache.ingest.rpc.stream import MOST_ITEMS, MOST_MESSAGES
from feuerwache.ingest.security.quota import Quota
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from feuerwache.ingest.verdict import Status, Verdict
from support.ingest import post_message, until
from support.submissions import post

TOKEN, POSTING, SIGNING = ("fwi_" + name * 40 for name in ("a", "b", "c"))
ID = UUID(int=1)


class HeldIntake:
    """Accepts when it is told to. A post called "bad…" is rejected, one called "away…" finds no Kafka."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.go.set()
        self.asked: list[list[str]] = []
        self.on_record: list[str] = []
        self.within: list[tuple[str, ...]] = []

    async def accept(self, items: Sequence[Item], integration: Integration, way: str) -> list[Verdict]:
        assert way == "grpc"
        names = [item.post_id or "" for item in items]
        self.asked.append(names)
        self.within.append(integration.communities)
        await self.go.wait()
        if any(name.startswith("away") for name in names):
            raise TransientError("away")
        problem = Problem("blank", "post_id", "is blank", "send one")
        verdicts = [
            Verdict(Status.REJECTED, name, problems=(problem,))
            if name.startswith("bad")
            else Verdict(Status.ACCEPTED, name, ID)
            for name in names
        ]
        self.on_record += [verdict.post_id or "" for verdict in verdicts if verdict.status is Status.ACCEPTED]
        return verdicts


class SlowQuota:
    """Lets each group wait once."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def take(self, _: Integration, items: int, way: str) -> float:
        assert way == "grpc"
        self.asked.append(items)
        return 0.01 if len(self.asked) % 2 else 0.0


class FreeQuota:
    async def take(self, *_: object) -> float:
        return 0.0


@dataclass
class Served:
    port: int
    intake: HeldIntake
    stop: asyncio.Event
    senders: Integrations


@asynccontextmanager
async def serving(quota: object = None) -> AsyncIterator[Served]:
    tokens = (
        Token(sha256=hash_of(TOKEN)),
        Token(sha256=hash_of(POSTING), may=("posts",), communities=("two",)),
    )
    forum = Integration(id="forum", platform="forum", communities=("one", "two"), tokens=tokens)
    signed = SignedCalls.model_validate({"secrets": [{"env": "X"}]})
    token = (hash_of(SIGNING),)
    strict = Integration(id="s", platform="s", communities=("one",), token_sha256=token, signed=signed)
    served = Served(0, HeldIntake(), asyncio.Event(), Integrations(integrations=(forum, strict)))
    service = IngestService(
        Gate(lambda: served.senders, {}),
        cast(Intake, served.intake),
        cast(Quota, quota or FreeQuota()),
        SystemClock(),
        Metrics(["forum"], CollectorRegistry()),
        stop=served.stop,
    )
    server = make_server(service, HealthService(SERVICE, dict, served.stop))
    served.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with asyncio.timeout(60):
            yield served
    finally:
        served.intake.go.set()
        await server.stop(grace=None)


@asynccontextmanager
async def calling(served: Served, token: str = TOKEN) -> AsyncIterator[Any]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{served.port}") as channel:
        metadata = [("authorization", f"Bearer {token}")]
        call = ingest_pb2_grpc.IngestServiceStub(channel).PublishStream(metadata=metadata)
        try:
            yield call
        finally:
            call.cancel()


def message(sequence: int, *names: str, deletions: Sequence[str] = ()) -> Any:
    events = [{"post_id": name, "deletion": {"deleted_at": "2026-11-14T20:59:30Z"}} for name in deletions]
    return ingest_pb2.PublishStreamRequest(
        sequence=sequence,
        posts=[post_message(post(name)) for name in names],
        events=[json_format.ParseDict(event, ingest_pb2.PostEvent()) for event in events],
    )


async def answers(call: Any, to: int) -> list[Any]:
    """What is answered until `to` is acknowledged."""
    found: list[Any] = []
    while not found or found[-1].acknowledged < to:
        answer = await call.read()
        assert answer is not grpc.aio.EOF, "it ended before"  # type: ignore[attr-defined]  # the stubs lack it
        found.append(answer)
    return found


async def ended(call: Any) -> tuple[grpc.StatusCode, list[Any]]:
    """How it ended, and what was answered before."""
    found: list[Any] = []
    try:
        while (answer := await call.read()) is not grpc.aio.EOF:  # type: ignore[attr-defined]  # the stubs lack it
            found.append(answer)
    except grpc.aio.AioRpcError:
        pass  # the code is asked for below
    return await call.code(), found


def test_messages_are_acknowledged_in_order_and_only_what_is_not_accepted_is_named() -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            await call.write(message(7, "p-1", "bad-2", "p-3", deletions=["p-4"]))
            [first] = await answers(call, 7)
            assert [(each.sequence, each.index, each.item.post_id) for each in first.outcomes] == [(7, 1, "bad-2")]
            assert first.outcomes[0].item.status == ingest_pb2.STATUS_REJECTED
            assert first.outcomes[0].item.problems[0].code == "blank"
            for sequence in (8, 9, 40):
                await call.write(message(sequence, f"p-{sequence}", f"bad-{sequence}"))
            rest = await answers(call, 40)
            assert [answer.acknowledged for answer in rest] == sorted({answer.acknowledged for answer in rest})
            named = [(each.sequence, each.index) for answer in rest for each in answer.outcomes]
            assert named == [(8, 1), (9, 1), (40, 1)]
            await call.write(message(41))
            assert [answer.acknowledged for answer in await answers(call, 41)] == [41], "an empty one, too"
            await call.done_writing()
            assert await ended(call) == (grpc.StatusCode.OK, [])
            assert served.intake.on_record == ["p-1", "p-3", "p-4", "p-8", "p-9", "p-40"]

    asyncio.run(scenario())


def test_what_waits_goes_together_and_what_is_read_ahead_is_bounded() -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            served.intake.go.clear()
            sent = 0

            async def send() -> None:
                nonlocal sent
                for sequence in range(1, 4_001):
                    # 200 kB of them, so that the window of the connection does not hold all that is sent
                    names = [f"p-{sequence}-{number}" for number in range(40)]
                    await call.write(message(sequence, *names))
                    sent = sequence

            sending = asyncio.create_task(send())
            await until(lambda: bool(served.intake.asked))
            # Nobody accepts: the sender comes to a stand, long before everything is sent.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(sending), 2)
            assert sent < 4_000
            served.intake.go.set()
            await until(lambda: len(served.intake.asked) >= 4)
            sizes = [len(names) for names in served.intake.asked]
            assert max(sizes[1:]) > 40, "what waited goes together"
            assert max(sizes) <= 1_000
            sending.cancel()
            order = [name for names in served.intake.asked for name in names]
            assert (
                order
                == [f"p-{sequence}-{number}" for sequence in range(1, 4_001) for number in range(40)][: len(order)]
            )

    asyncio.run(scenario())


def test_no_more_is_read_than_may_wait() -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            served.intake.go.clear()
            for sequence in range(1, MOST_MESSAGES * 2):
                await call.write(message(sequence, f"p-{sequence}"))
            await until(lambda: bool(served.intake.asked))
            served.intake.go.set()
            await answers(call, MOST_MESSAGES * 2 - 1)
            assert max(map(len, served.intake.asked)) <= MOST_MESSAGES
            assert MOST_ITEMS >= MOST_MESSAGES

    asyncio.run(scenario())


def test_kafka_away_ends_it_and_what_was_acknowledged_is_the_place_to_go_on_from() -> None:
    async def scenario() -> None:
        async with serving() as served:
            async with calling(served) as call:
                await call.write(message(1, "p-1"))
                await answers(call, 1)
                await call.write(message(2, "away-2", "p-2"))
                code, late = await ended(call)
                assert (code, late) == (grpc.StatusCode.UNAVAILABLE, [])
                assert ("retry-after", "5") in list(await call.trailing_metadata())
            async with calling(served) as call:
                await call.write(message(2, "p-2", "p-3"))
                assert [answer.acknowledged for answer in await answers(call, 2)] == [2]
            assert served.intake.on_record == ["p-1", "p-2", "p-3"]

    asyncio.run(scenario())


@pytest.mark.parametrize("sequence", [0, 3, 5])
def test_a_sequence_that_does_not_rise_ends_it_after_what_came_before(sequence: int) -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            await call.write(message(5, "p-5"))
            await call.write(message(sequence, "p-x"))
            code, told = await ended(call)
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            assert [answer.acknowledged for answer in told] == [5]
            assert served.intake.on_record == ["p-5"]

    asyncio.run(scenario())


def test_too_many_items_in_one_message_end_it() -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            crowd = ingest_pb2.PublishStreamRequest(sequence=1, posts=[ingest_pb2.Post()] * 1_001)
            await call.write(crowd)
            assert await ended(call) == (grpc.StatusCode.INVALID_ARGUMENT, [])
            assert "at most 1000" in await call.details()

    asyncio.run(scenario())


def test_told_to_stop_it_acknowledges_what_it_has_read_and_says_so() -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            served.intake.go.clear()
            await call.write(message(1, "p-1"))
            await until(lambda: bool(served.intake.asked))
            served.stop.set()
            served.intake.go.set()
            code, told = await ended(call)
            assert code is grpc.StatusCode.UNAVAILABLE
            assert [answer.acknowledged for answer in told] == [1]
            assert "stopping" in await call.details()

    asyncio.run(scenario())


def test_a_stream_is_slowed_down_by_its_quota_and_a_single_call_is_refused() -> None:
    async def scenario() -> None:
        quota = SlowQuota()
        async with serving(quota) as served, calling(served) as call:
            await call.write(message(1, "p-1", "p-2"))
            await answers(call, 1)
            assert quota.asked == [2, 2]
            async with grpc.aio.insecure_channel(f"127.0.0.1:{served.port}") as channel:
                stub = ingest_pb2_grpc.IngestServiceStub(channel)
                request = ingest_pb2.PublishRequest(posts=[post_message(post())])
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await stub.Publish(request, metadata=[("authorization", f"Bearer {TOKEN}")])
                assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
                assert [tuple(pair)[1] for pair in cast(Any, caught.value.trailing_metadata())] == ["1"]
            assert served.intake.on_record == ["p-1", "p-2"]

    asyncio.run(scenario())


def test_who_may_not_is_told_so_at_once_or_when_it_tries() -> None:
    async def scenario() -> None:
        async with serving() as served:
            for token, code in (
                ("fwi_nobody", grpc.StatusCode.UNAUTHENTICATED),
                (SIGNING, grpc.StatusCode.PERMISSION_DENIED),
            ):
                async with calling(served, token) as call:
                    assert await ended(call) == (code, [])
            async with calling(served, POSTING) as call:
                await call.write(message(1, "p-1"))
                await answers(call, 1)
                assert served.intake.within == [("two",)], "only the communities of the token"
                await call.write(message(2, deletions=["p-1"]))
                assert await ended(call) == (grpc.StatusCode.PERMISSION_DENIED, [])

    asyncio.run(scenario())


def test_a_token_that_is_taken_away_ends_a_stream_that_is_open() -> None:
    async def scenario() -> None:
        async with serving() as served, calling(served) as call:
            await call.write(message(1, "p-1"))
            await answers(call, 1)
            served.senders = Integrations(integrations=())
            await call.write(message(2, "p-2"))
            assert await ended(call) == (grpc.StatusCode.UNAUTHENTICATED, [])
            assert served.intake.on_record == ["p-1"]

    asyncio.run(scenario())


def test_a_caller_that_hangs_up_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        async with serving() as served:
            before = len(asyncio.all_tasks())
            async with calling(served) as call:
                await call.write(message(1, "p-1"))
                await answers(call, 1)
            await until(lambda: len(asyncio.all_tasks()) <= before)

    asyncio.run(scenario())


def test_the_server_describes_itself() -> None:
    async def scenario() -> None:
        async with serving() as served:

            def described() -> list[str]:
                with grpc.insecure_channel(f"127.0.0.1:{served.port}") as channel:
                    return list(ProtoReflectionDescriptorDatabase(channel).get_services())

            assert set(await asyncio.to_thread(described)) >= {SERVICE, "grpc.health.v1.Health"}

    asyncio.run(scenario())


@pytest.mark.parametrize("method", ("Publish", "PublishEvents", "Appeal"))
def test_bytes_that_are_no_message_are_the_callers_mistake(method: str) -> None:
    async def scenario() -> None:
        async with serving() as served, grpc.aio.insecure_channel(f"127.0.0.1:{served.port}") as untyped:
            channel: Any = untyped  # without serializers: bytes go over as they are
            call = channel.unary_unary(f"/{SERVICE}/{method}")
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call(b"\xff\xff\xff", metadata=[("authorization", f"Bearer {TOKEN}")])
            assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
            assert served.intake.asked == []

    asyncio.run(scenario())


def test_a_stream_ends_at_bytes_that_are_no_message_and_what_came_before_is_acknowledged() -> None:
    async def scenario() -> None:
        async with serving() as served, grpc.aio.insecure_channel(f"127.0.0.1:{served.port}") as untyped:
            channel: Any = untyped
            call = channel.stream_stream(f"/{SERVICE}/PublishStream")(metadata=[("authorization", f"Bearer {TOKEN}")])
            await call.write(message(1, "p-1").SerializeToString())
            await call.write(b"\xff\xff\xff")
            code, answered = await ended(call)
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            told = [ingest_pb2.PublishStreamResponse.FromString(each).acknowledged for each in answered]
            assert (told, served.intake.on_record) == ([1], ["p-1"])

    asyncio.run(scenario())
