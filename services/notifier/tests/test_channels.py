"""Every channel through one table, over real sockets: what the other side does, what the channel says."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import pytest
import trustme
from pydantic import SecretStr
from standardwebhooks import Webhook

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import EmailContact, WebhookContact
from feuerwache.common.http.guard import LOOPBACK, AddressGuard, networks
from feuerwache.common.http.retry import retry_after
from feuerwache.notifier.channels.channel import Channel, Delivery, Outcome, Result
from feuerwache.notifier.channels.email import EmailChannel, SmtpServer
from feuerwache.notifier.channels.http import HttpLine
from feuerwache.notifier.channels.webhook import WebhookChannel
from feuerwache.notifier.message.message import Message
from support.mailbox import Mailbox, text_of

PASSWORD = "swordfish-in-the-mail"
WHSEC = "whsec_c2VjcmV0LW9mLXRoZS13ZWJob29rLWhlcmU="
LINK = "https://wache.example/i/token-that-acts-for-anna"
PATIENCE = 0.6
MESSAGE = Message("de", "Kritisch: Übung", f"Bitte ansehen: {LINK}", f"<a href='{LINK}'>Ansehen</a>", {"link": LINK})
DELIVERY_ID = UUID(int=7)

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Case:
    """A channel, its contact, and what its peer saw."""

    channel: Channel
    contact: EmailContact | WebhookContact
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    mailbox: Mailbox | None = None

    async def send(self) -> Outcome:
        try:
            return await self.channel.send(Delivery(DELIVERY_ID, UUID(int=8), self.contact), MESSAGE)
        finally:
            await self.channel.close()


def authority() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Server and client contexts of a certificate authority that nobody else knows."""
    ca = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(server)
    ca.configure_trust(client)
    return server, client


@asynccontextmanager
async def listening(conversation: Conversation, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A TCP server on a free port that holds each conversation as told."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the channel hung up, which is what it should do to some of these peers
        finally:
            writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def drip(line: bytes) -> Conversation:
    """One byte at a time, each in time, the whole never."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in line * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(PATIENCE / 10)

    return conversation


async def dawdle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A mail server of which each answer comes in time, and the whole dialogue does not."""
    for answer in (b"220 hi", b"250 hello", b"250 ok", b"250 ok", b"354 go on", b"250 taken"):
        await asyncio.sleep(PATIENCE * 0.7)
        writer.write(answer + b"\r\n")
        await reader.readline()


def http_answer(head: str, body: bytes = b"", seen: list[tuple[dict[str, str], bytes]] | None = None) -> Conversation:
    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in asked[1:])}
        content = await reader.readexactly(int(headers.get("content-length", "0")))
        if seen is not None:
            seen.append((headers, content))
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    return conversation


def webhook(port: int, *, scheme: str = "http", tls: ssl.SSLContext | None = None, open_to: bool = True) -> Case:
    guard = AddressGuard(LOOPBACK if open_to else ())
    contact = WebhookContact(url=f"{scheme}://localhost:{port}/hook", secret=SecretStr(WHSEC))
    return Case(WebhookChannel(HttpLine(guard, SystemClock(), seconds=PATIENCE, tls=tls)), contact)


def email(port: int, *, tls: ssl.SSLContext | None = None, password: str = PASSWORD) -> Case:
    mode = "none" if tls is None else "starttls"
    server = SmtpServer(
        "localhost",
        port,
        "Feuerwache <wache@morgenrot.example>",
        tls="starttls" if mode == "starttls" else "none",
        username="wache" if tls else None,
        password=SecretStr(password) if tls else None,
    )
    contact = EmailContact(address="anna.bergmann@morgenrot.example")
    return Case(EmailChannel(server, SystemClock(), seconds=PATIENCE, tls=tls), contact)


