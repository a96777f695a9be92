"""Samples: what a platform sends, written by hand from its documentation, and what has to come of it. Pure.

They lie beside the adapter, one JSON file each: `samples/<kind>/<name>.json`. The suite of all adapters runs them, and
so does `feuerwache adapters test`. Beside what is there, a sample may hold in headers and in the query:

    {secret:NAME}           the secret of that name, the first of its values
    {hmac:NAME:BEFORE}      hex HMAC-SHA256 with that secret, over BEFORE (`<now>` in it stands for `now`) and the body,
                            or of the body alone: {hmac:NAME}; `hmac64` is the same in base64
    {standard:NAME}         the base64 of a Standard Webhooks signature, over the header `webhook-id`, `now`, the body
    {now}                   `now` of the sample in seconds since 1970

so that nobody has to work out a signature by hand, and it still is one over the bytes as they are sent.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from feuerwache.common.config.source import ConfigModel
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.http.signature import base64_hmac, hex_hmac
from feuerwache.ingest.adapters.adapter import (
    AdapterKind,
    Ask,
    Delivery,
    Fetched,
    Polled,
    Reading,
    Refusal,
    Refused,
    Secrets,
    Skipped,
    SkipReason,
    Table,
    Webhook,
)
from feuerwache.ingest.adapters.profile import Feature
from feuerwache.ingest.adapters.registry import place
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.examination import Examined, examine
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.outbound.signing import signing_key

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
_STANDS_FOR = re.compile(
    r"\{(now|secret:(?P<secret>\w+)|(?P<how>hmac|hmac64|standard):(?P<key>\w+)(?::(?P<before>.*?))?)\}"
)


class NoSample(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The file is no sample; the message says why, and quotes nothing of it."""


class Request(ConfigModel):
    """A call. `body`: a string is sent as it is, anything else as JSON."""

    method: Literal["GET", "POST"] = "POST"
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Any = ""


class Answer(ConfigModel):
    """What the platform answers to a GET of ours."""

    status: int = 200
    headers: dict[str, str] = {}
    body: Any = ""


class Outcome(ConfigModel):
    """What comes of a sample. `items` in the form of submissions, each with its `kind`; `problems` are what their
    examination found ("missing_field author"), by the item's place. `challenged` and `reply` are what is answered,
    `fetches` the addresses asked for, `wait` why a poller waits. None: not looked at.
    """

    items: tuple[dict[str, Any], ...] = ()
    lines: tuple[int, ...] | None = None
    problems: dict[int, tuple[str, ...]] = {}
    skipped: tuple[SkipReason, ...] = ()
    fetches: tuple[str, ...] = ()
    refused: Refusal | None = None
    challenged: str | None = None
    reply: str | None = None
    unreadable: bool = False
    cursor: dict[str, Any] | None = None
    wait: str | None = None


