"""After an answer the message it was given to tells everybody who sees it: who has the incident, and no buttons any
more; the link stays.

Slack: by the `response_url` of the press (https://docs.slack.dev/interactivity/handling-user-interaction#message_responses).
Telegram: by `editMessageText` (https://core.telegram.org/bots/api#editmessagetext). What fails here is logged; the
answer itself is on record already.
"""

from __future__ import annotations

from typing import Any

from feuerwache.common.logging import logger
from feuerwache.notifier.answering.callback import SlackPressed, TelegramPressed
from feuerwache.notifier.answering.desk import Answer, AnswerDesk, Taken
from feuerwache.notifier.answering.door import SlackDoor, TelegramDoor
from feuerwache.notifier.channels import telegram
from feuerwache.notifier.channels.http import Call, SecretError
from feuerwache.notifier.channels.slack import escaped

log = logger(__name__)


async def tell_slack(desk: AnswerDesk, door: SlackDoor, found: SlackPressed, taken: Taken) -> None:
    """To whoever pressed; and once somebody has it, the message says so to all and has no buttons any more."""
    answer = await desk.settle("slack", taken)
    told: list[dict[str, Any]] = [
        {"response_type": "ephemeral", "replace_original": False, "text": escaped(answer.text)}
    ]
    if answer.line:
        told.append({"replace_original": True, "text": escaped(answer.line), "blocks": without_buttons(found, answer)})
    if not found.response_url.startswith(f"{door.hooks}/"):
        log.warning("Slack was not answered: its address is none of Slack's")
        return
    for value in told:
        outcome = await door.line.call(Call.json(found.response_url, value))
        if not outcome.success:
            log.warning("Slack did not take what became of an answer", reason=outcome.reason)


def without_buttons(found: SlackPressed, answer: Answer) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = [dict(block) for block in found.blocks if block.get("type") != "actions"]
    for block in found.blocks:
        elements = block.get("elements")
        if block.get("type") == "actions" and isinstance(elements, list):
            links = [one for one in elements if isinstance(one, dict) and "url" in one]
            kept += [{"type": "actions", "elements": links}] if links else []
    return [*kept, {"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(answer.line)}]}]


async def tell_telegram(door: TelegramDoor, found: TelegramPressed, answer: Answer) -> None:
    """Nothing to do while nobody has it, or when the message says so already."""
    if door.bot is None or not answer.line or answer.line in found.text or not found.text:
        return
    try:
        token = await door.bot.token.read()
    except SecretError as error:
        log.error("Telegram cannot be told what became of an answer", reason=str(error))
        return
    after = f"\n\n{answer.line}"
    value = {
        "chat_id": found.pressed.place,
        "message_id": found.message_id,
        "text": telegram.shortened(found.text, telegram.MOST_TEXT - telegram.units(after)) + after,
        "entities": list(found.entities),
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": _links(found)},
    }
    outcome = await door.line.call(Call.json(f"{door.bot.url}/bot{token}/editMessageText", value), telegram.read)
    if not outcome.success:
        log.warning("Telegram did not take what became of an answer", reason=outcome.reason)


def _links(found: TelegramPressed) -> list[list[dict[str, Any]]]:
    rows = [[button for button in row if "url" in button] for row in found.keyboard]
    return [row for row in rows if row]
