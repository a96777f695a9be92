"""A mail as it arrives: both forms, one id for all repeats, a thread per incident; TLS from the first byte."""

from __future__ import annotations

import asyncio
from pathlib import Path

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import EmailContact
from feuerwache.notifier.channels.channel import Delivery, Result
from feuerwache.notifier.channels.email import EmailChannel, SmtpServer
from support.mailbox import Mailbox, text_of
from support.peers.mail import ADDRESS, MAIL
from support.peers.peer import DELIVERY_ID, INCIDENT_ID, LINK, message
from support.peers.wire import authority


def test_a_mail_carries_both_forms_and_an_id_that_a_repeat_has_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with MAIL.case("success", tmp_path) as case:
            first, second = await case.send(), await case.send()
            assert case.mailbox is not None
            mails = case.mailbox.mails
        assert [outcome.provider_id for outcome in (first, second)] == [mail["Message-ID"] for mail in mails]
        assert mails[0]["Message-ID"] == mails[1]["Message-ID"] == f"<{DELIVERY_ID}@morgenrot.example>"
        assert mails[0]["References"] == f"<incident-{INCIDENT_ID}@morgenrot.example>"
        assert mails[0]["Subject"] == message().subject
        assert mails[0]["Auto-Submitted"] == "auto-generated"
        assert mails[0]["To"] == ADDRESS
        assert mails[0]["From"] == "Feuerwache <wache@morgenrot.example>"
        assert mails[0]["Importance"] == "high"
        assert mails[0]["Content-Language"] == "de"
        assert LINK in text_of(mails[0])
        assert LINK in text_of(mails[0], "html")

    asyncio.run(main())


def test_tls_from_the_first_byte() -> None:
    async def main() -> None:
        server_tls, client_tls, _ = authority()
        async with Mailbox(tls=server_tls, implicit_tls=True) as mailbox:
            server = SmtpServer("localhost", mailbox.port, "wache@morgenrot.example", tls="tls")
            contact = EmailContact(address="jörg@morgenrot.example")
            channel = EmailChannel(server, SystemClock(), seconds=20, tls=client_tls)
            outcome = await channel.send(Delivery(DELIVERY_ID, INCIDENT_ID, contact, urgent=False), message())
            assert outcome.result is Result.ACCEPTED, outcome
            assert mailbox.mails[0]["Importance"] is None

    asyncio.run(main())
