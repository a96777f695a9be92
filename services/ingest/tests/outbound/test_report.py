"""What a platform reports it did with decisions of its stream: receipts, once, and only for what it was told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import SystemClock
from feuerwache.common.events.decision import Action
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.topics import ACTIONS_RECEIPTS
from feuerwache.ingest.integration import Gate, load_senders, read_tokens
from feuerwache.ingest.outbound.cursor import BadCursor, decode, decode_place, encode, encode_place
from feuerwache.ingest.outbound.metrics import Metrics
from feuerwache.ingest.outbound.report import MOST, Reports
from feuerwache.ingest.outbound.stream import DecisionService
from feuerwache.ingest.v1 import decisions_pb2, decisions_pb2_grpc
from support.decisions import decision, event
from support.outbound import TOKEN, configure, make_settings, partition_for, read, running, station, stream
from support.servers import KafkaServer

HOLD, HIDE, WARN, WELCOME, APPROVE = Action.HOLD, Action.HIDE, Action.WARN, Action.WELCOME, Action.APPROVE


@asynccontextmanager
async def calls(port: int) -> AsyncIterator[decisions_pb2_grpc.DecisionServiceStub]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield decisions_pb2_grpc.DecisionServiceStub(channel)


async def report(port: int, *reports: dict[str, Any], token: str = TOKEN) -> list[Any]:
    request = decisions_pb2.ReportActionsRequest(reports=[decisions_pb2.ActionReport(**one) for one in reports])
    async with calls(port) as stub:
        answer = await stub.ReportActions(request, metadata=[("authorization", f"Bearer {token}")])
    return list(answer.results)


async def told(one: Any, *events: Any) -> list[Any]:
    """These decisions as the platform gets them, in the order of `events`."""
    async with stream(one.grpc_port()) as call:
        await call.read()
        await one.decide(*events)
        found, _ = await read(call, len(events))
    by_id = {message.id: message for message in found}
    return [by_id[str(each.id)] for each in events]


def of(message: Any, **more: Any) -> dict[str, Any]:
    return {"decision_id": message.id, "place": message.place, **more}


def test_what_was_done_is_on_record_as_a_webhooks_answer_would_be_and_a_repeat_changes_nothing(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""}, "      can: [hold, warn]\n")
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
        both, held, other = event(decision(HIDE, WARN, WELCOME)), event(decision(HOLD, post="p-2")), decision(HOLD)
        async with running(settings) as one:
            first, second, _ = await told(one, both, held, event(other))
            words = {"warn": {"status": "refused", "reason": "has\nleft " + "x" * 300}}
            results = await report(
                one.grpc_port(), of(second, status="failed", reason="try later"), of(first, actions=words)
            )
            assert [(each.decision_id, each.accepted, each.problem) for each in results] == [
                (str(held.id), True, ""),
                (str(both.id), True, ""),
            ]
            done = await one.receipts()
            assert [
                (r.decision_id, r.action.value, r.status, r.integration) for r in done if r.decision_id == both.id
            ] == [
                (both.id, "hide", "done", "forum"),
                (both.id, "warn", "refused", "forum"),
                (both.id, "welcome", "not_supported", "forum"),
            ]
            assert [r.reason for r in done if r.action is HIDE] == ["done as hold"]
            assert max(len(r.reason) for r in done) == 200
            assert all("\n" not in r.reason for r in done)
            [failed] = [r for r in done if r.decision_id == held.id]
            assert (failed.status, failed.reason, failed.ref) == ("failed", "try later", held.data.ref)
            records = await one.records(ACTIONS_RECEIPTS)
            assert {record.key for record in records} == {author_key("c", "a-1")}
            assert {record.partition for record in records} == {partition_for("p-1"), partition_for("p-2")}
            ids = {record.event().id for record in records}
            assert len(ids) == 4
            assert one.count("reported_total", integration="forum", outcome="accepted") == 2
        # Another process: it remembers nothing, and what is said again is the same receipt.
        async with running(settings) as one:
            again = await report(one.grpc_port(), of(second, status="failed"), of(first, actions=words))
            assert all(each.accepted for each in again)
            assert {record.event().id for record in await one.records(ACTIONS_RECEIPTS)} == ids
            # A word that has changed since is another one.
            assert (await report(one.grpc_port(), of(second)))[0].accepted
            words_of_it = [r.status for r in await one.receipts() if r.decision_id == held.id]
            assert words_of_it == ["failed", "failed", "done"], "in its order, so the last one counts"
            assert len({record.event().id for record in await one.records(ACTIONS_RECEIPTS)}) == 5

    asyncio.run(scenario())


def test_a_wrong_report_is_told_so_and_holds_up_no_other(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""}, "      can: [hold, approve]\n")
        async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            kept = [
                event(decision(HOLD, community="d")),
                event(decision(HOLD, platform="facebook")),
                event(decision(HOLD, dry_run=True)),
                event(decision(HOLD, canary=True)),
            ]
            await one.decide(*kept)
            good, _ = await told(one, event(decision(HIDE)), event(decision(HOLD)))
            partition = partition_for("p-1")
            foreign = [
                {"decision_id": str(each.id), "place": encode_place(partition, offset)}
                for offset, each in enumerate(kept)
            ]
            stranger = "no decision of yours"
            wrong: tuple[tuple[dict[str, Any], str], ...] = (
                *((each, stranger) for each in foreign),
                (of(good, decision_id=str(kept[0].id)), stranger),
                (of(good, place=encode_place(partition, 0)), stranger),
                (of(good, place=encode_place(partition, 10**9)), stranger),
                (of(good, place=encode_place(77, 0)), stranger),
                (of(good, place="swordfish"), "place: "),
                (of(good, place=encode([0, 0])), "place: "),
                (of(good, decision_id="4711"), "decision_id: "),
                (of(good, status="perhaps"), "status: "),
                (of(good, actions={"hold": {"status": "perhaps"}}), "status: "),
                (of(good, actions={"explode": {}}), "actions: "),
                (of(good, actions={"hide": {}}), "actions: hide was not asked; it was: hold"),
            )
            results = await report(one.grpc_port(), *(sent for sent, _ in wrong), of(good))
            for result, (sent, why) in zip(results, wrong, strict=False):
                assert not result.accepted, sent
                assert result.problem.startswith(why), (sent, result.problem)
                assert "swordfish" not in result.problem
            assert results[-1].accepted
            [only] = await one.receipts()
            assert (str(only.decision_id), only.action, only.status) == (good.id, HIDE, "done")
            assert one.count("reported_total", integration="forum", outcome="rejected") == len(wrong)

    asyncio.run(scenario())


def test_who_may_not_or_sends_too_much_is_told_so(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
        async with running(settings) as one:
            for reports, token, code in (
                (1, TOKEN[:-1], grpc.StatusCode.UNAUTHENTICATED),
                (0, TOKEN, grpc.StatusCode.INVALID_ARGUMENT),
                (MOST + 1, TOKEN, grpc.StatusCode.INVALID_ARGUMENT),
            ):
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await report(one.grpc_port(), *[{"place": "x"}] * reports, token=token)
                assert refused.value.code() is code
            assert len(await report(one.grpc_port(), *[{"place": "x"}] * MOST)) == MOST
        file = tmp_path / "integrations.yaml"
        file.write_text(file.read_text().split("    outbound:")[0])
        async with running(settings) as one:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await report(one.grpc_port(), {"place": "x"})
            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED

    asyncio.run(scenario())


def test_while_kafka_is_away_nothing_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        settings, clock = make_settings(tmp_path, f"127.0.0.1:{port}", "away."), SystemClock()
        senders = load_senders(tmp_path)
        gate = Gate(lambda: senders.integrations, read_tokens(settings.integration_tokens_file))
        reports = Reports(settings, EventProducer(settings), clock)
        server = grpc.aio.server()
        service = DecisionService(gate, reports, settings, clock, Metrics(CollectorRegistry()), stop=asyncio.Event())
        decisions_pb2_grpc.add_DecisionServiceServicer_to_server(service, server)
        listens = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        sent = {"decision_id": "0b0ef0f4-6f3c-5b0a-9b36-2f1f6f1f2a11", "place": encode_place(0, 0)}
        try:
            for _ in range(settings.streams_per_integration + 1):  # one that has failed is no longer open
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await report(listens, sent)
                assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
                assert "send everything again" in (refused.value.details() or "")
        finally:
            await server.stop(None)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    asyncio.run(scenario())


def test_killed_before_it_could_answer_what_is_reported_again_is_on_record_once(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        async with station(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            made = [event(decision(HOLD, post=f"p-{number}")) for number in range(40)]
            marker = tmp_path / "hit"
            await one.start(FEUERWACHE_CHAOS=f"outbound.after_report@{marker}")
            port = await one.listening()
            async with stream(port) as call:
                await call.read()
                await one.decide(*made)
                found, _ = await read(call, len(made))
            sent = [of(message) for message in found]
            with pytest.raises(grpc.aio.AioRpcError) as cut:
                await report(port, *sent)
            assert cut.value.code() is grpc.StatusCode.UNAVAILABLE
            assert await one.ended() == -9
            assert marker.exists(), "the kill hit"
            before = [record.event().id for record in await one.records(ACTIONS_RECEIPTS)]
            assert len(before) == len(made), "and nobody was told"
            await one.start()
            assert all(result.accepted for result in await report(await one.listening(), *sent))
            by_id = {record.event().id: record.event().data for record in await one.records(ACTIONS_RECEIPTS)}
            assert by_id.keys() == set(before)
            assert {receipt.decision_id for receipt in by_id.values()} == {each.id for each in made}

    asyncio.run(scenario())


def test_a_place_is_no_cursor_and_a_cursor_no_place() -> None:
    assert decode_place(encode_place(11, 4711)) == (11, 4711)
    for word in (encode([1, 2]), encode([1]), encode_place(1, 2)[:-1], "", "x" * 5000):
        with pytest.raises(BadCursor):
            decode_place(word)
    with pytest.raises(BadCursor):
        decode(encode_place(1, 2), 2)
