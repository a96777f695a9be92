"""Events to and from Kafka records: JSON values, CloudEvents 1.0 attributes as headers (binary mode).

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.registry import BY_TYPE

Headers = list[tuple[str, bytes]]

CONTENT_TYPE = b"application/json"
SPEC_VERSION = b"1.0"
REQUIRED = ("ce_id", "ce_source", "ce_type", "ce_time")
READ = frozenset({*REQUIRED, "traceparent"})


def encode(event: Event[Payload]) -> tuple[bytes, Headers]:
    """The record's value and headers. Headers are a list because aiokafka accepts nothing else."""
    data = event.data
    headers: Headers = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", str(event.id).encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", data.TYPE.encode()),
        ("ce_time", event.time.astimezone(UTC).isoformat().encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    # What `model_dump_json` calls, without its detour over a text: bytes are what is needed here.
    return data.__pydantic_serializer__.to_json(data, exclude_defaults=data.SPARSE), headers


def decode(value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Event[Any]:
    """The event in a record. Raises `InvalidRecord` with the reason when it is not one."""
    attributes = _attributes(headers)
    missing = [name for name in REQUIRED if name not in attributes]
    if missing:
        raise InvalidRecord(f"CloudEvents header missing: {', '.join(missing)}")
    ce_type = attributes["ce_type"].decode(errors="replace")
    model = BY_TYPE.get(ce_type)
    if model is None:
        raise InvalidRecord(f"unknown event type {ce_type!r}")
    if value is None:
        raise InvalidRecord("the record has no value")
    try:
        data = model.model_validate_json(value)
    except ValidationError as error:
        raise InvalidRecord(describe(error)) from error
    try:
        event_id = UUID(attributes["ce_id"].decode())
        time = datetime.fromisoformat(attributes["ce_time"].decode())
        source = attributes["ce_source"].decode()
        traceparent = attributes["traceparent"].decode() if "traceparent" in attributes else None
    except ValueError as error:
        raise InvalidRecord(f"CloudEvents header not readable: {error}") from error
    if time.tzinfo is None:
        raise InvalidRecord("ce_time has no time zone")
    return Event(id=event_id, source=source, time=time, data=data, traceparent=traceparent)


def _attributes(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, bytes]:
    """The headers that are read here. Kafka allows a header without a value; an event has none such among them."""
    found: dict[str, bytes] = {}
    for name, text in headers:
        if name not in READ:
            continue
        if text is None:
            raise InvalidRecord(f"header {name} has no value")
        found[name] = text
    return found


def describe(error: ValidationError) -> str:
    """A validation error in one line: field and reason, without the values (they may hold a post's text)."""
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc']) or 'value'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)[:5]
    )