@asynccontextmanager
async def webhook_case(what: str) -> AsyncIterator[Case]:
    seen: list[tuple[dict[str, str], bytes]] = []
    server_tls, client_tls = authority()
    answers = {
        "success": http_answer("204 No Content", seen=seen),
        "refused for now": http_answer("503 Service Unavailable", b"PRIVATE"),
        "refused for good": http_answer("400 Bad Request", b"PRIVATE"),
        "too many": http_answer("429 Too Many Requests\r\nRetry-After: 7"),
        "silence": silence,
        "reset": reset,
        "slow drip": drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        "redirect to an internal address": http_answer("302 Found\r\nLocation: http://169.254.169.254/latest"),
        "huge answer": http_answer("200 OK", b"x" * 5_000_000),
        "nonsense": drip(b"\0"),
        "forbidden address": http_answer("204 No Content", seen=seen),
        "wrong login": http_answer("401 Unauthorized"),
    }
    if what == "nobody listens":
        async with listening(silence) as port:
            pass
        yield webhook(port)
    elif what in {"tls", "certificate does not hold"}:
        async with listening(http_answer("200 OK", seen=seen), server_tls) as port:
            case = webhook(port, scheme="https", tls=client_tls if what == "tls" else ssl.create_default_context())
            case.seen = seen
            yield case
    else:
        async with listening(answers[what]) as port:
            case = webhook(port, open_to=what != "forbidden address")
            case.seen = seen
            yield case


@asynccontextmanager
async def email_case(what: str) -> AsyncIterator[Case]:
    server_tls, client_tls = authority()
    strangers = ssl.create_default_context()
    raw = {"silence": silence, "reset": reset, "slow drip": dawdle, "nonsense": drip(b"\0")}
    replies = {
        "refused for now": {"RCPT": "450 4.2.0 PRIVATE mailbox busy"},
        "refused for good": {"DATA": "554 5.7.1 PRIVATE no"},
        "too many": {"RCPT": "421 4.7.0 PRIVATE too many"},
        "huge answer": {"RCPT": "250 " + "x" * 400},
    }
    if what == "nobody listens":
        async with listening(silence) as port:
            pass
        yield email(port)
    elif what in raw:
        async with listening(raw[what]) as port:
            yield email(port)
    else:
        async with Mailbox(tls=server_tls, login=("wache", PASSWORD), replies=replies.get(what, {})) as mailbox:
            tls = strangers if what == "certificate does not hold" else client_tls
            case = email(mailbox.port, tls=tls, password="wrong" if what == "wrong login" else PASSWORD)
            case.mailbox = mailbox
            yield case


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged on the sending side; the SMTP peer of the tests logs every line it reads."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")


CASES = {"email": email_case, "webhook": webhook_case}
BOTH = [
    ("success", True, ""),
    ("refused for now", Result.TRANSIENT, "450|503"),
    ("refused for good", Result.PERMANENT, "554|400"),
    ("too many", Result.TRANSIENT, "421|429"),
    ("silence", Result.TRANSIENT, "in time"),
    ("reset", Result.TRANSIENT, "connection"),
    ("slow drip", Result.TRANSIENT, "in time"),
    ("nonsense", Result.TRANSIENT, "in time|connection"),
    ("nobody listens", Result.TRANSIENT, "connection"),
    ("certificate does not hold", Result.PERMANENT, "certificate"),
    ("wrong login", Result.PERMANENT, "535|401"),
]
TABLE = [(channel, *row) for channel in CASES for row in BOTH] + [
    ("webhook", "tls", True, ""),
    ("webhook", "redirect to an internal address", Result.PERMANENT, "redirects are not followed"),
    ("webhook", "forbidden address", Result.PERMANENT, "not public"),
    ("webhook", "huge answer", True, ""),
]


