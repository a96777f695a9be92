"""Protobuf → item: nothing of a message is lost, nothing that is not set is there, and JSON means the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.rpc.message import appeal_item, event_item, instant, post_item
from feuerwache.ingest.submission import KINDS, SubmittedAppeal
from feuerwache.ingest.v1 import ingest_pb2
from support.ingest import post_message
from support.submissions import COMMUNITY, NOW, post

INTEGRATION = Integration(id="forum", platform="forum", communities=(COMMUNITY,))
SET: dict[int, Any] = {FieldDescriptor.TYPE_STRING: "x", FieldDescriptor.TYPE_INT64: 1, FieldDescriptor.TYPE_BOOL: True}


def filled(message: Any, choice: str = "") -> Any:
    """The message with every field set; of a oneof the one that is called `choice`."""
    descriptor: Descriptor = message.DESCRIPTOR
    for field in descriptor.fields:
        oneof = field.containing_oneof
        if oneof is not None and not oneof.name.startswith("_") and field.name != choice:
            continue
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            inner = getattr(message, field.name)
            inner.SetInParent()
            if isinstance(inner, Timestamp):
                inner.FromDatetime(NOW.replace(tzinfo=None))
            else:
                filled(inner)
        elif field.is_repeated:
            getattr(message, field.name).append("x")
        else:
            setattr(message, field.name, SET.get(field.type, 1))
    return message


def names(message: Any) -> set[str]:
    return {field.name for field, _ in message.ListFields()}


def test_every_field_of_a_post_and_of_its_author_arrives() -> None:
    message = filled(ingest_pb2.Post())
    data = post_item(message).data
    assert isinstance(data, dict)
    assert set(data) == names(message) == {field.name for field in ingest_pb2.Post.DESCRIPTOR.fields}
    assert set(data["author"]) == {field.name for field in ingest_pb2.Author.DESCRIPTOR.fields}
    assert set(data) - {"platform"} <= set(KINDS["post"].model_fields)


@pytest.mark.parametrize(
    ("choice", "kind"), [("deletion", "deleted"), ("report", "reported"), ("moderation", "moderated")]
)
def test_every_field_of_an_event_arrives(choice: str, kind: str) -> None:
    message = filled(ingest_pb2.PostEvent(), choice)
    item = event_item(message, "trace")
    assert isinstance(item.data, dict)
    assert (item.kind, item.traceparent) == (kind, "trace")
    assert set(item.data) == names(message) - {choice} | names(getattr(message, choice))
    assert set(item.data) <= set(KINDS[kind].model_fields)


def test_every_field_of_an_appeal_arrives() -> None:
    message = filled(ingest_pb2.Appeal())
    data = appeal_item(message).data
    assert isinstance(data, dict)
    assert set(data) == names(message) <= set(SubmittedAppeal.model_fields)


def test_what_is_not_set_is_missing_and_a_zero_that_is_set_is_there() -> None:
    assert post_item(ingest_pb2.Post()).data == {}
    assert event_item(ingest_pb2.PostEvent()).data == {"kind": None}
    assert appeal_item(ingest_pb2.Appeal()).data == {}
    zero = ingest_pb2.Post(reach=0, author=ingest_pb2.Author(followers=0))
    assert post_item(zero).data == {"reach": 0, "author": {"followers": 0}}


def test_a_post_is_the_same_submission_over_both() -> None:
    whole = post(revision=3, edited_at="2026-11-14T20:59:30.123456Z", visibility="private", links=[], reach=7)
    ours = examine(post_item(post_message(whole)), INTEGRATION, NOW)
    theirs = examine(Item({**whole, "links": None}, "post"), INTEGRATION, NOW)
    assert isinstance(ours, Examined)
    assert ours == theirs


@pytest.mark.parametrize(
    ("seconds", "nanos", "expected"),
    [
        (0, 0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_794_690_000, 123_456_789, datetime(2026, 11, 14, 21, 0, 0, 123_456, tzinfo=UTC)),
        (-1, 999_999_999, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (253_402_300_799, 0, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (253_402_300_800, 0, "out of range"),
        (-62_135_596_801, 0, "out of range"),
        (2**63 - 1, 0, "out of range"),
        (0, -1, "out of range"),
        (0, 2**31 - 1, "out of range"),
    ],
)
def test_times(seconds: int, nanos: int, expected: datetime | str) -> None:
    assert instant(Timestamp(seconds=seconds, nanos=nanos)) == expected


def test_a_visibility_nobody_knows_is_refused_and_not_guessed() -> None:
    strange = post_message(post())
    strange.visibility = 17  # type: ignore[assignment]  # protobuf keeps numbers it has no name for
    (problem,) = examine(post_item(strange), INTEGRATION, NOW)  # type: ignore[misc]  # problems, or it fails
    assert (problem.code, problem.field) == ("wrong_value", "visibility")
