"""The stream of decisions: resumed by its cursor with nothing missing and nothing twice, for whom it is meant alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from google.protobuf.timestamp_pb2 import Timestamp

from feuerwache.common.events.decision import Action, Severity
from feuerwache.common.kafka.topics import DECISIONS_MADE
from feuerwache.ingest.integration import hash_of, new_token
from feuerwache.ingest.outbound import cursor as cursors
from feuerwache.ingest.v1.decisions_pb2 import StreamDecisionsResponse
from support.decisions import decision, event, hit, withdrawn
from support.kafka import until
from support.outbound import (
    TOKEN,
    Outbound,
    configure,
    ids,
    make_settings,
    read,
    running,
    station,
    stream,
)
from support.servers import KafkaServer

HOLD, REMOVE, APPROVE = Action.HOLD, Action.REMOVE, Action.APPROVE


def an_hour_ago() -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime((datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None))
    return stamp


async def refused(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(30):
            while True:
                message = await call.read()
                assert isinstance(message, StreamDecisionsResponse), "it ended without a status"
    return caught.value.code(), caught.value.details() or ""


def test_killed_with_its_reader_it_goes_on_with_nothing_missing_and_nothing_twice(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
        async with station(settings) as one:
            made = [event(decision(HOLD, post=f"p-{number % 50}", revision=number)) for number in range(300)]
            await one.decide(*made[:150])
            found: list[Any] = []
            cursor = ""
            for part in (40, 90, 170):
                await one.start()
                more: dict[str, Any] = {} if cursor else {"since": an_hour_ago()}
                async with stream(await one.listening(), cursor, **more) as call:
                    some, cursor = await read(call, part)
                    found += some
                    if part == 90:
                        await one.decide(*made[150:])
                    await one.kill()
        assert sorted(one.id for one in found) == sorted(ids(made)), "each exactly once"
        for post in range(50):
            revisions = [one.revision for one in found if one.post_id == f"p-{post}"]
            assert revisions == sorted(revisions)

    asyncio.run(scenario())


def test_a_reader_gets_what_is_meant_for_it_as_it_happens_and_is_told_that_the_line_is_alive(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        outlet = "      can: [hold, approve]\n"
        configure(tmp_path, {"forum": ""}, outlet)
        async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            urgent = (hit(REMOVE, severity=Severity.CRITICAL),)
            filters: dict[str, Any] = {"filter": {"min_severity": "high", "actions": ["remove"]}}
            async with stream(one.grpc_port()) as plain, stream(one.grpc_port(), **filters) as choosy:
                for call in (plain, choosy):
                    assert (await call.read()).WhichOneof("what") == "heartbeat"
                first, second = event(decision(HOLD)), event(decision(REMOVE, rules=urgent))
                kept = [event(decision(HOLD, dry_run=True)), event(decision(HOLD, canary=True))]
                await one.decide(*kept, event(decision(HOLD, platform="facebook")), event(withdrawn()), first, second)
                found, _ = await read(plain, 2)
                assert [one.id for one in found] == ids([first, second])
                asked = found[1].actions[0]
                assert (asked.action, asked.instead_of, found[1].severity) == ("hold", "remove", "critical")
                assert found[1].statement.facts == "Fakten"
                [only], before = await read(choosy, 1)
                assert only.id == str(second.id)
                # What is not meant for it moves its cursor all the same, by a heartbeat.
                await one.decide(event(decision(HOLD)))
                message = await choosy.read()
                while cursors.decode(message.cursor, 2) == cursors.decode(before, 2):
                    message = await choosy.read()
                assert message.WhichOneof("what") == "heartbeat"
                assert one.count("streams", integration="forum") == 2
            assert one.count("streamed_total", integration="forum") == 4

            async def closed() -> bool:
                return one.count("streams", integration="forum") == 0

            await until(closed, "both readers are gone")

    asyncio.run(scenario())


def test_who_may_not_or_asks_nonsense_is_told_so(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        posting, file = new_token(), tmp_path / "integrations.yaml"
        scoped = f"    tokens: [{{sha256: {hash_of(posting)}, may: [posts, events]}}]\n    outbound:"
        file.write_text(file.read_text().replace("    outbound:", scoped))
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, streams_per_integration=1)
        async with running(settings) as one:
            port = one.grpc_port()
            for token in ("", "fwi_somebody-else-0123456789-0123456789", TOKEN[:-1]):
                async with stream(port, token=token) as call:
                    assert (await refused(call))[0] is grpc.StatusCode.UNAUTHENTICATED
            async with stream(port, token=posting) as call:
                assert (await refused(call))[0] is grpc.StatusCode.PERMISSION_DENIED
            assert one.count("unauthorized_total") == 3
            nonsense: tuple[dict[str, Any], ...] = (
                {"cursor": "swordfish"},
                {"cursor": cursors.encode([1, 2, 3])},
                {"filter": {"actions": ["explode"]}},
                {"filter": {"actions": ["escalate"]}},
                {"filter": {"causes": ["whim"]}},
                {"filter": {"min_severity": "urgent"}},
                {"since": Timestamp(seconds=-(10**10))},
            )
            for bad in nonsense:
                async with stream(port, **bad) as call:
                    code, why = await refused(call)
                    assert code is grpc.StatusCode.INVALID_ARGUMENT, bad
                    assert "swordfish" not in why
            async with stream(port, cursor=cursors.encode([10**9, 0])) as call:
                assert (await refused(call))[0] is grpc.StatusCode.OUT_OF_RANGE
            async with stream(port) as first:
                await first.read()
                async with stream(port) as second:
                    assert (await refused(second))[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
                # Taken away while it reads: it ends at the next look.
                file = tmp_path / "integrations.yaml"
                file.write_text(file.read_text().split("    outbound:")[0])
                assert (await refused(first))[0] is grpc.StatusCode.PERMISSION_DENIED

    asyncio.run(scenario())


def test_a_place_that_is_no_longer_kept_is_an_error_and_no_jump(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            await one.decide(*(event(decision(HOLD, post=f"p-{number}")) for number in range(6)))
            async with stream(one.grpc_port(), since=an_hour_ago()) as call:
                _, early = await read(call, 1)
            await forget(one)
            async with stream(one.grpc_port(), cursor=early) as call:
                code, why = await refused(call)
            assert code is grpc.StatusCode.OUT_OF_RANGE
            assert "no longer kept" in why

    asyncio.run(scenario())


async def forget(one: Outbound) -> None:
    """The broker drops what has been decided so far, as it does after a year."""
    name = one.settings.topics().of(DECISIONS_MADE)
    admin = AIOKafkaAdminClient(bootstrap_servers=one.settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(name, number): RecordsToDelete(3) for number in range(2)})
    finally:
        await admin.close()


def test_told_to_stop_it_says_so_and_the_cursor_is_good(tmp_path: Path, kafka: KafkaServer, topic_prefix: str) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
        made = [event(decision(HOLD, post=f"p-{number}")) for number in range(2)]
        async with running(settings) as one, stream(one.grpc_port()) as call:
            await call.read()
            await one.decide(made[0])
            [first], cursor = await read(call, 1)
            assert one.shell is not None
            one.shell.stop.set()
            code, why = await refused(call)
            assert code is grpc.StatusCode.UNAVAILABLE
            assert "same cursor" in why
        async with running(settings) as one, stream(one.grpc_port(), cursor) as call:
            await one.decide(made[1])
            [second], _ = await read(call, 1)
        assert [first.id, second.id] == ids(made)

    asyncio.run(scenario())
