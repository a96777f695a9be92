"""The other side of pages, counting: a real SMTP server and a real HTTP server that keep what reached them, by id.

Each answers after a moment, so that a process that is killed dies with messages under way.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from time import monotonic

from aiohttp import web

from feuerwache.notifier.message.wording import WORDS
from support.mailbox import Mailbox

LONGEST = 0.15
MARK = WORDS["de"].repeat_mark


def id_of(mail: EmailMessage) -> str:
    """The delivery's id, of which the Message-ID is made."""
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


@dataclass
class TimedMailbox(Mailbox):
    arrived_at: dict[str, float] = field(default_factory=dict)

    def keep(self, mail: EmailMessage) -> None:
        self.arrived_at.setdefault(id_of(mail), monotonic())
        super().keep(mail)


@dataclass
class Peers:
    """`seen`: delivery id → for each copy that arrived, whether it says that it may be a repeat. `arrived`: when the
    first one did (monotonic seconds), as soon as the peer has it in hand."""

    smtp_port: int = 0
    http_port: int = 0
    hooks: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    arrived: dict[str, float] = field(default_factory=dict)
    mailbox: Mailbox = field(init=False)

    def __post_init__(self) -> None:
        self.mailbox = TimedMailbox(arrived_at=self.arrived)

    def seen(self) -> dict[str, list[bool]]:
        found: dict[str, list[bool]] = {key: list(copies) for key, copies in self.hooks.items()}
        for mail in self.mailbox.mails:
            found.setdefault(id_of(mail), []).append(MARK in mail["Subject"])
        return found

    async def hooked(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        self.arrived.setdefault(request.headers["webhook-id"], monotonic())
        self.hooks[request.headers["webhook-id"]].append(bool(body["data"]["possible_repeat"]))
        await asyncio.sleep(random.uniform(0, LONGEST))
        return web.Response()


@asynccontextmanager
async def peers() -> AsyncIterator[Peers]:
    """Both servers on loopback, for as long as inside."""
    both = Peers()
    app = web.Application()
    app.router.add_post("/{name}", both.hooked)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with both.mailbox as mailbox:
        both.smtp_port = mailbox.port
        both.http_port = runner.addresses[0][1]
        try:
            yield both
        finally:
            await runner.cleanup()
