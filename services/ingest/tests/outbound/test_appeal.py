"""Where an appeal stands reaches the platform, after the decision it follows, over a real broker, HTTP and gRPC."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from prometheus_client import CollectorRegistry

from feuerwache.common.clock import SystemClock
from feuerwache.common.events import codec
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Action, AppealState
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import DECISIONS_MADE, TopicNames
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.outbound.courier import Courier
from feuerwache.ingest.outbound.metrics import Metrics
from feuerwache.ingest.outbound.office import Limits, Office
from feuerwache.ingest.outbound.outcome import Outcome
from feuerwache.ingest.outbound.outlet import Outlet
from feuerwache.ingest.outbound.parcel import Parcel
from feuerwache.ingest.outbound.platform import Handover
from feuerwache.ingest.outbound.valve import Valve
from support.decisions import HUMAN, appealed, decision, event, withdrawn
from support.kafka import until
from support.outbound import Hook, configure, hooks, ids, make_settings, running, stream
from support.peers.wire import Reply
from support.servers import KafkaServer

HOLD, APPROVE, REMOVE = Action.HOLD, Action.APPROVE, Action.REMOVE
OPEN, REPEATED, UPHELD = AppealState.OPEN, AppealState.REPEATED, AppealState.UPHELD


def test_an_answer_waits_for_the_decision_before_it_over_a_restart_and_gives_way_to_a_later_one_only(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook(lambda body: Reply("503 Away") if body["type"] == "decision.made" else Reply())
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
            first = event(decision(REMOVE))
            opened, repeated, upheld = (event(appealed(state, first.id)) for state in (OPEN, REPEATED, UPHELD))
            second = event(decision(APPROVE, cause="human", supersedes=first.id))
            elsewhere = event(appealed(OPEN, first.id, post="free"))
            async with running(settings) as one:
                await one.decide(first, opened, repeated, elsewhere)

                async def parked() -> bool:
                    return await one.parked() == ["p-1", "p-1"] and len(hook.taken) == 1

                await until(parked, "the decision and the appeal after it are parked, the other appeal has gone out")
                assert hook.taken == ids([elsewhere])
                await one.decide(second, upheld)

                async def replaced() -> bool:
                    return one.count("deliveries_total", integration="forum", outcome="superseded") == 3

                await until(replaced, "repeated, the first decision and the open appeal are skipped")
            hook.script = lambda _: Reply()
            async with running(settings) as one:

                async def empty() -> bool:
                    return await one.parked() == []

                await until(empty, "nothing is parked any more")
                assert [receipt.decision_id for receipt in await one.receipts()] == [second.id]
        assert hook.taken == ids([elsewhere, second, upheld])
        answer = hook.bodies()[-1]
        assert (answer["type"], answer["data"]["state"]) == ("appeal.changed", "upheld")
        assert answer["data"]["decision_id"] == str(first.id)
        assert not [call for call in hook.calls if HUMAN.person_id.encode() in call.body]
        assert not {str(opened.id), str(repeated.id)} & set(hook.ids())

    asyncio.run(scenario())


def test_the_end_of_a_post_ends_no_appeal_and_what_is_not_taken_is_tried_again_with_the_same_id(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        answers = iter([Reply("500 No"), Reply("500 No"), Reply("422 No such author")])
        hook = Hook(lambda body: Reply("503 Away") if body["type"] == "decision.made" else next(answers))
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
                made = event(decision(HOLD))
                told = event(appealed(UPHELD, made.id))
                await one.decide(made, told, event(withdrawn()))

                async def refused() -> bool:
                    return one.count("deliveries_total", integration="forum", outcome="refused") == 1

                await until(refused, "the platform has refused the answer")

                async def empty() -> bool:
                    return await one.parked() == []

                await until(empty, "nothing is parked any more")
                assert await one.receipts() == [], "no action was asked for"
        assert hook.ids().count(str(told.id)) == 3

    asyncio.run(scenario())


def test_an_answer_that_was_tried_for_a_day_is_a_dead_letter_and_no_receipt(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook = Hook(lambda _: Reply("500 No"))
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, outbound_patience_seconds=1.0)
            async with running(settings) as one:
                made = event(appealed(UPHELD, event(decision(HOLD)).id))
                await one.decide(made)

                async def dead() -> bool:
                    return len(await one.dead_letters()) == 1 and await one.parked() == []

                await until(dead, "it is a dead letter")
        [letter] = await one.dead_letters()
        assert letter.event() == made, "untouched"
        assert await one.receipts() == []

    asyncio.run(scenario())


def test_a_stream_has_every_state_of_an_appeal_in_its_order(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        configure(tmp_path, {"forum": ""})
        async with running(make_settings(tmp_path, kafka.bootstrap, topic_prefix)) as one:
            made = event(decision(HOLD))
            told = [event(appealed(state, made.id)) for state in (OPEN, REPEATED, UPHELD)]
            left_out = [
                event(appealed(OPEN, made.id, dry_run=True)),
                event(appealed(OPEN, made.id, platform="facebook")),
                event(appealed(OPEN, made.id, community="other")),
            ]
            await one.decide(made, *left_out, *told)
            since = Timestamp()
            since.FromDatetime((datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None))
            narrow: dict[str, Any] = {"since": since, "filter": {"causes": ["human"], "min_severity": "critical"}}
            found: list[Any] = []
            async with stream(one.grpc_port(), **narrow) as call, asyncio.timeout(30):
                while len(found) < 2:
                    message = await call.read()
                    if message.WhichOneof("what") != "heartbeat":
                        found.append(message)
            # Goes on with its cursor, as after a decision.
            async with stream(one.grpc_port(), found[-1].cursor) as call, asyncio.timeout(30):
                while len(found) < 3:
                    message = await call.read()
                    if message.WhichOneof("what") != "heartbeat":
                        found.append(message)
        assert [message.appeal.id for message in found] == ids(told)
        assert [message.appeal.state for message in found] == ["open", "repeated", "upheld"]
        assert found[2].appeal.decision_id == str(made.id)
        assert found[2].appeal.answer == told[2].data.answer
        assert HUMAN.person_id not in str(found)

    asyncio.run(scenario())


def parcel(made: Event[Any]) -> Parcel:
    value, headers = codec.encode(made)
    return Parcel(Record(DECISIONS_MADE.name, 0, 7, 1_700_000_000_000, b"c", value, tuple(headers)), made)


class Nobody:
    """A platform that is never called."""

    async def deliver(self, handover: Handover) -> Outcome:
        raise AssertionError(f"{handover.delivery_id} was sent")

    async def close(self) -> None: ...


def office() -> Office:
    """Its platform was left alone for a moment, which is over: one may try."""
    integration = Integration(id="forum", platform="forum", communities=("c",), outbound=Outlet(can=(HOLD,)))

    async def pause(reason: str) -> None:
        raise AssertionError(reason)

    clock, valve = SystemClock(), Valve(0.0, 0.0)
    valve.failed(event(decision(HOLD)).id, clock.monotonic() - 60, "HTTP 429", asked=1.0)
    assert valve.closed
    metrics, places = Metrics(CollectorRegistry()), asyncio.Semaphore(1)
    return Office(lambda: integration, Nobody(), valve, clock, TopicNames(""), metrics, Limits(), places, pause)


def test_an_appeal_that_waits_for_a_decision_keeps_nothing_from_being_read() -> None:
    """A platform that may be back is asked with what was never tried; this one cannot be tried, so the next one is."""

    async def scenario() -> None:
        made = event(decision(HOLD))
        tried = parcel(made).tried(0, timedelta(), "HTTP 500")
        waits, free = parcel(event(appealed(OPEN, made.id))), parcel(event(appealed(OPEN, made.id, post="free")))
        for parked, holds in (([tried, waits], False), ([tried, waits, free], True)):

            async def shelf(_: int, parked: list[Parcel] = parked) -> list[Parcel]:
                return parked

            courier = Courier(0, office(), shelf)
            await courier.start({})
            assert courier.holds() is holds

    asyncio.run(scenario())
