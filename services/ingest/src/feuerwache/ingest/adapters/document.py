"""A platform's JSON, looked at without trust: every step says what kind of thing is expected there. Pure.

    author = inside(document, "comment", "user")       # {} where it is not there or is no object

What a platform leaves out is missing, not wrong: the examination says which fields an item needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feuerwache.ingest.envelope import Unreadable, parse
from feuerwache.ingest.security import nesting

Object = Mapping[str, Any]
_NOTHING: Object = {}


def document(body: bytes) -> Object:
    """The JSON object in a body, neither too deep nor too wide. Raises `Unreadable`."""
    found = parse(body)
    nesting.check(found)
    if not isinstance(found, dict):
        raise Unreadable(400, "Not an object", "the body is no JSON object")
    return found


def inside(value: Any, *names: str) -> Object:
    """The object at that path; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else _NOTHING


def objects(value: Any, name: str) -> list[Object]:
    """The objects in the list of that name; what is no object is left out."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def text(value: Any, name: str) -> str | None:
    """The string of that name; an empty one is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found else None


def identity(value: Any, name: str) -> str | None:
    """An id, which platforms write as a string or as a number."""
    found = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) and found else None


def number(value: Any, name: str) -> int | None:
    """A count; None where it is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def present(**fields: Any) -> dict[str, Any]:
    """The fields that are there: what a platform does not say is missing from the item, not null."""
    return {name: value for name, value in fields.items() if value is not None}
