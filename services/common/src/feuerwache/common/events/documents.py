"""The contract as documents: a JSON Schema per event type and one AsyncAPI 3 document, made from the models.

`feuerwache events schema` writes them below `docs/`; a test says when they are not what the models say any more.
https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from pydantic.json_schema import models_json_schema

from feuerwache.common.events.base import Payload
from feuerwache.common.events.carried import CARRIED
from feuerwache.common.events.registry import PAYLOADS
from feuerwache.common.kafka.topics import Topic

ASYNCAPI = "3.0.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def documents(version: str) -> dict[str, str]:
    """Path below `docs/` → content, for every document there is."""
    result = {f"events/{payload.TYPE}.schema.json": _text(schema(payload)) for payload in PAYLOADS}
    result["asyncapi.json"] = _text(asyncapi(version))
    return result


def schema(payload: type[Payload]) -> dict[str, Any]:
    """The JSON Schema of one event's value. A reader must ignore fields it does not know."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:feuerwache:event:{payload.TYPE}",
        **payload.model_json_schema(mode="serialization"),
    }


def asyncapi(version: str) -> dict[str, Any]:
    """All topics with what they carry. CloudEvents attributes are headers (binary mode)."""
    _, definitions = models_json_schema(
        [(payload, "serialization") for payload in PAYLOADS], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Feuerwache",
            "version": version,
            "description": "Every topic of Feuerwache. Keys and partitions are part of the contract.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic, payloads) for topic, payloads in CARRIED.items()},
        "components": {
            "messages": {payload.TYPE: _message(payload) for payload in PAYLOADS},
            "schemas": {"CloudEventsHeaders": _headers(), **definitions["$defs"]},
        },
    }


def _channel(topic: Topic, payloads: tuple[type[Payload], ...]) -> dict[str, Any]:
    kept = "the last record of each key" if topic.kept is None else f"{topic.kept.days} days"
    return {
        "address": topic.name,
        "description": f"Key: {topic.key}. Kept: {kept}." + (" Carries text." if topic.carries_text else ""),
        "messages": {payload.TYPE: {"$ref": f"#/components/messages/{payload.TYPE}"} for payload in payloads},
    }


def _message(payload: type[Payload]) -> dict[str, Any]:
    return {
        "name": payload.TYPE,
        "title": payload.__name__,
        "summary": inspect.cleandoc(payload.__doc__ or "").split("\n", maxsplit=1)[0],
        "headers": {"$ref": "#/components/schemas/CloudEventsHeaders"},
        "payload": {"$ref": f"#/components/schemas/{payload.__name__}"},
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {"type": "string", "format": "uuid", "description": "derived from the event's cause"},
            "ce_source": {"type": "string", "format": "uri-reference"},
            "ce_type": {"type": "string"},
            "ce_time": {"type": "string", "format": "date-time", "description": "when it happened"},
            "content-type": {"const": "application/json"},
            "traceparent": {"type": "string", "description": "W3C trace context"},
        },
    }


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
