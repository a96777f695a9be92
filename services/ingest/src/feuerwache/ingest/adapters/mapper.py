"""The generic adapter: for an own forum, and for whatever has no adapter. What a call means is said in YAML, by CEL.

Checked against the CEL specification (https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md) and, for the
calls' proofs, against Standard Webhooks (https://www.standardwebhooks.com). docs/platforms/mapper.md has an example.

A call's body is one JSON document; `items` picks a list out of it (default: the body is the only item), and for each
item the first rule that holds says which kind it is and which expression gives which field. A field whose value is null
or not there is left out; the examination of all submissions says what an item then lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

import cel
from pydantic import AfterValidator, Field, model_validator

from feuerwache.common.config.duration import Duration
from feuerwache.common.config.source import ConfigModel
from feuerwache.common.events.decision import Action
from feuerwache.common.http.signature import WITHIN
from feuerwache.ingest.adapters import proof
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
from feuerwache.ingest.adapters.expression import Absent, Expression, Failed, bounded, context_of
from feuerwache.ingest.adapters.mapping import OF_ITEM, OfItem, Rule, Rules
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.settings import AdapterSettings
from feuerwache.ingest.envelope import MAX_ITEMS, Unreadable, parse
from feuerwache.ingest.item import Item

MAX_BODY = 256_000
#: What `items` may speak of.
OF_BODY = ("body", "headers", "query")
#: Never shown to an expression: they would end up in a field.
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_LONGEST_SHARED = 1_000
_MOST_SHARED = 50


def _of_body(source: str) -> str:
    Expression(source, OF_BODY)
    return source


def _lower(name: str) -> str:
    return name.lower()


OfBody = Annotated[str, AfterValidator(_of_body)]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=100), AfterValidator(_lower)]


class SignedTime(ConfigModel):
    """The header that holds when it was signed, in Unix seconds, and how old that may be."""

    header: Header
    within: Duration = WITHIN


class Hmac(ConfigModel):
    """HMAC-SHA256 in a header, after `prefix`. Hexadecimal digits are lower-case ones. `signed` says what is signed."""

    header: Header
    prefix: str = ""
    encoding: Literal["hex", "base64"] = "hex"
    timestamp: SignedTime | None = None
    signed: str = "{body}"

    @model_validator(mode="after")
    def the_time_is_signed(self) -> Hmac:
        if self.signed.count("{body}") != 1:
            raise ValueError("`signed` must hold {body}, once")
        if (self.timestamp is not None) != ("{timestamp}" in self.signed):
            raise ValueError("a `timestamp` only helps when {timestamp} is in `signed`, and needs its header")
        return self


class StandardWebhooks(ConfigModel):
    within: Duration = WITHIN


class SecretHeader(ConfigModel):
    header: Header


class BearerToken(ConfigModel):
    pass


class Proof(ConfigModel):
    """How a call proves whose it is; exactly one of these. All use the secret `webhook`."""

    hmac: Hmac | None = None
    standard_webhooks: StandardWebhooks | None = None
    secret_header: SecretHeader | None = None
    token: BearerToken | None = None

    @model_validator(mode="after")
    def one_of_them(self) -> Proof:
        if len(self.model_fields_set) != 1 or None in (getattr(self, name) for name in self.model_fields_set):
            raise ValueError("give one of hmac, standard_webhooks, secret_header, token")
        return self

    def refused(self, delivery: Delivery, secrets: Secrets, real_now: datetime) -> Refused | None:
        values = secrets.get("webhook", ())
        if self.standard_webhooks is not None:
            return proof.standard_webhook(delivery, values, real_now, self.standard_webhooks.within)
        if self.secret_header is not None:
            return proof.secret_header(delivery, self.secret_header.header, values)
        if self.hmac is None:
            return proof.bearer(delivery, values)
        how, time = self.hmac, self.hmac.timestamp
        return proof.hmac_header(
            delivery,
            how.header,
            values,
            real_now,
            prefix=how.prefix,
            encoding=how.encoding,
            signed=how.signed,
            time_header=None if time is None else time.header,
            within=WITHIN if time is None else time.within,
        )

    @property
    def headers(self) -> frozenset[str]:
        """What no expression is to see."""
        named = (self.hmac, self.secret_header)
        return _SECRET_HEADERS | {each.header for each in named if each is not None}


class MapperSettings(AdapterSettings):
    """`items` picks the list out of the body, `place` says of an item where it comes from (see `places`)."""

    proof: Proof
    items: OfBody | None = None
    place: OfItem | None = None
    rules: Annotated[tuple[Rule, ...], Field(max_length=16)]

    @model_validator(mode="after")
    def some_rule(self) -> MapperSettings:
        if not self.rules:
            raise ValueError("`rules` is empty: nothing would be taken")
        return self


class Mapper:
    """The adapter of one integration."""

    def __init__(self, settings: MapperSettings) -> None:
        self._settings = settings
        self._items = None if settings.items is None else Expression(settings.items, OF_BODY)
        self._place = None if settings.place is None else Expression(settings.place, OF_ITEM)
        self._rules = Rules(settings.rules)

    def challenge(self, delivery: Delivery, secrets: Secrets) -> Reply | Refused | None:  # noqa: ARG002 - there is none
        return None

    def verify(self, delivery: Delivery, secrets: Secrets, real_now: datetime) -> Refused | None:
        return self._settings.proof.refused(delivery, secrets, real_now)

    def read(self, delivery: Delivery, now: datetime) -> Reading:  # noqa: ARG002 - of the protocol
        if len(delivery.body) > MAX_BODY:
            raise Unreadable(413, "Too large", f"send at most {MAX_BODY} bytes to the mapper")
        hidden = self._settings.proof.headers
        around = {
            "headers": {name: value for name, value in delivery.headers.items() if name not in hidden},
            "query": dict(delivery.query),
        }
        body = bounded(parse(delivery.body))
        try:
            found = [body] if self._items is None else self._items.value(context_of(body=body, **around))
        except Absent:
            return Reading(skipped=(Skipped(SkipReason.UNKNOWN_EVENT),))
        except Failed as error:
            raise Unreadable(400, "Not readable", "`items` does not fit the body") from error
        if not isinstance(found, list):
            raise Unreadable(400, "Not readable", "`items` gives no list")
        if len(found) > MAX_ITEMS:
            raise Unreadable(413, "Too many items", f"{len(found)} items; send at most {MAX_ITEMS}")
        envelope = _shared(body)
        read = [self._read(context_of(item=item, envelope=envelope, **around)) for item in found]
        return Reading(
            items=tuple(each for each in read if isinstance(each, Item)),
            skipped=tuple(each for each in read if isinstance(each, Skipped)),
        )

    def complete(self, fetch: Fetch, answer: Fetched, now: datetime) -> Reading:  # noqa: ARG002 - it fetches nothing
        return Reading()

    def _read(self, context: cel.Context) -> Item | Skipped:
        found = self._rules.read(context)
        if self._place is None or isinstance(found, Skipped):
            return found
        try:
            place = self._place.value(context)
        except (Absent, Failed):
            return found  # with several communities, the examination asks for one
        name = str(place) if isinstance(place, str | int) else ""
        if not self._settings.knows(name):
            return Skipped(SkipReason.FOREIGN_PLACE)
        community = self._settings.community(name)
        return found if community is None else replace(found, data={"community": community, **_fields(found)})


def _fields(item: Item) -> dict[str, Any]:
    return dict(item.data) if isinstance(item.data, Mapping) else {}


def _shared(body: Any) -> dict[str, Any]:
    """What stands around the items: the short plain values of the body's top level."""
    if not isinstance(body, dict):
        return {}
    plain = {
        name: value
        for name, value in body.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _LONGEST_SHARED)
    }
    return dict(list(plain.items())[:_MOST_SHARED])


MAPPER = AdapterKind(
    Profile(
        name="mapper",
        title="Anything, mapped in YAML",
        way="webhook",
        docs=(
            "https://github.com/cel-expr/cel-spec/blob/master/doc/langdef.md",
            "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
        ),
        features={
            Feature.CREATE: "",
            Feature.EDIT: "",
            Feature.DELETE: "",
            Feature.REPORT: "",
            Feature.MODERATE: "",
            Feature.REPLY: "",
            Feature.MEDIA: "alternative texts and links",
            Feature.REACH: "",
            Feature.SIGNATURE: "HMAC with time, Standard Webhooks, secret header, token",
        },
        actions=dict.fromkeys(Action, "by webhook (docs/outbound.md)"),
        secrets={"webhook": True},
    ),
    MapperSettings,
    Mapper,
)
