"""What comes as protobuf becomes the item that the same thing would be in JSON, so HTTP and gRPC cannot disagree. Pure.

Fields that are not set are missing. Written out field by field, because asking a message what it holds costs five times
as much; a test compares it with the descriptors, so that no new field is forgotten.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from feuerwache.ingest.item import Item
from feuerwache.ingest.submission import APPEAL

_VISIBILITY = {1: "public", 2: "members", 3: "private"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, as google.protobuf.Timestamp has them


def post_item(post: Any, traceparent: str | None = None) -> Item:
    """A `Post`."""
    data = _placed(post)
    if post.HasField("author"):
        data["author"] = _author(post.author)
    if post.text:
        data["text"] = post.text
    if post.HasField("created_at"):
        data["created_at"] = instant(post.created_at)
    if post.revision:
        data["revision"] = post.revision
    if post.HasField("edited_at"):
        data["edited_at"] = instant(post.edited_at)
    for name in ("language_hint", "parent_id", "parent_author_id", "thread_id", "url"):
        if value := getattr(post, name):
            data[name] = value
    if number := post.visibility:
        data["visibility"] = _VISIBILITY.get(number, number)
    if post.links:
        data["links"] = tuple(post.links)
    if post.media_alt:
        data["media_alt"] = tuple(post.media_alt)
    if post.HasField("reach"):
        data["reach"] = post.reach
    if post.historic:
        data["historic"] = True
    return Item(data, "post", None, traceparent)


def event_item(event: Any, traceparent: str | None = None) -> Item:
    """A `PostEvent`. One that does not say what happened has no kind, which the examination tells its sender."""
    data = _placed(event)
    if event.author_id:
        data["author_id"] = event.author_id
    if event.historic:
        data["historic"] = True
    what = event.WhichOneof("what")
    match what:
        case "deletion":
            return Item({**data, **_at("deleted_at", event.deletion)}, "deleted", None, traceparent)
        case "report":
            said = _texts(event.report, "report_id", "reporter_id", "reason")
            return Item({**data, **said, **_at("reported_at", event.report)}, "reported", None, traceparent)
        case "moderation":
            said = _texts(event.moderation, "action", "moderator_id", "note")
            return Item({**data, **said, **_at("moderated_at", event.moderation)}, "moderated", None, traceparent)
    return Item({**data, "kind": None}, None, None, traceparent)


def appeal_item(appeal: Any, traceparent: str | None = None) -> Item:
    """An `Appeal`."""
    said = _texts(appeal, "author_id", "appeal_id", "decision_id", "text")
    return Item({**_placed(appeal), **said, **_at("appealed_at", appeal)}, APPEAL, None, traceparent)


def instant(stamp: Any) -> datetime | str:
    """In UTC and microseconds. One that is out of range is a text, which the examination refuses as no time."""
    if not (_FIRST <= stamp.seconds <= _LAST and 0 <= stamp.nanos < 1_000_000_000):
        return "out of range"
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def _placed(message: Any) -> dict[str, Any]:
    return _texts(message, "platform", "community", "post_id")


def _texts(message: Any, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(message, name))}


def _at(name: str, message: Any) -> dict[str, Any]:
    return {name: instant(getattr(message, name))} if message.HasField(name) else {}


def _author(author: Any) -> dict[str, Any]:
    data = _texts(author, "id", "handle", "display_name")
    if author.HasField("created_at"):
        data["created_at"] = instant(author.created_at)
    if author.HasField("followers"):
        data["followers"] = author.followers
    return data
