"""The person on call, as far as the demo plays one: reads the mails, lets step 1 ring, takes over at step 2, resolves.

It acts as people do: it opens the link that stands in the mail, and sends the form that the page holds. Opening alone
never acknowledges. A link is used by the person it was sent to.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin
from uuid import UUID

import httpx

from feuerwache.common.clock import Clock
from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.linktoken import BadToken, verify
from feuerwache.local import mailbox

POLL_SECONDS = 0.2
#: Real seconds for which a page behind a link may be missing.
PATIENCE_SECONDS = 20.0
#: The demo takes over when this many mails about an incident have come: the second step's.
TAKES_OVER_AT = 2
LINK = re.compile(r"https?://\S+")
TOKEN = re.compile(r"[A-Za-z0-9_-]{43,}")


class NoForm(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The page behind the link does not offer what the demo wants to do."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A page as it lies in the mailbox. `link` is a secret of its reader."""

    number: int
    to: str
    subject: str
    incident_id: UUID
    person_id: str
    text: str = field(repr=False)
    link: str = field(repr=False)


@dataclass(slots=True)
class Form:
    """A form of an HTML page: where it goes, and what it sends."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """Collects the forms of a page with their hidden fields, first options and named buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open = False
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(values.get("action", ""), values.get("method", "get").lower()))
            self._open = True
        elif not self._open:
            return
        elif tag == "select":
            self._select = values.get("name")
        elif tag == "option" and self._select is not None:
            self.found[-1].fields.setdefault(self._select, values.get("value", ""))
        elif tag in {"input", "button"} and values.get("name"):
            if values.get("type") in {"radio", "checkbox"} and "checked" not in values:
                return
            self.found[-1].fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "select":
            self._select = None


def form_for(page: str, what: str) -> Form | None:
    """The form that does `what` (`acknowledge`, `resolve`): by where it goes, or by what it sends."""
    forms = Forms()
    forms.feed(page)
    for form in forms.found:
        if form.method == "post" and (what in form.action or what in form.fields.values()):
            return form
    return None


def read_mails(folder: Path, secret: bytes, clock: Clock) -> list[Mail]:
    """The mails that hold a personal link, in the order of their arrival; one that tells of several, for each."""
    return [
        mail
        for number, message in enumerate(mailbox.mails(folder), 1)
        for mail in _read(number, message, secret, clock)
    ]


def _read(number: int, message: EmailMessage, secret: bytes, clock: Clock) -> list[Mail]:
    found: dict[UUID, Mail] = {}
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    for link in LINK.findall(text):
        for word in TOKEN.findall(link):
            try:
                token = verify(word, secret, clock.real_now())
            except BadToken:
                continue
            to, subject = str(message["To"]), str(message["Subject"])
            mail = Mail(number, to, subject, token.incident_id, token.person_id, text, link)
            found.setdefault(token.incident_id, mail)
    return list(found.values())


@dataclass(slots=True)
class Manager:
    """Reacts to the mails until cancelled. `mails` are all that came, `took_over` those that were answered."""

    folder: Path
    secret: bytes = field(repr=False)
    clock: Clock
    mails: list[Mail] = field(default_factory=list)
    took_over: dict[UUID, Mail] = field(default_factory=dict)
    first_mail_at: float | None = None
    _failing_since: dict[UUID, float] = field(default_factory=dict)

    async def watch(self) -> None:
        """Lets the first mail about an incident go unanswered, and acknowledges with the link in the second."""
        async with httpx.AsyncClient(timeout=10.0, follow_redirects=True) as client:
            while True:
                self.mails = await asyncio.to_thread(read_mails, self.folder, self.secret, self.clock)
                if self.mails and self.first_mail_at is None:
                    self.first_mail_at = self.clock.monotonic()
                for incident_id in dict.fromkeys(mail.incident_id for mail in self.mails):
                    about = [mail for mail in self.mails if mail.incident_id == incident_id]
                    if len(about) >= TAKES_OVER_AT and incident_id not in self.took_over:
                        await self._take_over(client, about[TAKES_OVER_AT - 1])
                await asyncio.sleep(POLL_SECONDS)

    async def _take_over(self, client: httpx.AsyncClient, mail: Mail) -> None:
        """Tries again at the next look, as people do, while the page is not there yet; at some point it must be."""
        since = self._failing_since.setdefault(mail.incident_id, self.clock.monotonic())
        try:
            await act(client, mail.link, "acknowledge")
        except (httpx.HTTPError, NoForm):
            if self.clock.monotonic() - since > PATIENCE_SECONDS:
                raise
        else:
            self.took_over[mail.incident_id] = mail

    async def resolve(self, incident_id: UUID) -> bool:
        """Resolves with the newest link about this incident; False when that did not work (yet)."""
        links = [mail.link for mail in self.mails if mail.incident_id == incident_id]
        if not links:
            return False
        async with httpx.AsyncClient(timeout=10.0, follow_redirects=True) as client:
            try:
                await act(client, links[-1], "resolve")
            except (httpx.HTTPError, NoForm):
                return False
        return True


async def act(client: httpx.AsyncClient, link: str, what: str) -> None:
    """Opens the page and sends its form; raises `NoForm`."""
    page = await client.get(link)
    page.raise_for_status()
    form = form_for(page.text, what)
    if form is None:
        raise NoForm(f"the page behind the link has no form that can {what}")
    answer = await client.post(urljoin(str(page.url), form.action), data=form.fields)
    answer.raise_for_status()