class Sample(ConfigModel):
    """`request` for platforms that call, `file` (its lines) for files; neither for those that are polled: there,
    `answers` are the pages, from `cursor` on (None: from the beginning). After a request, they answer its fetches.

    `docs` is the page that this was written from. `communities` are the integration's; without them, those of `places`.
    """

    name: str = Field(min_length=3, max_length=120)
    features: tuple[Feature, ...] = ()
    docs: str | None = None
    platform: str | None = None
    communities: tuple[str, ...] = ()
    settings: dict[str, Any] = {}
    secrets: dict[str, str | tuple[str, ...]] = {}
    now: AwareDatetime = NOON
    request: Request | None = None
    file: tuple[str, ...] | None = None
    cursor: dict[str, Any] | None = None
    answers: tuple[Answer, ...] = ()
    expect: Outcome

    @model_validator(mode="after")
    def one_way(self) -> Sample:
        if self.request is not None and self.file is not None:
            raise ValueError("give `request` or `file`")
        return self

    @property
    def values(self) -> Secrets:
        """The secrets as an adapter gets them."""
        both = {name: (value,) if isinstance(value, str) else value for name, value in self.secrets.items()}
        return {name: tuple(each.encode() for each in values) for name, values in both.items()}

    def delivery(self) -> Delivery:
        """The request as it comes in."""
        request = self.request or Request()
        body = sent(request.body)

        def filled(values: Mapping[str, str]) -> dict[str, str]:
            return {name: self._filled(value, body) for name, value in values.items()}

        headers = {name.lower(): value for name, value in filled(request.headers).items()}
        return Delivery(request.method, body, headers, filled(request.query), self.now)

    def _filled(self, value: str, body: bytes) -> str:
        def one(match: re.Match[str]) -> str:
            now = str(int(self.now.timestamp()))
            if match[1] == "now":
                return now
            secret = next(iter(self.values.get(match["secret"] or match["key"], ())), None)
            if secret is None:
                raise NoSample(f"{self.name}: there is no secret for {match[0]}")
            if match["secret"]:
                return secret.decode()
            if match["how"] == "standard":
                message = self.request.headers.get("webhook-id", "") if self.request is not None else ""
                return base64_hmac(signing_key(secret.decode()), f"{message}.{now}.".encode() + body)
            text = (match["before"] or "").replace("<now>", now).encode() + body
            return base64_hmac(secret, text) if match["how"] == "hmac64" else hex_hmac(secret, text)

        return _STANDS_FOR.sub(one, value)


