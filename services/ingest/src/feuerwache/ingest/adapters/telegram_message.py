"""What a message of Telegram means: a post, a new version of one, or a report about one. Pure.

Checked against https://core.telegram.org/bots/api#message (Bot API 9). Ids of messages are unique within their chat, so
a post is `<chat>:<message>`. Who writes as a chat (an anonymous administrator, a linked channel) is that chat: `from`
holds a fake user then. Positions of entities count UTF-16 code units.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from feuerwache.ingest.adapters import legible
from feuerwache.ingest.adapters.adapter import Skipped, SkipReason
from feuerwache.ingest.adapters.addresses import links
from feuerwache.ingest.adapters.document import Object, identity, inside, number, objects, present, text
from feuerwache.ingest.adapters.instant import from_seconds, revision_of
from feuerwache.ingest.envelope import Unreadable

Fields = dict[str, Any]
#: What a message may be besides text; such a one without a caption holds nothing to read.
_CONTENTS = (
    *("animation", "audio", "document", "paid_media", "photo", "sticker", "story", "video", "video_note", "voice"),
    *("checklist", "contact", "dice", "game", "venue", "location", "giveaway", "giveaway_winners", "invoice", "poll"),
)
#: The beginning of a topic or of a group: who writes the first message there replies to it without meaning to.
_BEGINNINGS = ("forum_topic_created", "supergroup_chat_created", "channel_chat_created", "group_chat_created")
#: Each one is looked for in the whole text, so their number is bounded.
_MOST_ENTITIES = 500
#: A supergroup's or channel's id in the Bot API is this minus its id in links (core.telegram.org/api/bots/ids).
_SHIFT = -1_000_000_000_000


def read(message: Object, reports: Collection[str], *, edited: bool) -> Fields | Skipped:
    """The message as an item, without its community."""
    if message.get("message_id") == 0:
        return Skipped(SkipReason.SERVICE_MESSAGE, "scheduled")  # "unusable until it is actually sent"
    said, entities = _said(message)
    if said is None or legible.body(said) is None:
        content = next((name for name in ("text", *_CONTENTS) if name in message), None)
        reason = SkipReason.NOT_TEXT if content else SkipReason.SERVICE_MESSAGE
        return Skipped(reason, content or _service(message))
    command, rest = _command(said, entities)
    if command in reports:
        return _report(message, rest)
    return _post(message, said, entities, edited=edited)


def _post(message: Object, said: str, entities: list[Object], *, edited: bool) -> Fields:
    chat = inside(message, "chat")
    created = _time(message, "date")
    edit = _time(message, "edit_date") if edited else None
    parent = _parent(message)
    author = _author(message)
    fields = present(
        post_id=_id(message, message),
        author=author or None,
        text=legible.body(said),
        created_at=created,
        edited_at=edit,
        language_hint=text(inside(message, "from"), "language_code") if "sender_chat" not in message else None,
        parent_id=_id(message, parent),
        parent_author_id=_author(parent).get("id"),
        thread_id=_thread(message, parent),
        visibility="public" if text(chat, "username") else "members",
        url=_url(chat, message),
        links=links(said, _linked(said, entities)),
    )
    if created is not None and edit is not None:
        fields["revision"] = revision_of(created, edit)
    elif edited:
        fields["revision"] = 1  # Never seen; without its time, an edit is at least not taken for the first version.
    return fields


def _report(message: Object, reason: str) -> Fields | Skipped:
    parent = _parent(message)
    post_id = _id(message, parent)
    if post_id is None:
        return Skipped(SkipReason.NO_POST, "report")
    return {
        "kind": "reported",
        "post_id": post_id,
        **present(
            author_id=_author(parent).get("id"),
            report_id=_id(message, message),
            reporter_id=_author(message).get("id"),
            reason=legible.name(reason),
            reported_at=_time(message, "date"),
        ),
    }


def _said(message: Object) -> tuple[str | None, list[Object]]:
    """Text, caption or what a poll asks, and the entities in it."""
    if text(message, "text"):
        return text(message, "text"), objects(message, "entities")
    if text(message, "caption"):
        return text(message, "caption"), objects(message, "caption_entities")
    poll = inside(message, "poll")
    lines = [text(poll, "question"), *(text(option, "text") for option in objects(poll, "options"))]
    return "\n".join(line for line in lines if line) or None, []


def _command(said: str, entities: list[Object]) -> tuple[str | None, str]:
    """The bot command that the text begins with, without the bot's name, and what follows it."""
    for entity in entities:
        if entity.get("type") == "bot_command" and entity.get("offset") == 0:
            command = _part(said, entity)
            return command.removeprefix("/").partition("@")[0].lower(), said[len(command) :]
    return None, ""


def _linked(said: str, entities: list[Object]) -> list[str | None]:
    """Addresses behind words, and those that are written without `https://`."""
    found: list[str | None] = []
    for entity in entities[:_MOST_ENTITIES]:
        if entity.get("type") == "text_link":
            found.append(text(entity, "url"))
        elif entity.get("type") == "url":
            found.append(_part(said, entity))
    return found


def _part(said: str, entity: Object) -> str:
    """The piece of text that an entity is about."""
    units = said.encode("utf-16-le", "surrogatepass")
    start, length = number(entity, "offset") or 0, number(entity, "length") or 0
    return units[2 * start : 2 * (start + length)].decode("utf-16-le", "ignore")


def _author(message: Object) -> Fields:
    """The chat that is written as, else the person."""
    chat = inside(message, "sender_chat")
    if chat:
        return present(
            id=identity(chat, "id"), handle=text(chat, "username"), display_name=legible.name(text(chat, "title"))
        )
    person = inside(message, "from")
    names = [text(person, "first_name"), text(person, "last_name")]
    shown = legible.name(" ".join(name for name in names if name))
    return present(id=identity(person, "id"), handle=text(person, "username"), display_name=shown)


def _parent(message: Object) -> Object:
    """The message that this one answers; an empty one when it answers none."""
    parent = inside(message, "reply_to_message")
    return {} if any(name in parent for name in _BEGINNINGS) else parent


def _id(message: Object, about: Object) -> str | None:
    """Of a message in this message's chat."""
    chat_id, message_id = identity(inside(message, "chat"), "id"), identity(about, "message_id")
    return f"{chat_id}:{message_id}" if chat_id is not None and message_id is not None else None


def _thread(message: Object, parent: Object) -> str | None:
    """The topic of a forum or the message that a thread began with; else what is answered."""
    chat_id, thread = identity(inside(message, "chat"), "id"), identity(message, "message_thread_id")
    if chat_id is not None and thread is not None:
        return f"{chat_id}:{thread}"
    return _id(message, parent)


def _url(chat: Object, message: Object) -> str | None:
    """t.me/name/id of a public chat, t.me/c/id/id of another supergroup or channel; a plain group has no such links."""
    message_id, name, chat_id = identity(message, "message_id"), text(chat, "username"), chat.get("id")
    if message_id is None:
        return None
    if name is not None:
        return f"https://t.me/{name}/{message_id}"
    if text(chat, "type") in ("supergroup", "channel") and isinstance(chat_id, int) and chat_id < _SHIFT:
        return f"https://t.me/c/{_SHIFT - chat_id}/{message_id}"
    return None


def _time(message: Object, name: str) -> str | None:
    """None for what is no time: the examination says then what is missing."""
    try:
        return from_seconds(message[name]) if name in message else None
    except Unreadable:
        return None


def _service(message: Object) -> str:
    """Groups that move to another id are worth a name of their own in the metric."""
    return next((name for name in ("migrate_to_chat_id", "migrate_from_chat_id") if name in message), "service")
