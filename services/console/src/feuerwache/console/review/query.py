"""What stands in the address of the review queue: the choice, the place in it, and what was just clicked. Pure."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from urllib.parse import urlencode

from feuerwache.console.page.queue import Sent
from feuerwache.console.store.queue import KINDS, ORDERS, Cursor, Order, Sieve

#: Longest name of a platform, a post or a community.
MAX_NAME = 200
MAX_CURSOR = 2000
#: What fits into the column of the database.
BIGGEST = 2**53


def sieve_of(asked: Mapping[str, str]) -> Sieve:
    """The choice; what is not one of those offered counts as not chosen."""
    kind = next((known for known in KINDS if known == asked.get("kind")), None)
    order: Order = next((known for known in ORDERS if known == asked.get("order")), "urgent")
    return Sieve(asked.get("community", "")[:MAX_NAME] or None, kind, order, cursor_of(asked.get("after", "")))


def query_of(sieve: Sieve, *, after: Cursor | None) -> str:
    """The choice and a place in it, to be followed by more: empty, or with `&` at its end."""
    fields = {
        "community": sieve.community or "",
        "kind": sieve.kind or "",
        "order": sieve.order if sieve.order != "urgent" else "",
        "after": written(after) if after is not None else "",
    }
    chosen = urlencode({name: value for name, value in fields.items() if value})
    return f"{chosen}&" if chosen else ""


def sent_of(asked: Mapping[str, str]) -> Sent | None:
    """What this page was asked for after."""
    platform, post_id = post_of(asked, "sent_platform", "sent_post")
    if not platform or not post_id or "sent" not in asked:
        return None
    return Sent(platform, post_id, asked["sent"][:MAX_NAME], asked.get("id", "")[:MAX_NAME])


def query_of_sent(sent: Sent) -> dict[str, str]:
    named = {"sent": sent.verdict, "sent_platform": sent.platform, "sent_post": sent.post_id}
    return {**named, "id": sent.command_id} if sent.command_id else named


def post_of(asked: Mapping[str, str], platform: str = "platform", post_id: str = "post_id") -> tuple[str, str]:
    return asked.get(platform, "")[:MAX_NAME], asked.get(post_id, "")[:MAX_NAME]


def written(cursor: Cursor) -> str:
    return urlsafe_b64encode(json.dumps(cursor, separators=(",", ":")).encode()).rstrip(b"=").decode()


def cursor_of(text: str) -> Cursor | None:
    """None for what no page has offered: then the list begins at its beginning."""
    if not text or len(text) > MAX_CURSOR:
        return None
    try:
        urgency, since_ms, platform, post_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, Base64Error):
        return None
    numbers = all(type(one) is int and abs(one) < BIGGEST for one in (urgency, since_ms))
    names = all(type(one) is str and "\x00" not in one for one in (platform, post_id))
    return Cursor(urgency, since_ms, platform, post_id) if numbers and names else None