def sent(body: Any) -> bytes:
    """The bytes of a body in a sample."""
    if isinstance(body, str):
        return body.encode()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def read_sample(path: Path) -> Sample:
    """Raises `NoSample`."""
    try:
        return Sample.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NoSample(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise NoSample(f"{path}: {'.'.join(map(str, found['loc']))}: {found['msg']}") from error


def folder(kind: str) -> Path:
    """Where the samples of an adapter lie: beside its module."""
    module = import_module(place(kind).partition(":")[0])
    return Path(str(module.__file__)).parent / "samples" / kind


def samples(kind: str) -> list[Path]:
    """The files of an adapter, in order."""
    return sorted(folder(kind).glob("*.json"))


def integration_of(sample: Sample, kind: AdapterKind[Any]) -> Integration:
    """Whose items these are taken for."""
    settings = kind.settings.model_validate(sample.settings)
    places = tuple(dict.fromkeys(getattr(settings, "places", {}).values()))
    return Integration(
        id="sample",
        platform=sample.platform or kind.profile.name,
        communities=sample.communities or places or ("sample-community",),
    )


def run(sample: Sample, kind: AdapterKind[Any]) -> Outcome:
    """What comes of a sample. Raises `ValidationError` when its settings are none of the adapter's."""
    return outcome_of(sample, kind, integration_of(sample, kind))


def outcome_of(sample: Sample, kind: AdapterKind[Any], integration: Integration, *, proven: bool = True) -> Outcome:
    """The same for items of that integration. Without `proven`, the call is believed without a look at its proof."""
    adapter = kind.make(kind.settings.model_validate(sample.settings))
    if sample.file is not None:
        found = _file(cast(Table, adapter), sample)
    elif sample.request is not None:
        found = _call(cast(Webhook, adapter), sample, proven)
    else:
        found = _polled(cast(Polled, adapter), sample)
    return found.outcome(integration, sample.now)


def differences(expected: Outcome, found: Outcome) -> list[str]:
    """What of the outcome is not as expected, a line each; what a sample does not speak of is not compared."""
    said = expected.model_dump(mode="json")
    has = found.model_dump(mode="json")
    said["items"] = [_with_kind(item) for item in said["items"]]
    loose = {"lines", "reply", "cursor"}
    return [
        f"{name}: expected {_shown(value)}, found {_shown(has[name])}"
        for name, value in said.items()
        if value != has[name] and not (name in loose and value is None)
    ]


@dataclass(slots=True)
class _Found:
    items: list[Item]
    rest: dict[str, Any]

    def outcome(self, integration: Integration, now: datetime) -> Outcome:
        problems: dict[int, tuple[str, ...]] = {}
        for at, item in enumerate(self.items):
            found = examine(item, integration, now)
            if not isinstance(found, Examined):
                problems[at] = tuple(f"{each.code} {each.field}".strip() for each in found)
        items = [_with_kind(item.data, item.kind) for item in self.items]
        # By way of JSON: what an item holds must be what a platform could have sent.
        return Outcome(items=json.loads(json.dumps(items, default=str)), problems=problems, **self.rest)


def _call(adapter: Webhook, sample: Sample, proven: bool) -> _Found:
    delivery, answers = sample.delivery(), deque(sample.answers)
    met = adapter.challenge(delivery, sample.values)
    if met is not None:
        said = {"refused": met.reason} if isinstance(met, Refused) else {"challenged": met.body.decode()}
        return _Found([], said)
    refused = adapter.verify(delivery, sample.values, sample.now) if proven else None
    if refused is not None:
        return _Found([], {"refused": refused.reason})
    items: list[Item] = []
    skipped: list[SkipReason] = []
    fetches: list[str] = []

    def take(make: Callable[[], Reading]) -> Reading:
        reading = make()
        items.extend(reading.items)
        skipped.extend(each.reason for each in reading.skipped)
        return reading

    try:
        reading = take(lambda: adapter.read(delivery, sample.now))
        for fetch in reading.fetches:
            fetches.append(fetch.url)
            if answers:
                answer = _fetched(answers.popleft())
                take(lambda fetch=fetch, answer=answer: adapter.complete(fetch, answer, sample.now))  # type: ignore[misc]  # bound now, not when called
    except Unreadable:
        return _Found(items, {"unreadable": True, "skipped": tuple(skipped), "fetches": tuple(fetches)})
    return _Found(
        items,
        {"skipped": tuple(skipped), "fetches": tuple(fetches), "reply": reading.reply.body.decode()},
    )


def _polled(adapter: Polled, sample: Sample) -> _Found:
    cursor: Mapping[str, Any] = adapter.begin(sample.now) if sample.cursor is None else sample.cursor
    asks: deque[Ask] = deque(adapter.ask(cursor, sample.now))
    items: list[Item] = []
    skipped: list[SkipReason] = []
    fetches, wait = [], None
    for answer in sample.answers:
        if not asks or wait is not None:
            raise NoSample(f"{sample.name}: there are more answers than the adapter asks for")
        asked = asks.popleft()
        fetches.append(asked.fetch.url)
        try:
            page = adapter.page(cursor, asked, _fetched(answer), sample.now)
        except Unreadable:
            return _Found(items, {"unreadable": True, "fetches": tuple(fetches), "cursor": dict(cursor)})
        items.extend(page.items)
        skipped.extend(each.reason for each in page.skipped)
        cursor, wait = page.cursor, page.wait.reason if page.wait else None
        asks.extendleft(reversed(page.more))
    rest = {"skipped": tuple(skipped), "fetches": tuple(fetches), "cursor": dict(cursor), "wait": wait}
    return _Found(items, rest)


def _file(adapter: Table, sample: Sample) -> _Found:
    found: list[tuple[int, Item | Skipped]] = []
    said: dict[str, Any] = {}
    try:
        for line in adapter.lines(tuple(f"{line}\n" for line in sample.file or ())):
            found.append(line)
    except Unreadable:
        said = {"unreadable": True}
    items = [(number, item) for number, item in found if isinstance(item, Item)]
    skipped = tuple(item.reason for _, item in found if isinstance(item, Skipped))
    return _Found([item for _, item in items], {"lines": tuple(at for at, _ in items), "skipped": skipped, **said})


def _fetched(answer: Answer) -> Fetched:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Fetched(answer.status, headers, sent(answer.body))


def _with_kind(data: object, kind: str | None = None) -> dict[str, Any]:
    fields = dict(data) if isinstance(data, Mapping) else {"": data}
    return {"kind": kind or fields.get("kind", "post"), **{k: v for k, v in fields.items() if k != "kind"}}


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
