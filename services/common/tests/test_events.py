"""Events survive the way through Kafka, old ones stay readable, and what is not one is refused without its text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from pydantic import TypeAdapter

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events import codec
from feuerwache.common.events.base import FEUERWACHE_NAMESPACE, Event, Payload, derived_id
from feuerwache.common.events.carried import CARRIED, COMMANDS, WRITTEN
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import DecisionCommand
from feuerwache.common.events.documents import asyncapi, documents
from feuerwache.common.events.incident import IncidentCommand
from feuerwache.common.events.page import PageRequested, Target
from feuerwache.common.events.post import PostCreated, ReceivedPost
from feuerwache.common.events.registry import BY_TYPE, PAYLOADS
from feuerwache.common.kafka.topics import POSTS_SUBMITTED, TOPICS
from support.samples import event, sample

GOLDEN = Path(__file__).parent / "golden"
DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.TYPE)
@pytest.mark.parametrize("full", [True, False], ids=["every field", "required fields"])
def test_an_event_comes_back_as_it_was_sent(payload: type[Payload], full: bool) -> None:
    sent = event(payload, full=full)
    value, headers = codec.encode(sent)
    assert codec.decode(value, headers) == sent


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.TYPE)
def test_what_was_written_once_stays_readable(payload: type[Payload]) -> None:
    path = GOLDEN / f"{payload.TYPE}.json"
    assert path.exists(), "a new event type needs a sample: PYTHONPATH=tests python -m support.samples FOLDER"
    stored = json.loads(path.read_text("utf-8"))
    read = codec.decode(
        json.dumps(stored["value"]).encode(), [(key, text.encode()) for key, text in stored["headers"].items()]
    )
    assert _contains(json.loads(read.data.model_dump_json()), stored["value"]), "a stored field lost its meaning"


def test_no_golden_sample_is_left_behind() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(BY_TYPE), "an event type that was once written is gone"


@pytest.mark.parametrize("received", WRITTEN, ids=lambda payload: payload.__name__)
def test_a_classified_post_keeps_the_kind_of_what_was_received(received: type[Payload]) -> None:
    inner = sample(received)
    assert reader(ReceivedPost).validate_json(inner.model_dump_json()) == inner
    outer = PostClassified.model_validate(
        {"cause_id": derived_id("test"), "received": json.loads(inner.model_dump_json())}
    )
    assert type(outer.received) is received


@pytest.mark.parametrize("command", COMMANDS, ids=lambda payload: payload.__name__)
def test_a_command_is_told_by_its_name(command: type[Payload]) -> None:
    given = sample(command)
    assert reader(IncidentCommand).validate_json(given.model_dump_json()) == given


def test_unions_refuse_a_name_they_do_not_know() -> None:
    for union in (IncidentCommand, DecisionCommand, Target):
        with pytest.raises(ValueError, match="union_tag"):
            reader(union).validate_python({"command": "launch", "kind": "launch"})


def test_a_newer_writers_field_is_ignored() -> None:
    value, headers = codec.encode(event(PageRequested))
    newer = json.dumps(json.loads(value) | {"mood": "grim"}).encode()
    assert codec.decode(newer, headers) == event(PageRequested)


SECRET = "Ich weiß, wo du wohnst"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ce_type": b"feuerwache.post.teleported.v1"}, "unknown event type"),
        ({"ce_id": b"17"}, "header not readable"),
        ({"ce_time": b"2026-11-14T20:15:00"}, "no time zone"),
        ({"ce_time": b"yesterday"}, "header not readable"),
        ({"ce_id": None}, "header missing: ce_id"),
    ],
)
def test_a_record_with_wrong_headers_is_invalid(change: dict[str, bytes | None], reason: str) -> None:
    value, headers = codec.encode(event(PostCreated))
    changed = {**dict(headers), **change}
    with pytest.raises(InvalidRecord, match=reason):
        codec.decode(value, [(name, text) for name, text in changed.items() if text is not None])


@pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type", "ce_time", "traceparent"])
def test_a_header_without_a_value_is_invalid(name: str) -> None:
    value, headers = codec.encode(event(PostCreated))
    with pytest.raises(InvalidRecord, match=f"header {name} has no value"):
        codec.decode(value, [*((key, text) for key, text in headers if key != name), (name, None)])


def test_a_header_of_somebody_else_may_be_empty() -> None:
    value, headers = codec.encode(event(PostCreated))
    assert codec.decode(value, [*headers, ("retries", None)]) == event(PostCreated)


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff\xfe"])
def test_a_record_without_a_readable_value_is_invalid(value: bytes | None) -> None:
    _, headers = codec.encode(event(PostCreated))
    with pytest.raises(InvalidRecord):
        codec.decode(value, headers)


def test_the_reason_names_the_field_and_never_the_text() -> None:
    value, headers = codec.encode(event(PostCreated))
    broken = json.loads(value)
    broken["post"]["text"] = [SECRET]
    broken["post"]["reach"] = SECRET
    with pytest.raises(InvalidRecord) as caught:
        codec.decode(json.dumps(broken).encode(), headers)
    assert "post.text" in str(caught.value)
    assert "post.reach" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_same_cause_gives_the_same_id() -> None:
    assert derived_id("post", "facebook", "17", 0) == derived_id("post", "facebook", "17", 0)
    assert derived_id("post", "facebook", "17", 0) != derived_id("post", "facebook", "17", 1)
    assert derived_id("post", "ab", "c") != derived_id("post", "a", "bc")
    assert str(derived_id("post", "facebook", "17", 0)) == "54374cbf-5e9d-5dad-8893-8afc44b2cd7b", "ids must not change"


def test_every_topic_says_what_it_carries() -> None:
    assert set(CARRIED) == set(TOPICS) - {POSTS_SUBMITTED}
    assert {payload for payloads in CARRIED.values() for payload in payloads} == set(PAYLOADS)


def test_the_documents_are_what_the_models_say() -> None:
    published = json.loads((DOCS / "asyncapi.json").read_text("utf-8"))["info"]["version"]
    for path, content in documents(published).items():
        assert (DOCS / path).read_text("utf-8") == content, f"{path} is out of date: feuerwache events schema"
    assert len(list((DOCS / "events").iterdir())) == len(PAYLOADS)


def test_every_reference_in_the_document_leads_somewhere() -> None:
    document = asyncapi("1")
    for reference in _references(document):
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def reader(union: Any) -> TypeAdapter[Any]:
    return TypeAdapter(union)


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def _contains(now: Any, stored: Any) -> bool:
    """Everything that was stored is still there with the same value; new fields may have come."""
    if isinstance(stored, dict):
        return isinstance(now, dict) and all(key in now and _contains(now[key], stored[key]) for key in stored)
    if isinstance(stored, list):
        return len(now) == len(stored) and all(_contains(*pair) for pair in zip(now, stored, strict=True))
    return bool(now == stored)


def test_an_event_is_named_by_its_payload() -> None:
    made: Event[Payload] = event(PostCreated)
    assert made.type == "feuerwache.post.created.v1"


@pytest.mark.parametrize("cause", [("post", "forum", "p1", 0), (), ("Größe", UUID(int=7), 3.5, None)])
def test_a_derived_id_is_the_uuid5_of_its_cause(cause: tuple[object, ...]) -> None:
    expected = uuid5(FEUERWACHE_NAMESPACE, "\x1f".join(["stage", *map(str, cause)]))
    assert derived_id("stage", *cause) == expected
    assert derived_id("stage", *cause).version == 5
