"""One entry of the table of channels: how a channel and its contact are made for a peer, what a valid request looks
like, how the provider says yes, and what is secret about it.

A channel joins the table with an `HttpPeer` in `table.py`. `check` is the provider's documented format: it asserts. All
that the other side can do besides (refuse, ask to wait, hang, drip, redirect, …) is the same for all and stands here. A
peer that refuses repeats the whole request in its answer, secrets included: nothing of it may come out again.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import Contact
from feuerwache.common.events.alarm import CrisisKind, Figures
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageRequested, PageSubject
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.notifier.channels.channel import Channel, Delivery, Outcome, Result
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.message.machine import data
from feuerwache.notifier.message.message import Choice, Message
from support.peers.wire import (
    Conversation,
    Reply,
    Request,
    answering,
    authority,
    closed_port,
    drip,
    listening,
    reset,
    silence,
)

#: How long a channel waits for a peer that never comes to an end, and for any other, on a busy machine.
PATIENCE = 0.6
LONG_PATIENCE = 15.0
HANGING = frozenset({"silence", "silence over TLS", "slow drip", "slow body", "nonsense"})
#: A channel that is not back by then is not bounded.
DEADLINE = 60.0
DELIVERY_ID, INCIDENT_ID = UUID(int=7), UUID(int=8)
#: Acts for its reader.
LINK_TOKEN = "token-that-acts-for-anna"
LINK = f"https://wache.example/i/{LINK_TOKEN}"
REFERENCE = "reference-signed-for-anna"
ONSET = datetime(2026, 11, 14, 20, 40, tzinfo=UTC)
PRIVATE = b"PRIVATE words of the other side"
OK = Reply()


def message(severity: Severity = Severity.CRITICAL, language: str = "de", link: str = LINK) -> Message:
    """A page with everything a channel can ask for."""
    subject = PageSubject(
        community="morgenrot",
        community_title="Morgenrot-Forum",
        kind=CrisisKind.NEGATIVITY_BURST,
        severity=severity,
        onset=ONSET,
        figures=Figures(posts=214, window_minutes=15, usual_posts=12),
    )
    page = PageRequested(incident_id=INCIDENT_ID, step=0, targets=(), subject=subject, due_at=ONSET)
    line, summary = "Kritisch: Welle der Empörung · Morgenrot-Forum", "214 Beiträge in 15 Min., sonst 12"
    return Message(
        language,
        line,
        f"{summary}\n\nAnsehen und übernehmen:\n{link}\n",
        f"<p>{summary}</p><a href='{link}'>Ansehen</a>",
        data(
            UUID(int=9),
            page,
            link=link,
            links={},
            subject=line,
            summary=summary,
            summaries=(),
            helplines=(),
            possible_repeat=False,
        ),
        link=link,
        short=f"{line}\n{summary}",
        sms=f"Kritisch: Morgenrot-Forum {link}",
        spoken="Kritischer Alarm im Morgenrot-Forum.",
        reference=REFERENCE,
        choices=tuple(Choice(f"Knopf {one}", f"{one}.{REFERENCE}") for one in "ahs"),
        link_label="Einsatz ansehen",
    )


def patience(what: str) -> float:
    return PATIENCE if what in HANGING else LONG_PATIENCE


@dataclass(frozen=True, slots=True)
class Where:
    """Where the peer listens and what the channel may reach."""

    url: str
    guard: AddressGuard
    tls: ssl.SSLContext
    #: The authority's certificate, if it is to be trusted.
    ca_file: Path | None
    seconds: float = PATIENCE

    def line(self) -> HttpLine:
        return HttpLine(self.guard, SystemClock(), seconds=self.seconds, tls=self.tls)


@dataclass
class Case:
    """A channel before its peer. `seen` are the requests that were valid, `complaints` what was wrong with others."""

    channel: Channel
    contact: Contact
    seen: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    trapped: list[Request] = field(default_factory=list)

    async def send(self, page: Message | None = None, *, urgent: bool = True) -> Outcome:
        return await self.channel.send(
            Delivery(DELIVERY_ID, INCIDENT_ID, self.contact, urgent=urgent), page or message()
        )


class Peer(Protocol):
    """`without` are the rows that cannot happen to it; `huge` is what a huge answer with a good status comes to."""

    @property
    def name(self) -> str: ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whatever may stand in no log, error, metric, outcome or repr."""

    @property
    def without(self) -> frozenset[str]: ...

    @property
    def expected(self) -> Mapping[str, Result]:
        """Where its answers mean something else than those of others."""

    @property
    def waits(self) -> float | None:
        """What "too many" asks to wait, if it can say so."""

    def case(self, what: str, tmp_path: Path) -> AbstractAsyncContextManager[Case]: ...


