"""The console's page without a broker: its buttons write to a book of incidents, and the book's states go into its SQL.

What a person presses is carried out by the real state machine at once, so a test sees the whole way of a command.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People, Person, Role
from feuerwache.common.config.plan import load_plans
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import Incident, IncidentChanged
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import TopicNames
from feuerwache.common.linktoken import LinkToken, issue
from feuerwache.console.desk import Desk
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.writing import Batch
from feuerwache.console.web import make_app
from feuerwache.escalation.incidents.book import IncidentBook
from support.incidents import BRAND, COMMUNITY, NIGHT, event, house

CONFIG = Path(__file__).parents[2] / "config"
SECRET = "a secret for tests that is long enough"
PLANS = load_plans(CONFIG, house().communities)


def people() -> People:
    """One person of each role; Murat reads English in London."""
    english: dict[str, Any] = {"language": "en", "timezone": "Europe/London"}
    team: dict[str, tuple[str, Role, dict[str, Any]]] = {
        "anna.bergmann": ("Anna Bergmann", Role.MANAGER, {}),
        "emma.agent": ("Emma Arndt", Role.AGENT, {}),
        "murat.oezdemir": ("Murat Özdemir", Role.MANAGER, english),
        "selin.yildiz": ("Selin Yıldız", Role.HEAD, {}),
        "olaf.operator": ("Olaf Petersen", Role.OPERATOR, {}),
    }
    return People(
        people=tuple(
            Person(id=key, name=name, role=role, contacts=(EmailContact(address=f"{key}@morgenrot.example"),), **more)
            for key, (name, role, more) in team.items()
        )
    )


class CivilClock(ManualClock):
    """Civil time stands still until it is moved; tokens see real time."""

    def real_now(self) -> datetime:
        return datetime.now(UTC)


class Obeying(EventProducer):
    """Takes commands as the broker would, and hands them to the book; `obeys` False leaves them lying."""

    def __init__(self, counter: Counter) -> None:  # the base class would want a broker
        self.counter = counter
        self.commands: list[Event[Any]] = []
        self.obeys = True

    async def send(self, outgoing: Outgoing) -> None:
        command = Record(
            topic=outgoing.topic,
            partition=outgoing.partition or 0,
            offset=len(self.commands),
            timestamp_ms=0,
            key=outgoing.key,
            value=outgoing.value,
            headers=tuple(outgoing.headers),
        ).event()
        self.commands.append(command)
        if self.obeys:
            await self.counter.tell(command)


class Counter:
    """The page over HTTP, the book behind it, and the SQL between them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.book = IncidentBook(alarm_shard(COMMUNITY, BRAND, 8), 8, replace(house(), plans=PLANS, people=people()))
        self.clock = CivilClock(NIGHT)
        self.producer = Obeying(self)
        self.app: FastAPI = make_app(
            Desk(
                engine=engine,
                producer=self.producer,
                people=people,
                secret=SecretStr(SECRET),
                names=TopicNames(""),
                clock=self.clock,
                plans=lambda: PLANS,
            )
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://console")

    async def tell(self, *events: Event[Any]) -> None:
        """Alarms, commands and receipts go into the book, and what it makes of them into SQL."""
        for one in events:
            change = self.book.apply(one, self.clock.now())
            for incident in (change.incident, *change.also) if change is not None else ():
                await self.show(event(IncidentChanged(incident=incident), NIGHT))

    async def show(self, *events: Event[Any]) -> None:
        batch = Batch()
        for one in events:
            batch.take(one, int(datetime.now(UTC).timestamp() * 1000))
        async with transaction(self.engine) as connection:
            await batch.write(connection)

    def incident(self, incident_id: UUID | None = None) -> Incident:
        """The only one, or the one of this id."""
        found = [one for one in self.book if incident_id in (None, one.incident_id)]
        assert len(found) == 1, found
        return found[0]

    def link(self, person: str = "anna.bergmann", incident_id: UUID | None = None) -> str:
        token = LinkToken(self.incident(incident_id).incident_id, person, datetime.now(UTC) + timedelta(days=7))
        return "/i/" + issue(token, SECRET.encode())

    async def press(self, page: httpx.Response, form: str, **chosen: str) -> httpx.Response:
        """Sends a form of the page as a browser would, and follows to the page that shows what became of it."""
        action, fields = Forms(page.text).forms[form]
        answer = await self.http.post(action, data={**fields, **chosen})
        return await self.http.get(answer.headers["location"]) if answer.status_code == 303 else answer


@asynccontextmanager
async def counter(folder: Path) -> AsyncIterator[Counter]:
    async with opened(f"sqlite+aiosqlite:///{folder / 'console.sqlite'}") as engine:
        desk = Counter(engine)
        async with desk.http:
            yield desk


class Forms(HTMLParser):
    """The forms of a page by id: action, and the fields as a browser would send them untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, tuple[str, dict[str, str]]] = {}
        self._current = ""
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._current = given["id"]
            self.forms[self._current] = (given["action"], {})
        if not self._current:
            return
        fields = self.forms[self._current][1]
        if tag == "input" and given.get("type") != "checkbox":
            fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            fields[given["name"]] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select not in fields:
            fields[self._select] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._current = ""
