"""E-mail over SMTP: STARTTLS or TLS, AUTH, plain text and HTML in one message.

The Message-ID is made of the delivery's id, so a repeat after a crash carries the same one and most mail programs
show it once. A server's 4xx is worth another try, a 5xx is not (RFC 5321, 4.2.1); a certificate that does not hold is
an answer, too: the page goes to the next contact rather than to whoever listens there.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Literal

import aiosmtplib
from pydantic import SecretStr

from feuerwache.common.clock import Clock
from feuerwache.common.config.contact import EmailContact
from feuerwache.notifier.channels.channel import Dedup, Delivery, Outcome, Result, permanent, transient
from feuerwache.notifier.message.message import Message


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`tls`: `starttls` begins in the clear and insists on TLS, `tls` speaks it from the first byte, `none` never."""

    host: str
    port: int
    sender: str
    tls: Literal["none", "starttls", "tls"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None

    @property
    def domain(self) -> str:
        return parseaddr(self.sender)[1].rpartition("@")[2]


class EmailChannel:
    name = "email"
    dedup = Dedup.MESSAGE_ID

    def __init__(
        self, server: SmtpServer, clock: Clock, *, seconds: float = 20.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = server
        self._clock = clock
        self._seconds = seconds
        self._tls = tls

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        if not isinstance(delivery.contact, EmailContact):
            return permanent("not an e-mail contact")
        mail = compose(delivery, delivery.contact.address, message, self._server, self._clock.real_now())
        try:
            async with asyncio.timeout(self._seconds):
                await self._hand_over(mail, delivery.contact.address)
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            return judge(error)
        return Outcome(Result.ACCEPTED, provider_id=mail["Message-ID"])

    async def _hand_over(self, mail: EmailMessage, recipient: str) -> None:
        server = self._server
        await aiosmtplib.send(
            mail,
            sender=parseaddr(server.sender)[1],
            recipients=[recipient],
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password.get_secret_value() if server.password else None,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self._tls,
            local_hostname=server.domain,
            timeout=self._seconds,
        )

    async def close(self) -> None:
        """Each mail has its own connection: a page is rare, and an idle one would be cut by the server."""


def compose(delivery: Delivery, address: str, message: Message, server: SmtpServer, real_now: datetime) -> EmailMessage:
    """The mail as it goes out. Same delivery, same Message-ID; one thread per incident."""
    name, sender = parseaddr(server.sender)
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = Address(name or "Feuerwache", addr_spec=sender)
    local, _, domain = address.rpartition("@")
    mail["To"] = Address(username=local, domain=domain)
    mail["Date"] = format_datetime(real_now)
    mail["Message-ID"] = f"<{delivery.delivery_id}@{server.domain}>"
    mail["References"] = f"<incident-{delivery.incident_id}@{server.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if delivery.urgent:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    mail["Content-Language"] = message.language  # last: `set_content` takes away all headers that describe content
    return mail


def judge(error: Exception) -> Outcome:
    """What an error of the SMTP dialogue means. Never quotes the server: it likes to repeat addresses."""
    chain = _chain(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return permanent("the certificate of the mail server does not hold")
    for cause in chain:
        if isinstance(cause, aiosmtplib.SMTPRecipientsRefused) and cause.recipients:
            return _by_code(cause.recipients[0].code)
        if isinstance(cause, aiosmtplib.SMTPResponseException) and cause.code >= 400:
            return _by_code(cause.code)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return permanent("the mail server lacks TLS, the login or an extension that is needed")
    if isinstance(error, TimeoutError):
        return transient("the mail server did not answer in time")
    return transient("the connection to the mail server failed")


def _by_code(code: int) -> Outcome:
    return permanent(f"SMTP {code}") if code >= 500 else transient(f"SMTP {code}")


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
