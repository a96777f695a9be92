"""The handler by itself: an index of the test's own, and a clock that stands until it is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from feuerwache.common.errors import TransientError
from feuerwache.common.events.post import PostDeleted
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.record import Outgoing, Output, Record
from feuerwache.common.kafka.topics import POSTS_WAITING, Partitioning, TopicNames
from feuerwache.ingest.event import event_id_of
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.orphans.orphan import Place, orphan_of, orphan_record
from feuerwache.ingest.orphans.stage import LOOK_UP, OrphansHandler
from support.submissions import COMMUNITY, NOW

FORUM = Integration(id="forum", platform="forum", communities=(COMMUNITY,))
PARTITIONING = Partitioning(posts=3)
NAMES = TopicNames()
WAITING = NAMES.of(POSTS_WAITING)


class Index:
    def __init__(self) -> None:
        self.authors: dict[Place, bytes] = {}
        self.away = False
        self.asked: list[list[Place]] = []

    async def find(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        if self.away:
            raise TransientError("away")
        self.asked.append(list(places))
        return {place: self.authors[place] for place in places if place in self.authors}


class Hand:
    """A clock, and how far the index is known to be whole, moved by the test."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.whole_ms = 0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW

    def real_now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)


def handler(index: Index, hand: Hand, registry: CollectorRegistry | None = None, most: int = 20_000) -> OrphansHandler:
    return OrphansHandler(
        1,
        index,
        hand,
        Metrics(["forum"], registry or CollectorRegistry()),
        names=NAMES,
        partitioning=PARTITIONING,
        whole_ms=lambda: hand.whole_ms,
        patience=600,
        most=most,
    )


def orphan(post_id: str = "p-1", offset: int = 0, timestamp_ms: int = 10_000) -> Record:
    data = {"kind": "deleted", "post_id": post_id, "deleted_at": "2026-11-14T20:59:00Z"}
    result = examine(Item(data), FORUM, NOW)
    assert isinstance(result, Examined)
    event = orphan_of(result, event_id_of(result), integration="forum", source="/ingest/http/forum", received_at=NOW)
    record = orphan_record(event, NAMES, PARTITIONING)
    return as_read(record, offset, timestamp_ms)


def as_read(record: Outgoing, offset: int, timestamp_ms: int) -> Record:
    return Record(record.topic, record.partition, offset, timestamp_ms, record.key, record.value, tuple(record.headers))


def delivered(output: Output) -> list[tuple[str, str]]:
    events = [as_read(record, 0, 0).event() for record in output.outgoing if record.topic != WAITING]
    assert all(isinstance(event.data, PostDeleted) for event in events)
    return [(event.data.ref.post_id, event.data.author_id) for event in events]


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_what_is_known_by_now_goes_on_at_once_to_its_authors_partition() -> None:
    async def scenario() -> None:
        index, hand = Index(), Hand()
        key = index.authors["forum", "p-1"] = author_key(COMMUNITY, "a-1")
        output = await handler(index, hand).handle([orphan()])
        assert delivered(output) == [("p-1", "a-1")]
        (record,) = output.outgoing
        assert (record.key, record.partition) == (key, partition_of(key, 3))

    run(scenario())


def test_what_is_not_known_waits_and_goes_on_when_its_post_has_come() -> None:
    async def scenario() -> None:
        index, hand = Index(), Hand()
        stage = handler(index, hand)
        kept = await stage.handle([orphan(), orphan(offset=1)])
        assert [record.topic for record in kept.outgoing] == [WAITING], "the same thing twice waits once"
        assert not await stage.tick(), "not before a second is over"
        hand.seconds += 1
        assert not await stage.tick()
        index.authors["forum", "p-1"] = author_key(COMMUNITY, "a-1")
        assert not await stage.tick()
        hand.seconds += 1
        output = await stage.tick()
        assert delivered(output) == [("p-1", "a-1")]
        assert [record.value for record in output.outgoing if record.topic == WAITING] == [None]
        hand.seconds += 1
        assert not await stage.tick(), "once"

    run(scenario())


