"""What an adapter is: how a platform proves that a call is its own, and what items a call, a page or a file holds.

    call ─> challenge ─> verify ─> read ─> items, skipped, fetches, reply
                                            fetches ─> complete ─> items

`verify` sees the bytes as they came, before anything parses them. `read` gives items in the form of `submission`; the
examination that every way in goes through looks at them afterwards, so an adapter neither validates nor repairs. What a
platform tells and nobody here wants (a ping, a private message) is `Skipped`, with a reason that is counted: nothing is
passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from feuerwache.ingest.adapters.profile import Profile
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.item import Item

#: Name of a secret → its values now; two side by side while one is being changed.
Secrets = Mapping[str, tuple[bytes, ...]]
#: What a poller keeps between two pages; JSON.
Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call of a platform as it came. `headers` have lower-case names; `received_at` is real time, in UTC."""

    method: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What the platform is answered. `media_type` is never one that a browser would run."""

    status: int = 200
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"


class Refusal(StrEnum):
    """Why a call is not believed. Bounded: it becomes a metric's label, and quotes nothing."""

    MISSING = "missing_signature"
    WRONG = "wrong_signature"
    STALE = "stale"
    NO_SECRET = "no_secret"
    CHALLENGE = "wrong_challenge"


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal


class SkipReason(StrEnum):
    PING = "ping"
    NOT_TEXT = "not_text"
    PRIVATE = "private_message"
    FOREIGN_PLACE = "foreign_place"
    REPEATED_BY_PLATFORM = "boost"
    SERVICE_MESSAGE = "service_message"
    UNKNOWN_EVENT = "unknown_event"
    NO_POST = "no_post_named"


@dataclass(frozen=True, slots=True)
class Skipped:
    """`what` is the platform's own name of the event, as far as the adapter knows it: bounded, never a text."""

    reason: SkipReason
    what: str = ""


@dataclass(frozen=True, slots=True)
class Fetch:
    """Something to GET before an item is whole. `secret` names the credential that the shell sends as
    `Authorization: Bearer`, or as it is in the header `header`; it never stands in the URL. `parameters` makes what has
    to be added to the URL's query and needs the secrets (a proof, never a secret itself): the shell calls it right
    before it asks, and logs neither. `note` comes back to `complete` as it is. `optional`: the item is worth having
    without it, so what cannot be had at all comes to `complete` as status 0, and nobody has to send the call again."""

    url: str = field(repr=False)
    secret: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    note: Any = field(default=None, repr=False)
    parameters: Callable[[Secrets], Mapping[str, str]] | None = None
    header: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """`headers` have lower-case names; `body` is bounded by the shell. Status 0: no answer (`Fetch.optional`)."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    items: tuple[Item, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    fetches: tuple[Fetch, ...] = ()
    reply: Reply = Reply()


class Webhook(Protocol):
    """The adapter of a platform that calls us. Pure; made for one integration."""

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:
        """A handshake that a platform makes before it sends anything. None: this call is none."""

    def verify(self, delivery: Delivery, secrets: Secrets, real_now: datetime) -> Refused | None:
        """None when the call is the platform's own."""

    def read(self, delivery: Delivery, now: datetime) -> Reading:
        """What the call says. Raises `envelope.Unreadable` when it is not what the platform sends."""

    def complete(self, fetch: Fetch, answer: Fetched, now: datetime) -> Reading:
        """What an item lacked. Asks for nothing more. Raises `envelope.Unreadable`, with status 503 when it is worth
        asking again later: then the platform is answered that, and repeats its call."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A GET of a poller, and what it costs of the day's quota, in the platform's units."""

    fetch: Fetch
    units: int = 1


@dataclass(frozen=True, slots=True)
class Wait:
    """The platform wants to be left alone for so many seconds, or until then (UTC)."""

    reason: str
    seconds: float | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` holds once these items are accepted; `more` is asked for next, `wait` comes first."""

    items: tuple[Item, ...]
    cursor: Cursor
    more: tuple[Ask, ...] = ()
    wait: Wait | None = None
    skipped: tuple[Skipped, ...] = ()


class Polled(Protocol):
    """The adapter of a platform that has to be asked. Pure; made for one integration."""

    def begin(self, now: datetime) -> Cursor:
        """Where a poller starts that has no cursor."""

    def ask(self, cursor: Cursor, now: datetime) -> tuple[Ask, ...]:
        """What to ask for now, in this order; empty when nothing is due."""

    def page(self, cursor: Cursor, asked: Ask, answer: Fetched, now: datetime) -> Page:
        """What came. Raises `envelope.Unreadable` when it is not what the platform sends."""


class Table(Protocol):
    """The adapter of files that hold posts, line by line. Pure; made for one file."""

    def lines(self, text: Iterable[str]) -> Iterable[tuple[int, Item | Skipped]]:
        """Line number, counted from 1, and what begins there. Raises `envelope.Unreadable` where the rest cannot be
        understood."""


S = TypeVar("S", bound=AdapterSettings)


@dataclass(frozen=True, slots=True)
class AdapterKind(Generic[S]):
    """One platform's adapter: what it can do, what may be set, and how it is made for an integration."""

    profile: Profile
    settings: type[S]
    make: Callable[[S], Webhook | Polled | Table]
