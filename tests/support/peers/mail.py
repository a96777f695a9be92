"""A mail server: its codes are other words for the same rows (RFC 5321), and it has no redirects to follow."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import EmailContact
from feuerwache.notifier.channels.channel import Result
from feuerwache.notifier.channels.email import EmailChannel, SmtpServer
from support.mailbox import Mailbox
from support.peers.peer import PATIENCE, PRIVATE, Case, patience
from support.peers.wire import Conversation, authority, closed_port, drip, listening, reset, silence

PASSWORD = "swordfish-in-the-mail"
ADDRESS = "anna.bergmann@morgenrot.example"


@dataclass
class MailCase(Case):
    mailbox: Mailbox | None = None


@dataclass(frozen=True)
class MailPeer:
    name: str = "email"
    secrets: tuple[str, ...] = (PASSWORD, ADDRESS)
    without: frozenset[str] = frozenset(
        {"redirect", "forbidden address", "error inside", "slow body", "silence over TLS", "speaks no TLS"}
    )
    #: No mail server greets with megabytes.
    expected: Mapping[str, Result] = field(default_factory=lambda: {"huge answer": Result.TRANSIENT})
    #: SMTP has no way to say for how long.
    waits: None = None

    @asynccontextmanager
    async def case(self, what: str, tmp_path: Path) -> AsyncIterator[MailCase]:  # noqa: ARG002 - as all peers
        server_tls, own_tls, _ = authority()
        raw: dict[str, Conversation] = {
            "silence": silence,
            "reset": reset,
            "slow drip": dawdle,
            "nonsense": drip(b"\0", b"\0", PATIENCE / 10),
            "huge answer": drip(b"220-" + b"x" * 5_000_000, b"x", PATIENCE / 10),
        }
        words = PRIVATE.decode()
        replies = {
            "refused for now": {"RCPT": f"450 4.2.0 {words} mailbox busy"},
            "refused for good": {"DATA": f"554 5.7.1 {words} no"},
            "too many": {"RCPT": f"421 4.7.0 {words} too many"},
        }
        if what == "nobody listens":
            yield mail_case(await closed_port(), patience(what))
        elif what in raw:
            async with listening(raw[what]) as port:
                yield mail_case(port, patience(what))
        else:
            async with Mailbox(tls=server_tls, login=("wache", PASSWORD), replies=replies.get(what, {})) as mailbox:
                tls = ssl.create_default_context() if what == "certificate does not hold" else own_tls
                password = "wrong" if what == "not allowed" else PASSWORD
                case = mail_case(mailbox.port, patience(what), tls=tls, password=password)
                case.mailbox = mailbox
                yield case


def mail_case(port: int, seconds: float, *, tls: ssl.SSLContext | None = None, password: str = PASSWORD) -> MailCase:
    server = SmtpServer(
        "localhost",
        port,
        "Feuerwache <wache@morgenrot.example>",
        tls="starttls" if tls else "none",
        username="wache" if tls else None,
        password=SecretStr(password) if tls else None,
    )
    return MailCase(EmailChannel(server, SystemClock(), seconds=seconds, tls=tls), EmailContact(address=ADDRESS))


async def dawdle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each answer comes in time, and the whole dialogue does not."""
    for answer in (b"220 hi", b"250 hello", b"250 ok", b"250 ok", b"354 go on", b"250 taken"):
        await asyncio.sleep(PATIENCE * 0.7)
        writer.write(answer + b"\r\n")
        await reader.readline()


MAIL = MailPeer()
