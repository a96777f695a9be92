"""Slack: a message with buttons by `chat.postMessage` (https://docs.slack.dev/reference/methods/chat.postMessage).

Slack answers nearly everything with 200 and says `"ok": false` and an error word inside; 429 comes with `Retry-After`
(https://docs.slack.dev/apis/web-api/rate-limits). The words that are worth another try are named here, every other
one is final. `text` is what the phone shows and a screen reader reads, the blocks
(https://docs.slack.dev/reference/block-kit/blocks) are what Slack itself shows. Links are not unfurled. Slack knows no
key by which it would drop a repeat, so the page says that it may be one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from feuerwache.common.config.contact import SlackContact
from feuerwache.common.http.client import Answer
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, Result, permanent, transient
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import Call, HttpLine, SecretError, bearer, identifier, said
from feuerwache.notifier.message.message import Message

API = "https://slack.com"
#: Errors that pass: limits, and what Slack calls its own fault.
TRANSIENT = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
    }
)
ERROR_WORD = re.compile(r"[a-z_]{1,60}")
MOST_TITLE, MOST_BODY, MOST_LABEL = 150, 3000, 75


@dataclass(frozen=True, slots=True)
class SlackApp:
    """The bot that posts; its token needs the scope `chat:write`."""

    token: Credential = field(repr=False)
    url: str = API


class SlackChannel:
    name = "slack"
    dedup = Dedup.NONE

    def __init__(self, line: HttpLine, app: SlackApp) -> None:
        self._line = line
        self._app = app

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, SlackContact):
            return permanent("not a contact in Slack")
        try:
            authorization = bearer(await self._app.token.read())
        except SecretError as error:
            return permanent(f"Slack's bot token cannot be used: {error}")
        value = {
            "channel": contact.to,
            "text": escaped(message.headline),
            "blocks": blocks(message),
            "unfurl_links": False,
            "unfurl_media": False,
        }
        return await self._line.call(Call.json(f"{self._app.url}/api/chat.postMessage", value, authorization), read)

    async def close(self) -> None:
        await self._line.close()


def blocks(message: Message) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = [{"type": "header", "text": plain(message.headline, MOST_TITLE)}]
    if message.body:
        shown.append({"type": "section", "text": {"type": "mrkdwn", "text": escaped(message.body)[:MOST_BODY]}})
    buttons: list[dict[str, Any]] = []
    for number, choice in enumerate(message.choices):
        button = {"type": "button", "action_id": f"answer-{number}", "value": choice.value}
        style = {"style": "primary"} if number == 0 else {}
        buttons.append({**button, **style, "text": plain(choice.label, MOST_LABEL)})
    if message.link:
        label = plain(message.link_label or message.link, MOST_LABEL)
        buttons.append({"type": "button", "action_id": "open", "url": message.link, "text": label})
    return [*shown, {"type": "actions", "elements": buttons}] if buttons else shown


def plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": text if len(text) <= most else f"{text[: most - 1]}…", "emoji": False}


def escaped(text: str) -> str:
    """What would be a link, a mention or a command stays text (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(answer: Answer, outcome: Outcome) -> Outcome:
    value = said(answer)
    word = value.get("error")
    told = f"Slack: {word}" if isinstance(word, str) and ERROR_WORD.fullmatch(word) else ""
    if not outcome.success:
        return replace(outcome, reason=", ".join(part for part in (outcome.reason, told) if part))
    if value.get("ok") is True:
        return Outcome(Result.ACCEPTED, provider_id=identifier(value.get("ts")))
    if word in TRANSIENT:
        return transient(told)
    return permanent(told or "the answer is not Slack's")
