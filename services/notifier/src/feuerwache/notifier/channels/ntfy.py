"""A push by ntfy (https://docs.ntfy.sh/publish/, "Publish as JSON"): to the public server or to one of one's own.

Tapping the notification opens the incident and acknowledges nothing; the first button does, by a POST to the incident's
page (`http` action), and is there only if the link acts for its reader. Tapping is the app's `click`, a GET. In ntfy's
web app the button is a `fetch` from another origin, taken as done for a 2xx it may read (binwiederhier/ntfy,
web/src/components/Notifications.jsx): the console answers it with 204 and leave to read just that. Tried against the
console with these requests, not with a phone.

The sequence id is the delivery's, so on a phone a repeat replaces the first notification instead of ringing beside it
("Updating notifications"; servers before 2.16 do not know it and show both). ntfy says it has a message by a JSON
object with its id; a 200 with anything else comes from somebody else (a portal, a wrong address) and reached nobody. A
message over 4,096 bytes would become an attachment and is cut instead. ntfy documents no `Retry-After`; where a server
or a proxy before it sends one, it is kept to.

Whoever knows the topic can read along, so on a public server it has to be unguessable, and the link in it acts for its
reader until it expires.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from feuerwache.common.config.contact import NtfyContact
from feuerwache.common.http.client import Answer
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, accepted, permanent
from feuerwache.notifier.channels.http import Call, HttpLine, SecretError, bearer, identifier, said, secret
from feuerwache.notifier.message.machine import severity_of
from feuerwache.notifier.message.message import Message

#: "If a message is greater than the maximum message size (4,096 bytes)", https://docs.ntfy.sh/publish/#attach-local-file
LONGEST_BYTES = 4096
LOW, NORMAL, HIGH, MAX = 2, 3, 4, 5
#: Emoji short codes, https://docs.ntfy.sh/emojis/
TAGS = {"critical": "rotating_light", "high": "warning", "low": "information_source"}
BUTTONS = {"de": ("Ich übernehme", "Ansehen"), "en": ("I take it", "Open")}
#: Personal links lead here; all others act for nobody.
PERSONAL = "/i/"


class NtfyChannel:
    name = "ntfy"
    dedup = Dedup.MESSAGE_ID

    def __init__(self, line: HttpLine) -> None:
        self._line = line

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        contact = delivery.contact
        if not isinstance(contact, NtfyContact):
            return permanent("not an ntfy contact")
        try:
            token = await secret(contact.token, contact.token_file)
        except SecretError as error:
            return permanent(str(error))
        body = notification(delivery, contact.topic, message)
        call = Call.json(contact.server.rstrip("/") + "/", body, bearer(token) if token else {})
        return await self._line.call(call, published)

    async def close(self) -> None:
        await self._line.close()


def notification(delivery: Delivery, topic: str, message: Message) -> dict[str, Any]:
    severity = severity_of(message.data)
    return {
        "topic": topic,
        "title": message.headline,
        "message": cut(message.body or message.headline, LONGEST_BYTES),  # an empty one would read "triggered"
        "priority": priority(severity, urgent=delivery.urgent),
        "tags": [TAGS.get(severity, "bell")],
        "sequence_id": str(delivery.delivery_id),
        **({"click": message.link, "actions": buttons(message)} if message.link else {}),
    }


def priority(severity: str, *, urgent: bool) -> int:
    """Only what is critical and urgent rings through a phone's do-not-disturb (5)."""
    if not urgent:
        return LOW if severity == "low" else NORMAL
    return MAX if severity == "critical" else HIGH


def buttons(message: Message) -> list[dict[str, Any]]:
    take, look = BUTTONS.get(message.language, BUTTONS["en"])
    view = {"action": "view", "label": look, "url": message.link}
    if not urlsplit(message.link).path.startswith(PERSONAL):
        return [view]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url = f"{message.link}/acknowledge?from=push"
    return [
        {"action": "http", "label": take, "url": url, "method": "POST", "headers": headers, "body": "", "clear": True},
        view,
    ]


def cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, no character broken, an ellipsis where something is missing."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[: most - len("…".encode())].decode(errors="ignore") + "…"


def published(answer: Answer, outcome: Outcome) -> Outcome:
    if not outcome.success:
        return outcome
    known = identifier(said(answer).get("id"))
    return accepted(known) if known else permanent("the answer is not one of ntfy")
