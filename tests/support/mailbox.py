# ruff: noqa: ARG002 - aiosmtpd calls its hooks with everything it has
"""A real SMTP server for tests: takes mail over STARTTLS or TLS with AUTH, or answers as a case wants it to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """`replies` maps a command (RCPT, DATA) to the line it is answered with instead of taking the mail.

    While `open_gate` is cleared, a mail that has arrived is kept without an answer: the sender hangs between "sent"
    and "settled" until the test opens the gate.
    """

    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    login: tuple[str, str] | None = None
    replies: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    open_gate: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Mailbox:
        self.open_gate.set()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._protocol, "127.0.0.1", 0, ssl=self.tls if self.implicit_tls else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open_gate.set()
        if self._server is not None:
            self._server.close()

    def _protocol(self) -> SMTP:
        starttls = self.tls if not self.implicit_tls else None
        return SMTP(
            self,
            hostname="mail.example",
            enable_SMTPUTF8=True,
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=self.login is not None,
            auth_require_tls=starttls is not None,
            authenticator=self._authenticate,
            timeout=30,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if self.login is None or not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.replies:
            return self.replies["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if "DATA" in self.replies:
            return self.replies["DATA"]
        content = envelope.content
        mail = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.default)
        assert isinstance(mail, EmailMessage)
        async with self.arrived:
            self.keep(mail)
            self.arrived.notify_all()
        await self.open_gate.wait()
        return "250 taken"

    def keep(self, mail: EmailMessage) -> None:
        self.mails.append(mail)

    async def wait_for(self, count: int, seconds: float = 30.0) -> list[EmailMessage]:
        """The mails, once there are at least `count`; raises `TimeoutError`."""
        enough: Callable[[], bool] = lambda: len(self.mails) >= count  # noqa: E731 - a name for the condition
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(enough)
        return list(self.mails)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    content = part.get_content()
    assert isinstance(content, str)
    return content
