"""The line to a provider that is spoken to over HTTP: one call out, one `Outcome` back, whatever happens.

`HttpLine.call` never raises for what the other side does. Where it may go, for how long and how much it reads is the
business of `common/http`: only permitted addresses, redirects never followed, the whole call bounded in time, a huge
answer cut. What the status says is decided here for all channels: 2xx accepted, 408, 425, 429 and 5xx (but 501) worth
another try after `Retry-After`, everything else refused for good; a certificate that does not hold is refused for good
as well. A provider that says "200" with an error inside, or more than its status does, is read by the channel's own
`Reading`. No reason quotes the other side, an address or a secret.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlencode

from pydantic import SecretStr

from feuerwache.common.clock import Clock
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.http.failure import UNANSWERED, failure
from feuerwache.common.http.guard import AddressGuard
from feuerwache.common.http.retry import Verdict, retry_after, verdict
from feuerwache.notifier.channels.channel import Outcome, accepted, permanent, transient

#: The answer, what its status alone means, and what it means to one who knows the provider.
Reading = Callable[[Answer, Outcome], Outcome]

#: What may go on record as a provider's id: it is written by the other side.
IDENTIFIER = re.compile(r"[A-Za-z0-9._:=+-]{1,80}")
#: Threads that read secrets, so that a name server that hangs others' threads keeps nobody from sending.
READING = ThreadPoolExecutor(2, thread_name_prefix="secrets")


class SecretError(FeuerwacheError):
    """A secret is missing or cannot be read. The message names neither the secret nor its file."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. The URL may hold a secret, so `repr` shows the method only."""

    url: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: Literal["GET", "POST"] = "POST"

    @classmethod
    def json(cls, url: str, value: object, headers: Mapping[str, str] | None = None) -> Self:
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(url, body, {"Content-Type": "application/json", **(headers or {})})

    @classmethod
    def form(cls, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Self:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return cls(url, urlencode(fields).encode(), {**kind, **(headers or {})})

    @classmethod
    def get(cls, url: str, headers: Mapping[str, str] | None = None) -> Self:
        return cls(url, b"", headers or {}, "GET")


def as_the_status_says(answer: Answer, outcome: Outcome) -> Outcome:  # noqa: ARG001 - a `Reading`
    return outcome


class HttpLine:
    """Each channel has one of its own, so that no provider holds up another. `seconds` bound the whole call."""

    def __init__(
        self, guard: AddressGuard, clock: Clock, *, seconds: float = 10.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.clock = clock
        self._client = OutboundClient(guard, seconds=seconds, tls=tls)

    async def call(self, call: Call, reading: Reading = as_the_status_says) -> Outcome:
        try:
            answer = await self._client.request(call.method, call.url, call.body, call.headers)
        except UNANSWERED as error:
            return unanswered(error)
        return reading(answer, by_status(answer.status, answer.headers.get("retry-after"), self.clock.real_now()))

    async def close(self) -> None:
        await self._client.__aexit__()


def by_status(status: int, asked_to_wait: str | None, real_now: datetime) -> Outcome:
    """What a status means for every provider that says no more. `asked_to_wait`: the header `Retry-After`."""
    match verdict(status):
        case Verdict.DONE:
            return accepted()
        case Verdict.TRANSIENT:
            return transient(f"HTTP {status}", retry_after(asked_to_wait, real_now))
        case Verdict.PERMANENT:
            moved = " (redirects are not followed)" if 300 <= status < 400 else ""
            return permanent(f"HTTP {status}{moved}")


def unanswered(error: Exception) -> Outcome:
    """What a call that had no answer means."""
    why = failure(error)
    return permanent(why.reason) if why.lasting else transient(why.reason)


def said(answer: Answer) -> dict[str, Any]:
    """The JSON object in the answer; empty when there is none or it was cut."""
    try:
        value = json.loads(answer.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def identifier(value: object) -> str | None:
    """A provider's id, if it looks like one: whatever else the other side writes there stays off the record."""
    text = str(value) if isinstance(value, (str, int)) else ""
    return text if IDENTIFIER.fullmatch(text) else None


async def secret(given: SecretStr | None, file: Path | None) -> str | None:
    """The secret itself or what its file holds now, without the blanks around it; None when neither is configured.
    Read each time, so that a changed file needs no restart. Raises `SecretError`."""
    if given is not None:
        text = given.get_secret_value().strip()
    elif file is not None:
        try:
            read = asyncio.get_running_loop().run_in_executor(READING, file.read_text, "utf-8")
            text = (await read).strip()
        except (OSError, ValueError):
            raise SecretError("the file of a secret cannot be read") from None
    else:
        return None
    if not text:
        raise SecretError("a secret is empty")
    return text


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(username: str, password: str) -> dict[str, str]:
    """RFC 7617, in UTF-8."""
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}