def test_a_post_of_another_community_is_not_its_post() -> None:
    async def scenario() -> None:
        index, hand = Index(), Hand()
        index.authors["forum", "p-1"] = author_key("morgenrot-facebook", "a-1")
        stage = handler(index, hand)
        assert delivered(await stage.handle([orphan()])) == []
        hand.seconds, hand.whole_ms = hand.seconds + 1, 10_000 + 600_000
        output = await stage.tick()
        assert delivered(output) == []
        assert [letter.error_class for letter in output.dead_letters] == ["UnknownPost"]

    run(scenario())


def test_after_its_time_it_is_a_dead_letter_as_it_came_and_not_before() -> None:
    async def scenario() -> None:
        index, hand, registry = Index(), Hand(), CollectorRegistry()
        stage, record = handler(index, hand), orphan(offset=41)
        (kept,) = (await stage.handle([record])).outgoing
        # Another process goes on from its state.
        stage = handler(index, hand, registry)
        await stage.restore(as_read(kept, 900, 99_999))
        hand.seconds, hand.whole_ms = hand.seconds + 5_000, 10_000 + 599_999
        assert not await stage.tick(), "the index is not known to be whole up to then"
        hand.seconds, hand.whole_ms = hand.seconds + 1, hand.whole_ms + 1
        output = await stage.tick()
        await stage.committed()
        (letter,) = output.dead_letters
        assert letter.record == record
        assert "p-1" in letter.reason
        assert [gone.key for gone in output.outgoing] == [kept.key]
        assert registry.get_sample_value("feuerwache_ingest_orphans_total", {"outcome": "expired"}) == 1
        assert registry.get_sample_value("feuerwache_ingest_orphans_waiting", {"partition": "1"}) == 0

    run(scenario())


def test_nothing_is_given_up_while_the_index_does_not_answer() -> None:
    async def scenario() -> None:
        index, hand = Index(), Hand()
        stage = handler(index, hand)
        await stage.handle([orphan()])
        index.away, hand.seconds, hand.whole_ms = True, hand.seconds + 1, 10_000_000
        with pytest.raises(TransientError):
            await stage.tick()
        with pytest.raises(TransientError):
            await stage.handle([orphan("p-2")])

    run(scenario())


def test_what_was_taken_away_from_the_state_does_not_wait() -> None:
    async def scenario() -> None:
        index, hand = Index(), Hand()
        (kept,) = (await handler(index, hand).handle([orphan()])).outgoing
        stage = handler(index, hand)
        await stage.restore(as_read(kept, 0, 0))
        await stage.restore(Record(WAITING, kept.partition, 1, 0, kept.key, None))
        hand.seconds, hand.whole_ms = hand.seconds + 1, 10_000_000
        assert not await stage.tick()
        assert index.asked == [[("forum", "p-1")]]

    run(scenario())


def test_something_else_in_the_topic_is_a_dead_letter() -> None:
    async def scenario() -> None:
        poison = Record("posts.orphaned.v1", 1, 0, 0, b"k", b"\xff")
        output = await handler(Index(), Hand()).handle([poison, orphan()])
        assert [letter.record for letter in output.dead_letters] == [poison]
        assert len(output.outgoing) == 1

    run(scenario())


def test_when_many_wait_each_has_its_turn_and_no_more_are_read() -> None:
    async def scenario() -> None:
        index, hand = Index(), Hand()
        stage = handler(index, hand, most=LOOK_UP + 10)
        assert not stage.holds()
        await stage.handle([orphan(f"p-{number}", number) for number in range(LOOK_UP + 10)])
        assert stage.holds()
        index.asked.clear()
        for _ in range(2):
            hand.seconds += 1
            await stage.tick()
        asked = [place for places in index.asked for place in places]
        assert [len(places) for places in index.asked] == [LOOK_UP, LOOK_UP]
        assert {post_id for _, post_id in asked} == {f"p-{number}" for number in range(LOOK_UP + 10)}

    run(scenario())
