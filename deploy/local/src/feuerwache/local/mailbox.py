"""A mailbox for one machine: an SMTP server that takes every mail and keeps it as an .eml file.

Nothing leaves the machine. Files are named by arrival (`0001.eml`, `0002.eml`, …) and appear whole.
"""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from feuerwache.local import ports


class Mailbox:
    """`async with Mailbox(folder, port):` listens on 127.0.0.1 while it lasts."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._port = port
        self._server: asyncio.Server | None = None
        self._count = 0

    async def __aenter__(self) -> Mailbox:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._count = max((int(path.stem) for path in self._folder.glob("[0-9]*.eml")), default=0)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, ports.HOST, self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    def _connection(self) -> SMTP:
        return SMTP(self, hostname="localhost", ident="feuerwache mailbox", enable_SMTPUTF8=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Called by aiosmtpd for every mail."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        self._count += 1
        partial = self._folder / f"{self._count:04}.partial"
        partial.write_bytes(raw)
        partial.rename(partial.with_suffix(".eml"))
        return "250 kept"


def mails(folder: Path) -> list[EmailMessage]:
    """The mails in the order of their arrival."""
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("[0-9]*.eml"))]