@dataclass(frozen=True)
class HttpPeer:
    """`make` builds the channel and its contact for an address; `check` asserts that a request is as documented."""

    name: str
    make: Callable[[Where], tuple[Channel, Contact]]
    check: Callable[[Request], None]
    secrets: tuple[str, ...]
    success: Reply = OK
    #: Replies that differ from those below, by row; "error inside" is a good status with an error in the body.
    replies: Mapping[str, Reply] = field(default_factory=dict)
    expected: Mapping[str, Result] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    waits: float | None = 7.0

    @asynccontextmanager
    async def case(self, what: str, tmp_path: Path) -> AsyncIterator[Case]:
        server_tls, own_tls, pem = authority()
        ca_file = tmp_path / "ca.pem"
        ca_file.write_bytes(pem)
        secured = what in {"success over TLS", "certificate does not hold"}
        encrypted = secured or what in {"silence over TLS", "speaks no TLS"}
        trusting = own_tls if what != "certificate does not hold" else ssl.create_default_context()
        seen: list[Request] = []
        complaints: list[str] = []
        trapped: list[Request] = []

        def trap(request: Request) -> Reply:
            trapped.append(request)
            return self.success

        async with listening(answering(trap)) as trap_port:
            conversation = self._conversation(what, trap_port, seen, complaints)
            async with listening(conversation, server_tls if secured else None) as listens:
                port = await closed_port() if what == "nobody listens" else listens
                guard = AddressGuard(() if what == "forbidden address" else LOOPBACK)
                where = Where(
                    f"{'https' if encrypted else 'http'}://localhost:{port}",
                    guard,
                    trusting,
                    ca_file if trusting is own_tls else None,
                    patience(what),
                )
                channel, contact = self.make(where)
                try:
                    yield Case(channel, contact, seen, complaints, trapped)
                finally:
                    await channel.close()

    def _conversation(self, what: str, trap_port: int, seen: list[Request], complaints: list[str]) -> Conversation:
        misbehaviour: dict[str, Conversation] = {
            "silence": silence,
            "silence over TLS": silence,
            "speaks no TLS": drip(b"HTTP/1.1 400 Bad Request\r\n\r\n", b"x", PATIENCE / 10),
            "reset": reset,
            "slow drip": drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", PATIENCE / 10),
            "slow body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x", PATIENCE / 10),
            "nonsense": drip(b"\0", b"\0", PATIENCE / 10),
        }
        if what in misbehaviour:
            return misbehaviour[what]

        def reply(request: Request) -> Reply:
            try:
                self.check(request)
            except Exception as error:  # noqa: BLE001 - whatever the check stumbles over is a complaint
                complaints.append(f"{type(error).__name__}: {error}")
                return Reply("500 The request is not as documented")
            seen.append(request)
            return self._reply(what, request, trap_port)

        return answering(reply)

    def _reply(self, what: str, request: Request, trap_port: int) -> Reply:
        if what in self.replies:
            return self.replies[what]
        echo = PRIVATE + request.target.encode() + str(request.headers).encode() + request.body
        return {
            "refused for good": Reply("400 Bad Request", body=echo),
            "not allowed": Reply("401 Unauthorized", body=echo),
            "too many": Reply("429 Too Many Requests", {"Retry-After": "7"}, echo),
            "refused for now": Reply("503 Service Unavailable", body=echo),
            "redirect": Reply("307 Temporary Redirect", {"Location": f"http://127.0.0.1:{trap_port}/latest"}, echo),
            "huge answer": Reply("200 OK", body=b"x" * 5_000_000),
        }.get(what, self.success)
