"""Telegram: a message by a bot, with buttons below it (https://core.telegram.org/bots/api#sendmessage).

Answers are JSON with `ok`; an error has `error_code`, `description` and, for 429, how many seconds to wait in
`parameters.retry_after` (https://core.telegram.org/bots/api#responseparameters). The text is sent as it is, without a
`parse_mode`: its first line is set in bold by an entity counted in UTF-16 units, so there is nothing in the name of a
community that could fail to be parsed. The bot's token stands in the address, which is shown and logged nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from feuerwache.common.config.contact import TelegramContact
from feuerwache.common.http.client import Answer
from feuerwache.common.http.retry import LONGEST_WAIT_SECONDS
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, Result, permanent
from feuerwache.notifier.channels.credential import Credential
from feuerwache.notifier.channels.http import Call, HttpLine, SecretError, identifier, said
from feuerwache.notifier.message.message import Message

API = "https://api.telegram.org"
#: Letters of one message, counted in UTF-16 units.
MOST_TEXT = 4096
#: What a 400 means, by the beginning of its description; the description itself may repeat what was sent.
MEANINGS = (
    ("Bad Request: chat not found", "the chat is not known to the bot"),
    ("Bad Request: can't parse entities", "the text could not be parsed"),
    ("Bad Request: message is too long", "the text is too long"),
    ("Bad Request: BUTTON_", "a button was refused"),
    ("Bad Request: group chat was upgraded", "the chat has a new id"),
    ("Forbidden: bot was blocked", "the bot was blocked"),
    ("Forbidden: bot was kicked", "the bot was removed from the chat"),
    ("Forbidden: bot can't initiate", "nobody has started a chat with the bot"),
)


@dataclass(frozen=True, slots=True)
class TelegramBot:
    token: Credential = field(repr=False)
    url: str = API


class TelegramChannel:
    name = "telegram"
    dedup = Dedup.NONE

    def __init__(self, line: HttpLine, bot: TelegramBot) -> None:
        self._line = line
        self._bot = bot

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, TelegramContact):
            return permanent("not a contact in Telegram")
        try:
            token = await self._bot.token.read()
        except SecretError as error:
            return permanent(f"Telegram's bot token cannot be used: {error}")
        value = {"chat_id": contact.chat, "disable_notification": not delivery.urgent, **content(message)}
        return await self._line.call(Call.json(f"{self._bot.url}/bot{token}/sendMessage", value), read)

    async def close(self) -> None:
        await self._line.close()


def content(message: Message) -> dict[str, Any]:
    """Text, its bold first line and the buttons, one in each row. Telegram opens https alone from a button."""
    rows = [[{"text": choice.label, "callback_data": choice.value}] for choice in message.choices]
    text = f"{message.headline}\n{message.body}".strip()
    after = ""
    if message.link.startswith("https://"):
        rows.append([{"text": message.link_label or message.link, "url": message.link}])
    elif message.link:
        after = f"\n{message.link}"
    bold = {"type": "bold", "offset": 0, "length": units(message.headline)}
    value: dict[str, Any] = {
        "text": shortened(text, MOST_TEXT - units(after)) + after,
        "entities": [bold],
        "link_preview_options": {"is_disabled": True},
    }
    return {**value, "reply_markup": {"inline_keyboard": rows}} if rows else value


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def shortened(text: str, most: int) -> str:
    return (
        text if units(text) <= most else text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore") + "…"
    )


def read(answer: Answer, outcome: Outcome) -> Outcome:
    value = said(answer)
    if outcome.success:
        result = value.get("result")
        if value.get("ok") is not True or not isinstance(result, dict):
            return _meant(value, permanent("the answer is not Telegram's"))
        return Outcome(Result.ACCEPTED, provider_id=identifier(result.get("message_id")))
    parameters = value.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if outcome.result is Result.TRANSIENT and isinstance(wait, int) and wait >= 0:
        outcome = replace(outcome, retry_after=min(float(wait), LONGEST_WAIT_SECONDS))
    return _meant(value, outcome)


def _meant(value: dict[str, Any], outcome: Outcome) -> Outcome:
    description = str(value.get("description", ""))
    meaning = next((meaning for beginning, meaning in MEANINGS if description.startswith(beginning)), None)
    return replace(outcome, reason=f"{outcome.reason}: {meaning}") if meaning else outcome
