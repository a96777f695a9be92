"""Telegram: the messages of groups and channels, as a bot that is a member there sees them.

Telegram calls with one update at a time, and repeats it until it is answered 2xx. `secret_token` of setWebhook comes
back in a header; it proves nothing about the body, and no time is signed: TLS has to keep both. What is said in private
(private chats, direct messages of a channel, business accounts) is never taken. `telegram_message` knows what a message
means.

Checked against https://core.telegram.org/bots/api, sections Update, setWebhook, Message, Chat, User, MessageEntity.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters import telegram_message
from feuerwache.ingest.adapters.adapter import (
    AdapterKind,
    Delivery,
    Fetch,
    Fetched,
    Reading,
    Refused,
    Reply,
    Secrets,
    Skipped,
    SkipReason,
)
from feuerwache.ingest.adapters.document import Object, document, identity, inside, present, text
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.proof import secret_header
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.item import Item

SECRET = "x-telegram-bot-api-secret-token"
_MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")
_PRIVATE = ("business_message", "edited_business_message", "deleted_business_messages", "business_connection")
#: Other updates by name, for the metric alone.
_OTHER = (
    *("message_reaction", "message_reaction_count", "inline_query", "chosen_inline_result", "callback_query"),
    *("poll", "poll_answer", "my_chat_member", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost"),
)
_PUBLIC_CHATS = frozenset({"group", "supergroup", "channel"})


class TelegramSettings(AdapterSettings):
    """`places`: a chat's id or `@name`, or `id/topic` for one topic of a forum → community. `report_commands`: what a
    member answers to a message in order to report it (without the slash); none: nobody can."""

    report_commands: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")], ...] = ("report",)


class Telegram:
    """The adapter of one integration."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:  # noqa: ARG002 - Telegram has none
        return None

    def verify(self, delivery: Delivery, secrets: Secrets, real_now: datetime) -> Refused | None:  # noqa: ARG002 - Telegram signs no time
        return secret_header(delivery, SECRET, secrets.get("webhook", ()))

    def read(self, delivery: Delivery, now: datetime) -> Reading:  # noqa: ARG002 - every message has its time
        update = document(delivery.body)
        found = self._read(update)
        return Reading(skipped=(found,)) if isinstance(found, Skipped) else Reading((found,))

    def complete(self, fetch: Fetch, answer: Fetched, now: datetime) -> Reading:  # noqa: ARG002 - see below
        raise Unreadable(400, "Nothing was asked for", "an update of Telegram is whole as it comes")

    def _read(self, update: Object) -> Item | Skipped:
        kind = next((name for name in _MESSAGES if name in update), None)
        if kind is None:
            private = next((name for name in _PRIVATE if name in update), None)
            if private is not None:
                return Skipped(SkipReason.PRIVATE, private)
            return Skipped(SkipReason.UNKNOWN_EVENT, next((name for name in _OTHER if name in update), "update"))
        message = inside(update, kind)
        chat = inside(message, "chat")
        if text(chat, "type") not in _PUBLIC_CHATS or chat.get("is_direct_messages") is True:
            return Skipped(SkipReason.PRIVATE, "chat")
        if "business_connection_id" in message:
            return Skipped(SkipReason.PRIVATE, "business_message")
        places = _places(message, chat)
        if not self._settings.knows(*places):
            return Skipped(SkipReason.FOREIGN_PLACE, "chat")
        common = present(community=self._settings.community(*places))
        commands = frozenset(self._settings.report_commands)
        found = telegram_message.read(message, commands, edited=kind.startswith("edited"))
        return found if isinstance(found, Skipped) else Item({**common, **found})


def _places(message: Object, chat: Object) -> tuple[str, ...]:
    """The nearest first: the topic of a forum, the chat by its id, the chat by its name."""
    chat_id, topic, name = identity(chat, "id"), identity(message, "message_thread_id"), text(chat, "username")
    places = []
    if chat_id is not None and topic is not None and message.get("is_topic_message") is True:
        places.append(f"{chat_id}/{topic}")
    if chat_id is not None:
        places.append(chat_id)
    if name is not None:
        places.append(f"@{name}")
    return tuple(places)


TELEGRAM = AdapterKind(
    Profile(
        name="telegram",
        title="Telegram groups and channels",
        way="webhook",
        docs=(
            "https://core.telegram.org/bots/api",
            "https://core.telegram.org/bots/features#privacy-mode",
            "https://core.telegram.org/api/links#message-links",
        ),
        features={
            Feature.CREATE: "all messages only for an administrator, or with privacy mode off",
            Feature.EDIT: "",
            Feature.REPORT: "as an answer with /report (report_commands): Telegram keeps its own reports",
            Feature.REPLY: "",
            Feature.MEDIA: "captions and links; Telegram has no alternative texts",
            Feature.SIGNATURE: "a secret header; nothing signs body or time",
        },
        missing={
            Feature.DELETE: "the Bot API tells of deletions in business accounts alone",
            Feature.MODERATE: "the Bot API tells that a person was restricted, and names no message",
            Feature.REACH: "messages of the Bot API hold no number of views",
        },
        actions={
            Action.REMOVE: "messages of the last 48 hours, where the bot may delete messages",
            Action.RESTRICT: "supergroups, where the bot may restrict members",
        },
        secrets={"webhook": True, "api": False},
    ),
    TelegramSettings,
    Telegram,
)
