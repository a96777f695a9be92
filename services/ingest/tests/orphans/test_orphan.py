"""An orphan becomes the very event it would have been, and waits under a name that is its own."""

from __future__ import annotations

from typing import Any

import pytest

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events import codec
from feuerwache.common.events.base import Event
from feuerwache.common.events.orphan import PostOrphaned
from feuerwache.common.kafka.keys import post_key
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.event import event_id_of, event_of
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.orphans.orphan import Waiting, found, orphan_of, orphan_record, restored
from support.submissions import COMMUNITY, NOW

FORUM = Integration(id="forum", platform="forum", communities=(COMMUNITY,))
AT = "2026-11-14T21:59:30+01:00"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ABOUT: list[dict[str, Any]] = [
    {"kind": "deleted", "post_id": "p-1", "deleted_at": AT, "historic": True},
    {
        "kind": "reported",
        "post_id": "p-1",
        "report_id": "r-1",
        "reporter_id": "a-9",
        "reason": "Spam",
        "reported_at": AT,
    },
    {"kind": "reported", "post_id": "p-1", "report_id": "r-2", "reported_at": AT},
    {"kind": "moderated", "post_id": "p-1", "action": "hide", "moderator_id": "m", "note": "…", "moderated_at": AT},
]


def examined(data: dict[str, Any]) -> Examined:
    result = examine(Item(data), FORUM, NOW)
    assert isinstance(result, Examined)
    return result


def orphan(data: dict[str, Any]) -> Event[PostOrphaned]:
    result = examined(data)
    return orphan_of(
        result,
        event_id_of(result),
        integration="forum",
        source="/ingest/http/forum",
        received_at=NOW,
        canary=True,
        traceparent=TRACE,
    )


def as_read(record: Outgoing, offset: int = 7, timestamp_ms: int = 1_000) -> Record:
    return Record(record.topic, record.partition, offset, timestamp_ms, record.key, record.value, tuple(record.headers))


def waiting(data: dict[str, Any]) -> Waiting:
    return Waiting.read(as_read(orphan_record(orphan(data), TopicNames(), Partitioning())))


@pytest.mark.parametrize("data", ABOUT, ids=lambda data: str(data["kind"]))
def test_an_orphan_becomes_the_event_it_would_have_been_at_once(data: dict[str, Any]) -> None:
    result = examined(data)
    at_once = event_of(
        result,
        event_id_of(result),
        "a-1",
        integration="forum",
        source="/ingest/http/forum",
        received_at=NOW,
        canary=True,
        traceparent=TRACE,
    )
    read_back: Event[PostOrphaned] = codec.decode(*codec.encode(orphan(data)))
    assert found(read_back, "a-1") == at_once


@pytest.mark.parametrize("data", ABOUT, ids=lambda data: str(data["kind"]))
def test_a_waiting_orphan_is_restored_as_it_was_read(data: dict[str, Any]) -> None:
    kept = waiting(data)
    state = as_read(kept.kept("posts.waiting.v1"), offset=99, timestamp_ms=50_000)
    assert restored(state, "posts.orphaned.v1") == kept
    assert kept.since_ms == 1_000
    assert kept.gone("posts.waiting.v1").key == state.key
    assert kept.gone("posts.waiting.v1").value is None


def test_two_reports_of_one_post_lie_on_its_partition_and_wait_side_by_side() -> None:
    waiting_here = [waiting(data) for data in ABOUT]
    assert len({one.key for one in waiting_here}) == len(ABOUT)
    assert {one.record.key for one in waiting_here} == {post_key("forum", "p-1")}
    assert waiting(ABOUT[1]).key == waiting(ABOUT[1]).key


@pytest.mark.parametrize("missing", ["fw_orphan_offset", "fw_orphan_since_ms", "ce_type"])
def test_a_state_record_that_is_none_is_said_to_be_none(missing: str) -> None:
    state = as_read(waiting(ABOUT[0]).kept("posts.waiting.v1"))
    cut = Record(*_without(state, missing))
    with pytest.raises(InvalidRecord):
        restored(cut, "posts.orphaned.v1")


def _without(record: Record, name: str) -> tuple[Any, ...]:
    headers = tuple(header for header in record.headers if header[0] != name)
    return (record.topic, record.partition, record.offset, record.timestamp_ms, record.key, record.value, headers)
