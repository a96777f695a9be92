"""From an HTTP body to the items in it: plain JSON or CloudEvents 1.0, one or many. Pure.

Plain JSON: an object, an array, or an object with nothing but `posts` (or `events`). CloudEvents: structured, batch,
or binary (`ce-*` headers), where `type` says the kind and `time` stands in for a missing time of the item.
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from pydantic_core import from_json

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.post import PostCreated, PostDeleted, PostEdited, PostModerated, PostReported
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import SHORT, Problem, shown
from feuerwache.ingest.submission import APPEAL

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
#: One item a line, without an end in sight (`http/ndjson.py`).
NDJSON = "application/x-ndjson"
MAX_ITEMS = 1_000

_KIND_OF = {
    PostCreated.TYPE: "post",
    PostEdited.TYPE: "post",
    PostDeleted.TYPE: "deleted",
    PostReported.TYPE: "reported",
    PostModerated.TYPE: "moderated",
}
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Unreadable(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The body as a whole cannot be taken apart. `status` is the HTTP answer; the message says why and what to do."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail


def items_in(body: bytes, headers: Mapping[str, str], collection: str, kind: str | None) -> list[Item]:
    """The items of a body, in order. `headers` have lower-case names.

    `collection` is the name of the list in a plain batch (`posts`), `kind` what plain items are (None: they say so).
    Raises `Unreadable`.
    """
    media = media_type(headers)
    trace = traceparent(headers.get("traceparent"))
    if media not in {"application/json", STRUCTURED, BATCH}:
        raise Unreadable(415, "Unsupported media type", f"send application/json, {STRUCTURED} or {BATCH}")
    if kind == APPEAL and (media != "application/json" or "ce-specversion" in headers):
        raise Unreadable(415, "Unsupported media type", "send appeals as application/json, not as CloudEvents")
    document = parse(body)
    if media == BATCH:
        if not isinstance(document, list):
            raise Unreadable(400, "Not a CloudEvents batch", f"{BATCH} is a JSON array of events")
        items = [cloudevent(entry) for entry in document]
    elif media == STRUCTURED:
        items = [cloudevent(document)]
    elif "ce-specversion" in headers:
        attributes = {name[3:]: value for name, value in headers.items() if name.startswith("ce-")}
        items = [cloudevent({**attributes, "data": document})]
    else:
        items = [Item(entry, kind) for entry in _plain(document, collection)]
    if not items:
        raise Unreadable(400, "Nothing sent", f"the list of {collection} is empty; send at least one")
    if len(items) > MAX_ITEMS:
        raise Unreadable(413, "Too many items", f"{len(items)} items; send at most {MAX_ITEMS} in one request")
    return [item if item.traceparent or not trace else replace(item, traceparent=trace) for item in items]


def media_type(headers: Mapping[str, str]) -> str:
    """Without its parameters; JSON where nothing is said."""
    return headers.get("content-type", "application/json").partition(";")[0].strip().lower()


def parse(body: bytes) -> object:
    """The JSON document in a body; raises `Unreadable` with line and column, and without what stands there."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Unreadable(400, "Not JSON", f"{error}; send one UTF-8 JSON document") from error


def traceparent(value: object) -> str | None:
    """A W3C trace context as it is, or None if it is not one."""
    return value if isinstance(value, str) and _TRACEPARENT.fullmatch(value) else None


def _plain(document: object, collection: str) -> list[object]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict) and document.keys() == {collection} and isinstance(document[collection], list):
        entries: list[object] = document[collection]
        return entries
    return [document]


def cloudevent(entry: object) -> Item:
    """The item in a CloudEvent in its structured form; what is wrong with the envelope is among its problems."""
    if not isinstance(entry, dict):
        return Item(None, problems=(Problem("wrong_type", "", "is not an object", "send each event as an object"),))
    data = entry.get("data")
    problems: list[Problem] = []
    if entry.get("specversion") != "1.0":
        problems.append(_wrong(entry, "specversion", "is not 1.0", 'send "specversion": "1.0"'))
    problems += [
        _wrong(entry, name, "is missing", "CloudEvents asks for id, source, specversion and type")
        for name in ("id", "source")
        if not isinstance(entry.get(name), str) or not entry[name]
    ]
    kind = entry.get("type")
    if not isinstance(kind, str) or kind not in _KIND_OF:
        problems.append(_wrong(entry, "type", "is not a type taken here", f"send one of {', '.join(_KIND_OF)}"))
    media = entry.get("datacontenttype", "application/json")
    if "data_base64" in entry or not isinstance(media, str) or not media.lower().startswith("application/json"):
        problems.append(_wrong(entry, "datacontenttype", "is not JSON", "send the item as a JSON object in data"))
    elif "data" not in entry:
        problems.append(_wrong(entry, "data", "is missing", "send the item as a JSON object in data"))
    if problems:
        return Item(data, problems=tuple(problems))
    return Item(data, _KIND_OF[str(kind)], entry.get("time"), traceparent(entry.get("traceparent")))


def _wrong(entry: Mapping[str, object], field: str, reason: str, fix: str) -> Problem:
    return Problem("not_cloudevent", field[:SHORT], reason, fix, shown(field, entry.get(field)))
