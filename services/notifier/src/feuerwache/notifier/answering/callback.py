"""What providers post, taken apart: who answered, which button or digit, in which message. Pure; nothing is believed
before its proof (`proof.py`).

Slack: a form with `payload`, JSON of type `block_actions`
(https://docs.slack.dev/reference/interaction-payloads/block_actions-payload); it waits three seconds for an answer
(https://docs.slack.dev/tools/bolt-python/concepts/acknowledge). Telegram: an `Update` with a
`callback_query` (https://core.telegram.org/bots/api#callbackquery). Twilio: form parameters of a call that gathered
digits (https://www.twilio.com/docs/voice/twiml/gather#action) or of a text message that came in
(https://www.twilio.com/docs/messaging/guides/webhook-request).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from feuerwache.common.errors import FeuerwacheError
from feuerwache.notifier.message.choice import ACKNOWLEDGE, chosen

Parameters = Sequence[tuple[str, str]]
MOST_FIELDS = 200
#: What a text message may say to take over, without blanks and full stops.
YES = frozenset({"1", "ok", "okay", "ja", "yes", "y", "j", "übernehmen", "uebernehmen", "übernehme", "take over"})


#: What a message or a call may be (`channels/twilio.py` says where that is documented).
STATUSES = frozenset(
    {"accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "read", "canceled"}
    | {"initiated", "ringing", "in-progress", "completed", "busy", "no-answer"}
)
#: The last word on one that reached nobody.
NOT_ARRIVED = frozenset({"undelivered", "failed", "busy", "no-answer", "canceled"})


class BadCallback(FeuerwacheError):  # noqa: N818 - reads as what it is
    """Not what the provider documents."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. `press` is the provider's id of this very press: what is posted again has the same one.

    `account` is who pressed, `place` the chat it happened in.
    """

    account: str
    place: str
    letter: str
    reference: str = field(repr=False)
    press: str


@dataclass(frozen=True, slots=True)
class SlackPressed:
    """With where to answer, and the message as it stands."""

    pressed: Pressed
    response_url: str = field(repr=False)
    blocks: Sequence[dict[str, Any]] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class TelegramPressed:
    """With the message as it stands."""

    pressed: Pressed
    message_id: int = 0
    text: str = field(default="", repr=False)
    entities: Sequence[dict[str, Any]] = ()
    keyboard: Sequence[Sequence[dict[str, Any]]] = field(default=(), repr=False)


def form(body: bytes) -> list[tuple[str, str]]:
    """The parameters as they were sent, empty ones included. Raises `BadCallback`."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise BadCallback("no form") from error


def slack(body: bytes) -> SlackPressed | None:
    """None for what is no button of ours: a link that was opened, a payload of another kind. Raises `BadCallback`."""
    value = _object(dict(form(body)).get("payload", ""))
    if value.get("type") != "block_actions":
        return None
    actions = value.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    answer = chosen(str(action.get("value", "")))
    if answer is None:
        return None
    place = _text(value, "container", "channel_id") or _text(value, "channel", "id")
    press = ":".join((place, _text(value, "container", "message_ts"), str(action.get("action_ts", ""))))
    pressed = Pressed(_text(value, "user", "id"), place, *answer, press)
    message = value.get("message")
    shown = _objects(message.get("blocks")) if isinstance(message, dict) else []
    return SlackPressed(_whole(pressed), str(value.get("response_url", "")), shown)


def telegram(body: bytes) -> TelegramPressed | None:
    """None for any other update. Raises `BadCallback`."""
    value = _object(body)
    query = value.get("callback_query")
    if not isinstance(query, dict):
        return None
    answer = chosen(str(query.get("data", "")))
    if answer is None:
        return None
    place = _text(query, "message", "chat", "id")
    pressed = _whole(Pressed(_text(query, "from", "id"), place, *answer, str(query.get("id", ""))))
    message = query.get("message")
    if not isinstance(message, dict) or not isinstance(message.get("message_id"), int):
        return TelegramPressed(pressed)
    markup = message.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    keyboard = [_objects(row) for row in rows] if isinstance(rows, list) else []
    text = message.get("text")
    entities = _objects(message.get("entities"))
    return TelegramPressed(pressed, message["message_id"], text if isinstance(text, str) else "", entities, keyboard)


def says_yes(text: str) -> bool:
    """Whether a text message takes over."""
    return " ".join(text.split()).strip(" .!,;\"'").casefold() in YES


def voice(parameters: Parameters, reference: str) -> Pressed | None:
    """None for any other digit than 1. Raises `BadCallback`."""
    given = dict(parameters)
    if given.get("Digits") != "1":
        return None
    return _whole(Pressed(given.get("To", ""), "call", ACKNOWLEDGE, reference, given.get("CallSid", "")))


def message_id(given: Mapping[str, str]) -> str:
    """Of a text message that came in. Raises `BadCallback`."""
    if not given.get("MessageSid") or not given.get("From"):
        raise BadCallback("no text message")
    return given["MessageSid"]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message or call that Twilio had taken over. `code`: Twilio's own, empty when it gives none."""

    status: str
    code: str = ""

    @property
    def failed(self) -> bool:
        return self.status in NOT_ARRIVED

    @property
    def reason(self) -> str:
        return f"Twilio: {self.status}" + (f" ({self.code})" if self.code else "")


@dataclass(frozen=True, slots=True)
class About:
    """The delivery a report is about: its attempt, and in which shard it is kept."""

    delivery_id: UUID
    attempt: int
    shard: int


def report(given: Mapping[str, str]) -> Report:
    """Of a message (`MessageStatus`, `ErrorCode`) or a call (`CallStatus`); `other` for a word Twilio does not list."""
    said = given.get("MessageStatus") or given.get("CallStatus", "")
    code = given.get("ErrorCode", "")
    return Report(said if said in STATUSES else "other", code if code.isascii() and code.isdecimal() else "")


def about(query: Mapping[str, str]) -> About | None:
    """As `twilio.reports_to` has written it; None for an address that names no delivery. Raises `BadCallback`."""
    if "d" not in query:
        return None
    try:
        return About(UUID(query["d"]), int(query.get("a", "1")), int(query.get("s", "0")))
    except ValueError as error:
        raise BadCallback("the address is not ours") from error


def _object(text: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCallback("no JSON") from error
    if not isinstance(value, dict):
        raise BadCallback("no object")
    return value


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; empty for what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any, *path: str) -> str:
    """A string or a number inside; empty when it is not there."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return str(value) if isinstance(value, (str, int)) else ""


def _whole(pressed: Pressed) -> Pressed:
    if not pressed.account or not pressed.press:
        raise BadCallback("nobody pressed, or nothing")
    return pressed