@pytest.mark.parametrize(("channel", "what", "result", "reason"), TABLE, ids=str)
def test_what_the_other_side_does(
    channel: str, what: str, result: Result | bool, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        async with CASES[channel](what) as case, asyncio.timeout(10 * PATIENCE):
            began = asyncio.get_running_loop().time()
            outcome = await case.send()
            assert asyncio.get_running_loop().time() - began < 3 * PATIENCE
            said = f"{outcome!r} {case.channel!r} {vars(case.channel)!r} {case.contact!r} {logged(caplog)}"
        assert outcome.success if result is True else outcome.result is result, outcome
        assert any(part in outcome.reason for part in reason.split("|")), outcome
        assert outcome.retry_after == (7.0 if (channel, what) == ("webhook", "too many") else None)
        for secret in (PASSWORD, WHSEC, WHSEC.removeprefix("whsec_"), "token-that-acts"):
            assert secret not in said
        assert "PRIVATE" not in repr(outcome)
        assert "morgenrot" not in outcome.reason
        if what == "forbidden address":
            assert case.seen == []

    asyncio.run(main())


def test_a_mail_carries_both_forms_and_an_id_that_a_repeat_has_too() -> None:
    async def main() -> None:
        async with email_case("success") as case:
            first, second = await case.send(), await case.send()
            assert case.mailbox is not None
            mails = case.mailbox.mails
        assert [outcome.provider_id for outcome in (first, second)] == [mail["Message-ID"] for mail in mails]
        assert mails[0]["Message-ID"] == mails[1]["Message-ID"] == f"<{DELIVERY_ID}@morgenrot.example>"
        assert mails[0]["Subject"] == "Kritisch: Übung"
        assert mails[0]["Auto-Submitted"] == "auto-generated"
        assert mails[0]["To"] == "anna.bergmann@morgenrot.example"
        assert mails[0]["From"] == "Feuerwache <wache@morgenrot.example>"
        assert mails[0]["Importance"] == "high"
        assert LINK in text_of(mails[0])
        assert LINK in text_of(mails[0], "html")

    asyncio.run(main())


def test_tls_from_the_first_byte() -> None:
    async def main() -> None:
        server_tls, client_tls = authority()
        async with Mailbox(tls=server_tls, implicit_tls=True) as mailbox:
            server = SmtpServer("localhost", mailbox.port, "wache@morgenrot.example", tls="tls")
            contact = EmailContact(address="jörg@morgenrot.example")
            channel = EmailChannel(server, SystemClock(), seconds=5, tls=client_tls)
            outcome = await channel.send(Delivery(DELIVERY_ID, UUID(int=8), contact, urgent=False), MESSAGE)
            assert outcome.result is Result.ACCEPTED, outcome
            assert mailbox.mails[0]["Importance"] is None

    asyncio.run(main())


def test_a_webhook_can_be_verified_by_its_receiver() -> None:
    async def main() -> None:
        async with webhook_case("success") as case:
            assert (await case.send()).result is Result.DELIVERED
        ((headers, body),) = case.seen
        assert Webhook(WHSEC).verify(body, headers) == {"link": LINK}
        assert headers["webhook-id"] == str(DELIVERY_ID)
        assert headers["host"].startswith("localhost:")

    asyncio.run(main())


def test_a_secret_may_stand_in_a_file_and_a_missing_one_is_a_permanent_failure(tmp_path: Path) -> None:
    async def main(path: Path) -> Outcome:
        async with webhook_case("success") as case:
            assert isinstance(case.contact, WebhookContact)
            case.contact = WebhookContact(url=case.contact.url, secret_file=path)
            return await case.send()

    (tmp_path / "secret").write_text(WHSEC + "\n")
    assert asyncio.run(main(tmp_path / "secret")).success
    assert asyncio.run(main(tmp_path / "missing")).result is Result.PERMANENT


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a9fe:a9fe", False),
    ],
)
def test_the_guard_lets_only_public_addresses_pass(address: str, permitted: bool) -> None:
    assert AddressGuard().permits(ip_address(address)) is permitted


def test_the_operator_can_allow_a_network() -> None:
    guard = AddressGuard(networks(["10.1.0.0/16", ""]))
    assert guard.permits(ip_address("10.1.2.3"))
    assert guard.permits(ip_address("::ffff:10.1.2.3"))
    assert not guard.permits(ip_address("10.2.0.1"))


def test_retry_after_is_seconds_or_a_date_and_bounded() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert retry_after("120", now) == 120
    assert retry_after("Sat, 21 Nov 2026 12:00:30 GMT", now) == 30
    assert retry_after("Sat, 21 Nov 2026 11:00:00 GMT", now) == 0
    assert retry_after("9" * 12, now) == 3600
    assert retry_after("soon", now) is None
    assert retry_after(None, now) is None
