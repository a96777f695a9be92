"""What a client of a platform's own interface is: it says what to send for an order, and what an answer to it means.

    order ─> look ─> seen? ─> request ─> judge ─> outcome

Pure: sending, secrets, rates, receipts are `platform.ActionPlatform`'s. An order may be carried out twice (a crash
between the call and its receipt), so a request that is repeated must do no more than the first one did; where it would
(a second warning, a second mail) the client looks first. "It is so already" and "it is not there any more" are done.

A platform's own words are never quoted: they may hold texts or tokens. Nothing of `HttpRequest` shows in a `repr`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.decision import Action
from feuerwache.common.http.retry import retry_after
from feuerwache.ingest.adapters.adapter import Fetched, Secrets
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word, retry

Method = Literal["GET", "POST", "PUT", "DELETE"]
DONE = Word("done")
GONE = Word("done", "it was not there any more")
DOOR = {401: "HTTP 401: the platform does not know the credential", 403: "HTTP 403: the credential may not do this"}


class Unaskable(FeuerwacheError):  # noqa: N818 - says what the order is
    """This order cannot be put to the platform, now or later. The message is ours, and quotes no id."""


class NoSecret(FeuerwacheError):  # noqa: N818 - says what is the matter
    """The credential is not there. The message names it."""


@dataclass(frozen=True, slots=True)
class Order:
    """One action about one post. `key` follows from decision and action: the same after a crash, for platforms that
    know repeats by it. `until` (UTC) ends a restriction. `reason`: what the author may be told, "" for nothing."""

    key: UUID
    action: Action
    platform: str
    community: str
    post_id: str
    author_id: str
    until: datetime | None = None
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`url` is absolute. It may hold a token (Telegram has it in the path)."""

    method: Method
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class PlatformAction(Protocol):
    """One integration's client, made by its `ActionKind`. Subclass it: `look` and `seen` have defaults then."""

    def request(self, order: Order, secrets: Secrets) -> HttpRequest:
        """What does it. `order.action` is one of its kind's `supports`. Raises `Unaskable`, `NoSecret`."""
        ...

    def judge(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome:
        """What the answer to `request` means; `judged` knows what is usual. Never raises."""
        ...

    def look(self, order: Order, secrets: Secrets) -> HttpRequest | None:  # noqa: ARG002 - for those that override it
        """A GET that shows whether it is done already, where repeating `request` would do more. None: no need to."""
        return None

    def seen(self, order: Order, answer: Fetched, real_now: datetime) -> Outcome | None:  # noqa: ARG002 - see `look`
        """What the answer to `look` means. None: it is still to be done."""
        return None


S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ActionKind(Generic[S]):
    """`name` is the adapter's, whose settings and secrets the client shares. `secrets` must be there for it to work.
    `by_author` are the actions that need the author's real id: they do not go with pseudonyms. `docs`: as `Profile`.
    """

    name: str
    docs: tuple[str, ...]
    supports: frozenset[Action]
    secrets: tuple[str, ...]
    make: Callable[[S], PlatformAction]
    by_author: frozenset[Action] = frozenset()


def judged(
    answer: Fetched,
    real_now: datetime,
    *,
    gone: Word | None = None,
    asked: float | None = None,
) -> Outcome:
    """What an answer usually means: 2xx done; 401 and 403 the door, which an operator has to open; 429 and 5xx later.

    `gone`: what 404 and 410 mean for this action; None: the door as well, since a wrong address must not use up
    decisions. `asked`: seconds the platform wants to be left alone, where it does not say so in `Retry-After`.
    """
    status = answer.status
    wait = retry_after(answer.headers.get("retry-after"), real_now)
    wait = asked if wait is None else wait
    if 200 <= status < 300:
        return Outcome(Kind.TAKEN, DONE)
    if status in (404, 410):
        return retry(f"HTTP {status}: there is no such place", wait) if gone is None else Outcome(Kind.TAKEN, gone)
    if status in DOOR:
        return retry(DOOR[status], wait)
    if 300 <= status < 400:
        return retry(f"HTTP {status} (redirects are not followed)")
    if status in (405, 407, 408, 421, 425, 429) or status >= 500:
        return retry(f"HTTP {status}", wait)
    return refused(f"HTTP {status}")


def refused(reason: str) -> Outcome:
    """The platform will not do it, however often it is asked. `reason` is ours."""
    return Outcome(Kind.REFUSED, Word("refused", reason), reason=reason)


def secret(secrets: Secrets, name: str) -> str:
    """The credential in force: the first one. Raises `NoSecret`."""
    value = next(iter(secrets.get(name, ())), b"").decode("utf-8", "replace").strip()
    if not value:
        raise NoSecret(f"the secret {name!r} is not there")
    return value


def matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    """`value`, if all of it is as ids of this platform are; else `Unaskable`.

    Ids are written into addresses that are called with our credential, and anybody with a token for `/v1/posts` can
    submit any id: `1/../../users/7` must not become another call.
    """
    if pattern.fullmatch(value) is None:
        raise Unaskable(f"the {what} is none of this platform's")
    return value


NUMBER = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)


def number(value: str, what: str) -> str:
    """As `matching`, for ids that are decimal numbers."""
    return matching(NUMBER, value, what)


def said(answer: Fetched) -> dict[str, Any]:
    """The JSON object in an answer; {} where there is none. For looking at, never for quoting."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
