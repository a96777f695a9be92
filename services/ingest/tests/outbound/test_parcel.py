"""What waits for another try: kept as it was, and read back whole, whatever other integrations are writing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from feuerwache.common.clock import AcceleratedClock, SystemClock
from feuerwache.common.errors import FatalError, InvalidRecord
from feuerwache.common.events import codec
from feuerwache.common.events.decision import Action, AppealState
from feuerwache.common.health import Health
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.keys import author_key
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import DECISIONS_MADE, OUTBOUND_PARKED
from feuerwache.common.process import Process
from feuerwache.ingest.outbound.bootstrap import serve
from feuerwache.ingest.outbound.document import Skipped
from feuerwache.ingest.outbound.parcel import MOST_SKIPPED, Parcel, restored, unparked
from feuerwache.ingest.outbound.shelf import read_shelf
from support.decisions import appealed, decision, event, withdrawn
from support.outbound import TOPICS, configure, make_settings
from support.servers import KafkaServer

HOLD = Action.HOLD


def parcel(post: str = "p-1", offset: int = 7, partition: int = 0, topic: str = DECISIONS_MADE.name) -> Parcel:
    made = event(decision(HOLD, post=post))
    value, headers = codec.encode(made)
    key = author_key("c", "a-1")
    return Parcel(Record(topic, partition, offset, 1_700_000_000_000, key, value, tuple(headers)), made)


APPEALED = uuid4()


def appeal(state: AppealState = AppealState.OPEN, decision_id: UUID = APPEALED) -> Parcel:
    """About the same post as `parcel`."""
    told = event(appealed(state, decision_id))
    value, headers = codec.encode(told)
    record = Record(DECISIONS_MADE.name, 0, 8, 1_700_000_000_000, author_key("c", "a-1"), value, tuple(headers))
    return Parcel(record, told)


def as_record(outgoing: Outgoing) -> Record:
    return Record(outgoing.topic, outgoing.partition, 99, 5, outgoing.key, outgoing.value, tuple(outgoing.headers))


def test_a_parked_decision_is_read_back_as_it_was() -> None:
    before = parcel().in_place_of(parcel(offset=3)).tried(1_000, timedelta(seconds=2), "HTTP 503: später")
    outgoing = before.parked("parked", "forum")
    assert outgoing.value == before.record.value
    assert restored(as_record(outgoing), DECISIONS_MADE.name) == before
    assert (before.tries, before.first_ms, before.due_ms, len(before.skipped)) == (1, 1_000, 3_000, 1)


def test_a_parked_appeal_is_read_back_as_it_was_and_stands_beside_the_decision_about_its_post() -> None:
    before = appeal().tried(1_000, timedelta(seconds=2), "HTTP 503")
    outgoing = before.parked("parked", "forum")
    assert restored(as_record(outgoing), DECISIONS_MADE.name) == before
    others = (parcel(), appeal(decision_id=uuid4()), appeal(AppealState.UPHELD))
    keys = [one.parked("parked", "forum").key for one in others]
    assert outgoing.key not in keys[:2]
    assert outgoing.key == keys[2]
    assert unparked("parked", "forum", 0, before.slot).key == outgoing.key


def test_an_answer_that_waits_gives_way_to_a_later_state_and_not_to_a_repeated_appeal() -> None:
    waiting = appeal(AppealState.UPHELD)
    for state in AppealState:
        assert appeal(state).replaces(waiting) is (state is not AppealState.REPEATED)
    assert appeal(AppealState.REPLACED).in_place_of(waiting).skipped == (), "only decisions tell whom they skip"


def test_nothing_but_a_decision_or_an_appeal_is_parked() -> None:
    value, headers = codec.encode(event(withdrawn()))
    parked = parcel().parked("parked", "forum")
    ours = [header for header in parked.headers if header[0].startswith("fw_outbound_")]
    with pytest.raises(InvalidRecord, match="neither a decision nor an appeal"):
        restored(replace(as_record(parked), value=value, headers=(*headers, *ours)), DECISIONS_MADE.name)


def test_many_decisions_that_were_skipped_do_not_pile_up() -> None:
    last = parcel()
    for _ in range(3 * MOST_SKIPPED):
        last = parcel().in_place_of(last)
    assert len(last.skipped) == MOST_SKIPPED
    assert all(isinstance(one, Skipped) for one in last.skipped)


def test_only_what_was_tried_for_so_long_is_given_up() -> None:
    day = timedelta(days=1)
    waiting = parcel().put_off(10**15, "the platform is away")
    assert not waiting.expired(10**15, day)
    tried = waiting.tried(0, timedelta(), "HTTP 500").tried(1, timedelta(), "HTTP 500")
    assert not tried.expired(86_400_000 - 1, day)
    assert tried.expired(86_400_000, day)


@pytest.mark.parametrize("broken", ["no state", "bad state", "no decision"])
def test_a_parked_record_that_is_none_is_told(broken: str) -> None:
    record = as_record(parcel().parked("parked", "forum"))
    match broken:
        case "no state":
            record = replace(record, headers=record.headers[:-1])
        case "bad state":
            record = replace(record, headers=(*record.headers[:-1], (record.headers[-1][0], b"[1]")))
        case _:
            record = replace(record, value=b"{}")
    with pytest.raises(InvalidRecord):
        restored(record, DECISIONS_MADE.name)


def test_what_is_parked_is_read_whole_behind_a_transaction_of_another_integration(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    """A reader of committed records ends before the first open transaction, and ours may lie behind it."""

    async def scenario() -> None:
        configure(tmp_path, {"forum": "http://127.0.0.1:9/"})
        settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix)
        await ensure_topics(settings, TOPICS)
        names = settings.topics()
        mine = parcel("mine", topic=names.of(DECISIONS_MADE)).tried(1, timedelta(), "HTTP 500")
        theirs = parcel("theirs")
        writers = [
            AIOKafkaProducer(**settings.kafka_client(), transactional_id=f"{topic_prefix}{name}")
            for name in ("theirs", "mine")
        ]
        for writer, one, integration in zip(writers, (theirs, mine), ("other", "forum"), strict=True):
            await writer.start()
            await writer.begin_transaction()
            out = one.parked(names.of(OUTBOUND_PARKED), integration)
            await writer.send_and_wait(out.topic, out.value, out.key, partition=0, headers=list(out.headers))
        await writers[1].commit_transaction()
        reading = asyncio.create_task(read_shelf(settings, SystemClock(), "forum", 0))
        done, _ = await asyncio.wait({reading}, timeout=1.5)
        assert not done, "it waits for the other transaction to end"
        await writers[0].abort_transaction()
        assert await asyncio.wait_for(reading, 30) == [mine]
        assert await read_shelf(settings, SystemClock(), "other", 0) == []
        for writer in writers:
            await writer.stop()

    asyncio.run(scenario())


def test_what_is_only_played_reaches_no_platform(tmp_path: Path) -> None:
    configure(tmp_path, {"forum": "http://127.0.0.1:9/"})
    now = datetime.now(UTC)
    settings = make_settings(tmp_path, "127.0.0.1:1", "", clock_start=now, clock_epoch=now)
    shell = Process("outbound", settings, AcceleratedClock(now, now, 1.0), Health(), asyncio.Event())
    with pytest.raises(FatalError, match="reaches no platform"):
        asyncio.run(serve(shell, settings))
