"""A platform's interface on loopback, and a client of ours that believes it is the real one."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import httpx

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.secretsource import SecretSource
from feuerwache.common.events.decision import Action
from feuerwache.common.http.client import Answer, Method, OutboundClient
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.ingest.integration import AdapterChoice, Integration
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.outbound.actions.platform import ActionPlatform
from feuerwache.ingest.outbound.actions.registry import OWN
from feuerwache.ingest.outbound.outlet import Allowance, Outlet
from feuerwache.ingest.outbound.platform import Handover
from feuerwache.ingest.security.keyring import Keyring
from support.actions.case import Case, Say, Sent
from support.peers.wire import Conversation, Reply, Request, answering, listening

DELIVERY = UUID(int=7)
#: One call; what is silent for longer gives no answer.
SECONDS = 2.0
#: What a platform writes into every answer, and nobody may quote.
WORDS = "was-die-plattform-sagt"


@cache
def kinds() -> tuple[str, ...]:
    """Those that have cases; a client without any fails a test of its own."""
    return tuple(kind for kind in OWN if find_spec(f"support.actions.{kind}") is not None)


def cases() -> Iterator[tuple[str, Case]]:
    for kind in kinds():
        for case in import_module(f"support.actions.{kind}").CASES:
            yield kind, case


@dataclass
class Peer:
    """`script` may be exchanged at any time. `calls` are all that came, in their order."""

    script: Callable[[Request], Reply | Conversation]
    calls: list[Request] = field(default_factory=list)

    async def hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen: list[Conversation] = []

        def reply(request: Request) -> Reply:
            self.calls.append(request)
            answer = self.script(request)
            if isinstance(answer, Reply):
                return answer
            chosen.append(answer)
            raise ConnectionError

        try:
            await answering(reply)(reader, writer)
        except ConnectionError:
            for conversation in chosen:
                await conversation(reader, writer)


class Rerouted(OutboundClient):
    """Goes to loopback whatever the host; `urls` are where it was meant to go."""

    def __init__(self, port: int) -> None:
        super().__init__(AddressGuard(LOOPBACK), seconds=SECONDS, tls=_tls())
        self._port = port
        self.urls: list[str] = []

    async def request(self, method: Method, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        self.urls.append(url)
        path = httpx.URL(url).raw_path.decode()
        return await super().request(method, f"http://localhost:{self._port}{path}", body, headers)


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it reads every authority there is, and none of these calls uses it."""
    return ssl.create_default_context()


class Notes(Echo):
    """In memory."""

    def __init__(self) -> None:
        self.noted: set[tuple[str, Action]] = set()

    async def expect(self, platform: str, post_id: str, action: Action) -> None:  # noqa: ARG002 - as it is called
        self.noted.add((post_id, action))

    async def forget(self, platform: str, post_id: str, action: Action) -> None:  # noqa: ARG002 - as it is called
        self.noted.discard((post_id, action))


def integration(kind: str, case: Case, **allowance: Any) -> Integration:
    return Integration(
        id=f"{kind}-one",
        platform=kind,
        communities=("c",),
        adapter=AdapterChoice(
            kind=kind,
            secrets={name: (SecretSource(env=variable(name)),) for name in case.secrets},
            settings=dict(case.settings),
        ),
        outbound=Outlet(acts={case.action: Allowance(per_minute=6_000, **allowance)}, can=(case.action,)),
    )


def variable(secret: str) -> str:
    return "SECRET_" + "".join(letter if letter.isalnum() else "_" for letter in secret).upper()


@asynccontextmanager
async def platform(
    kind: str, case: Case, peer: Peer, secrets: Mapping[str, str] | None = None, **allowance: Any
) -> AsyncIterator[tuple[ActionPlatform, Rerouted, Notes]]:
    """A client in a process that has just begun."""
    there = case.secrets if secrets is None else secrets
    keyring = Keyring({variable(name): value for name, value in there.items()})
    one = integration(kind, case, **allowance)
    async with listening(peer.hold) as port:
        calls, notes = Rerouted(port), Notes()
        made = ActionPlatform(lambda: one, AddressGuard(LOOPBACK), SystemClock(), notes, keyring=keyring, calls=calls)
        try:
            yield made, calls, notes
        finally:
            await made.close()


def handover(kind: str, case: Case, *, post_id: str | None = None, author_id: str | None = None) -> Handover:
    asked: dict[str, Any] = {"action": case.action.value}
    if case.until is not None:
        asked["until"] = case.until.isoformat()
    data = {
        "platform": kind,
        "community": "c",
        "post_id": case.post_id if post_id is None else post_id,
        "author_id": case.author_id if author_id is None else author_id,
        "actions": [asked],
        "statement": {"facts": case.reason} if case.reason else None,
    }
    return Handover(DELIVERY, data)


def reply(say: Say) -> Reply:
    body = say.body or (b"" if say.json is None else json.dumps(say.json).encode())
    return Reply(f"{say.status} As Said", dict(say.headers), body)


def is_call(request: Request, sent: Sent, secrets: Mapping[str, str]) -> bool:
    return (request.method, request.target) == (sent.method, filled(sent.path, secrets))


def same_call(request: Request, sent: Sent, secrets: Mapping[str, str]) -> None:
    """Asserts it."""
    assert (request.method, request.target) == (sent.method, filled(sent.path, secrets))
    for name, value in sent.headers.items():
        assert request.headers.get(name) == filled(value, secrets), name
    if sent.form is not None:
        assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
        expected = {name: filled(value, secrets) for name, value in sent.form.items()}
        assert dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True)) == expected
    elif sent.json is not None:
        assert request.headers["content-type"].startswith("application/json")
        assert json.loads(request.body) == sent.json
    else:
        assert request.body == b""


def filled(text: str, secrets: Mapping[str, str]) -> str:
    for name, value in secrets.items():
        text = text.replace(f"{{secret:{name}}}", value)
    return text
