"""Makes an instance of any event model from its annotations, with every field filled or only the required ones.

`python -m support.samples FOLDER` writes the golden samples that are missing there; existing ones are never touched:
they are what older versions wrote, and must stay readable.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Mapping
from datetime import UTC, datetime, time
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel

from feuerwache.common.events import codec
from feuerwache.common.events.base import FEUERWACHE_NAMESPACE, Event, Payload, derived_id
from feuerwache.common.events.registry import PAYLOADS

WHEN = datetime(2026, 11, 14, 20, 15, tzinfo=UTC)
M = TypeVar("M", bound=BaseModel)


def sample(model: type[M], *, full: bool = True) -> M:
    """A valid instance; the same at each call."""
    return model.model_validate(
        {
            name: _value(field.annotation, name, full)
            for name, field in model.model_fields.items()
            if full or field.is_required()
        }
    )


def event(payload: type[Payload], *, full: bool = True) -> Event[Payload]:
    return Event(
        id=derived_id("sample", payload.TYPE),
        source="/sample",
        time=WHEN,
        data=sample(payload, full=full),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" if full else None,
    )


def _value(annotation: Any, name: str, full: bool) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(arguments[0], name, full)
    if origin in (Union, types.UnionType):
        return _value(next(option for option in arguments if option is not type(None)), name, full)
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return tuple(_value(item, name, full) for item in arguments if item is not ...)
    if origin in (dict, Mapping):
        return {_value(arguments[0], "de", full): _value(arguments[1], name, full)}
    return _plain(annotation, name, full)


def _plain(annotation: Any, name: str, full: bool) -> Any:
    if annotation is Any:
        return 1
    if annotation is AwareDatetime or issubclass(annotation, datetime):
        return WHEN
    if issubclass(annotation, BaseModel):
        return sample(annotation, full=full)
    if issubclass(annotation, Enum):
        return next(iter(annotation))
    values: dict[type, Any] = {
        str: f"ein {name} – ü",
        bool: True,
        int: 3,
        float: 0.5,
        time: WHEN.time(),
        UUID: uuid5(FEUERWACHE_NAMESPACE, name),
    }
    return values[annotation]


def golden(payload: type[Payload]) -> str:
    """A golden file's content: headers and value as they stand in Kafka."""
    value, headers = codec.encode(event(payload))
    document = {"headers": {key: text.decode() for key, text in headers}, "value": json.loads(value)}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write_missing(folder: Path) -> None:
    for payload in PAYLOADS:
        path = folder / f"{payload.TYPE}.json"
        if not path.exists():
            path.write_text(golden(payload), "utf-8")


if __name__ == "__main__":
    write_missing(Path(sys.argv[1]))
