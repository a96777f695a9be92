"""Every event built from a submission reads back as the model it claims to be, under an id of its cause alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from feuerwache.common.events import codec
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.post import PostEdited, PostEvent, PostIndexed
from feuerwache.common.kafka.keys import post_key
from feuerwache.common.kafka.topics import Partitioning, TopicNames
from feuerwache.ingest.event import author_of, event_id_of, event_of, records_of
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from support.submissions import COMMUNITY, NOW, post

FORUM = Integration(id="forum", platform="forum", communities=(COMMUNITY,))
AT = "2026-11-14T21:59:30+01:00"
SUBMISSIONS: list[dict[str, Any]] = [
    post(),
    post(revision=3, visibility="private", media_alt=["Bild"], links=[], reach=7, historic=True),
    {"kind": "deleted", "post_id": "p-1", "deleted_at": AT},
    {"kind": "reported", "post_id": "p-1", "report_id": "r-1", "reason": "Spam", "reported_at": AT},
    {"kind": "moderated", "post_id": "p-1", "action": "hide", "note": "…", "moderated_at": AT},
]


def built(
    data: dict[str, Any],
    author_id: str = "a-1",
    received_after: timedelta = timedelta(),
    traceparent: str | None = None,
) -> Event[PostEvent]:
    examined = examine(Item(data), FORUM, NOW)
    assert isinstance(examined, Examined)
    return event_of(
        examined,
        event_id_of(examined),
        author_of(examined) or author_id,
        integration="forum",
        source="/ingest/http/forum",
        received_at=NOW + received_after,
        traceparent=traceparent,
    )


@pytest.mark.parametrize("data", SUBMISSIONS, ids=lambda data: data.get("kind", "post"))
def test_reads_back_as_it_was_built(data: dict[str, Any]) -> None:
    event = built(data)
    again: Event[PostEvent] = codec.decode(*codec.encode(event))
    assert again == event
    assert type(again.data).model_validate(event.data.model_dump()) == event.data


@pytest.mark.parametrize("data", SUBMISSIONS, ids=lambda data: data.get("kind", "post"))
def test_nothing_of_a_model_is_left_out(data: dict[str, Any]) -> None:
    """What is built without validation has every field, defaults included, at every depth."""
    models: list[BaseModel] = [built(data).data]
    while models:
        model = models.pop()
        assert set(model.__dict__) == set(type(model).model_fields)
        assert model.model_fields_set <= set(model.__dict__)
        assert model == type(model).model_validate(model.model_dump())
        assert model.model_copy() == model
        models += [inner for inner in model.__dict__.values() if isinstance(inner, BaseModel)]


def test_an_index_entry_says_whose_post_it_is_and_when_it_came() -> None:
    event = built(post(), traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    received, indexed = records_of(event, TopicNames("x."), Partitioning())
    assert dict(received.headers)["traceparent"]
    assert (indexed.topic, indexed.key) == ("x.posts.index.v1", post_key("forum", "p-1"))
    entry = PostIndexed(ref=event.data.ref, author_id="a-1", revision=0)
    expected = Event(id=derived_id("index", event.id), source=event.source, time=event.time, data=entry)
    assert codec.decode(indexed.value, indexed.headers) == expected
    assert (indexed.value, list(indexed.headers)) == codec.encode(expected)


@pytest.mark.parametrize("data", SUBMISSIONS, ids=lambda data: data.get("kind", "post"))
def test_a_repeat_has_the_same_id(data: dict[str, Any]) -> None:
    assert built(data).id == built(data, received_after=timedelta(hours=1)).id


def test_the_id_of_a_post_is_the_one_of_the_contract() -> None:
    assert built(post("p-9", revision=4)).id == derived_id("post", "forum", "p-9", 4)
    assert len({built(data).id for data in SUBMISSIONS}) == len(SUBMISSIONS)


def test_an_edit_happens_when_it_was_edited() -> None:
    edited = built(post(revision=1, edited_at=AT))
    assert isinstance(edited.data, PostEdited)
    assert edited.time == NOW - timedelta(seconds=30)
    assert built(post(revision=1)).time == NOW


def test_only_posts_are_indexed() -> None:
    written = [len(records_of(built(data), TopicNames("x."), Partitioning())) for data in SUBMISSIONS]
    assert written == [2, 2, 1, 1, 1]
