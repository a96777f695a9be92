"""In Telegram's groups: deleting a message, and keeping its author from writing for a while.

    https://core.telegram.org/bots/api#making-requests      POST …/bot<token>/METHOD, `ok`, `parameters.retry_after`
    https://core.telegram.org/bots/api#deletemessage        of the last 48 hours, for an administrator
    https://core.telegram.org/bots/api#restrictchatmember   supergroups; less than 30 seconds or more than 366 days
                                                            ahead is for ever

**The token stands in the address**, as Telegram wants it. Errors come as text: those that matter here were looked up in
the issues of client libraries (tdesktop#5978, pyTelegramBotAPI#755 and #1544, telegram-bot-api#94), since the page
lists none.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, ClassVar

from feuerwache.common.events.decision import Action
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.adapters.telegram import TelegramSettings
from feuerwache.ingest.outbound.actions.action import (
    GONE,
    ActionKind,
    HttpRequest,
    Order,
    PlatformAction,
    Unaskable,
    judged,
    matching,
    number,
    refused,
    said,
    secret,
)
from feuerwache.ingest.outbound.outcome import Kind, Outcome, retry

SUPPORTS = frozenset({Action.REMOVE, Action.RESTRICT})
SERVER = "https://api.telegram.org"
_POST = re.compile(r"(-[1-9][0-9]{0,19}):([1-9][0-9]{0,19})", re.ASCII)
#: A token as BotFather gives it; anything else would make another address.
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}", re.ASCII)
#: Ids of supergroups and channels lie below, those of plain groups above (core.telegram.org/api/bots/ids).
_SUPERGROUPS = -1_000_000_000_000
#: What ChatPermissions has for writing; every one is named, because a missing one may change its meaning.
_SILENT = dict.fromkeys(
    (
        *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
        *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
        "can_add_web_page_previews",
    ),
    False,
)


class TelegramAction(PlatformAction):
    supports: ClassVar[frozenset[Action]] = SUPPORTS

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings

    def request(self, order: Order, secrets: Secrets) -> HttpRequest:
        found = _POST.fullmatch(matching(_POST, order.post_id, "message"))
        assert found is not None
        chat, message = int(found[1]), int(found[2])
        if order.action is Action.REMOVE:
            return _call(secrets, "deleteMessage", {"chat_id": chat, "message_id": message})
        if chat >= _SUPERGROUPS:
            raise Unaskable("a plain group has no restrictions of members, only a supergroup")
        if order.author_id.startswith("-"):
            raise Unaskable("it was written as a chat, which cannot be restricted")
        fields: dict[str, Any] = {"chat_id": chat, "user_id": int(number(order.author_id, "author"))}
        fields |= {"permissions": _SILENT, "use_independent_chat_permissions": True}
        if order.until is not None:
            fields["until_date"] = int(order.until.timestamp())
        return _call(secrets, "restrictChatMember", fields)

    def judge(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome:
        document = said(answer)
        parameters = document.get("parameters")
        asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
        asked = float(asked) if isinstance(asked, int) and 0 <= asked <= 86_400 else None
        if answer.status == 400:
            return _bad_request(order, str(document.get("description", "")).lower(), parameters)
        if 200 <= answer.status < 300 and document.get("ok") is not True:
            return refused("Telegram says that it did not work")
        return judged(answer, real_now, asked=asked)


def _bad_request(order: Order, words: str, parameters: object) -> Outcome:
    """Telegram's own words decide here, and are not passed on."""
    if order.action is Action.REMOVE and "message to delete not found" in words:
        return Outcome(Kind.TAKEN, GONE)
    if "message can't be deleted" in words:
        return refused("it is older than 48 hours, or the bot may not delete messages")
    if any(each in words for each in ("not enough rights", "need administrator rights", "chat not found")):
        return retry("HTTP 400: the bot lacks a right in this group")
    if isinstance(parameters, dict) and "migrate_to_chat_id" in parameters:
        return refused("the group has moved to another id")
    if "administrator" in words or "can't remove chat owner" in words:
        return refused("administrators cannot be restricted")
    return refused("HTTP 400")


def _call(secrets: Secrets, method: str, fields: dict[str, Any]) -> HttpRequest:
    token = matching(_TOKEN, secret(secrets, "api"), "token")
    body = json.dumps(fields, separators=(",", ":")).encode()
    return HttpRequest("POST", f"{SERVER}/bot{token}/{method}", {"content-type": "application/json"}, body)


TELEGRAM = ActionKind(
    name="telegram",
    docs=(
        "https://core.telegram.org/bots/api#making-requests",
        "https://core.telegram.org/bots/api#deletemessage",
        "https://core.telegram.org/bots/api#restrictchatmember",
    ),
    supports=SUPPORTS,
    secrets=("api",),
    make=TelegramAction,
    by_author=frozenset({Action.RESTRICT}),
)
