"""The review queue without a broker: posts, clicks and appeals go through the real judging, and into the console's SQL.

What a person presses is carried out at once, unless `obeys` is False; so a test sees the whole way of a word.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.config.community import Communities, load_communities
from feuerwache.common.config.people import People
from feuerwache.common.errors import TransientError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.classification import PostClassified, Span
from feuerwache.common.events.decision import AppealDecision, DecisionMade
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import TopicNames
from feuerwache.common.shownname import Names
from feuerwache.console.desk import Desk
from feuerwache.console.review.desk import ReviewDesk
from feuerwache.console.review.token import issue
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.writing import Batch
from feuerwache.console.web import make_app
from support.desk import SECRET, CivilClock, Forms, people
from support.rules import CONFIG, NOW, Judge, written

KEY = b"a key of these tests"
HATE = {"hate": 0.97, "offensive": 0.95, "negative": 0.9}
THREAT = {"threat": 0.96, "offensive": 0.9, "negative": 0.9}


class Carrying(EventProducer):
    """Takes commands as the broker would, and has them judged; `obeys` False leaves them lying, `away` takes none."""

    def __init__(self, counter: ReviewCounter) -> None:  # the base class would want a broker
        self.counter = counter
        self.commands: list[Event[Any]] = []
        self.obeys, self.away = True, False

    async def send(self, outgoing: Outgoing) -> None:
        if self.away:
            raise TransientError("Kafka is away")
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


class ReviewCounter:
    """The queue over HTTP, the rules behind it, and the SQL between them. `names` may be changed by a test."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.judge = Judge()
        self.clock = CivilClock(NOW)
        self.producer = Carrying(self)
        self.communities = load_communities(CONFIG)
        self.people: Callable[[], People] = people
        self.made: list[Event[Any]] = []
        self._written_ms = int(datetime.now(UTC).timestamp() * 1000)
        common: dict[str, Any] = {
            "engine": engine,
            "producer": self.producer,
            "people": lambda: self.people(),  # noqa: PLW0108 - a test may change it
            "secret": SecretStr(SECRET),
            "names": TopicNames(""),
            "clock": self.clock,
            "author_names": lambda: Names(self.communities, KEY),
        }
        self.app: FastAPI = make_app(Desk(**common), ReviewDesk(**common, partitions=2))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://console")

    async def tell(self, *events: Event[Any]) -> None:
        """Posts and commands, each a batch of its own: judged, and written with what came of it."""
        for event in events:
            self.judge.take(event, now=event.time)
            await self.show(event, *self.judge.last.decisions, *self.judge.last.appeals)

    async def show(self, *events: Event[Any]) -> None:
        """Into SQL, a millisecond after what was there before."""
        batch = Batch()
        self._written_ms += 1
        for event in events:
            batch.take(event, self._written_ms)
        self.made += [event for event in events if isinstance(event.data, DecisionMade)]
        async with transaction(self.engine) as connection:
            await batch.write(connection)

    def in_force(self, post_id: str) -> Event[DecisionMade]:
        return [event for event in self.made if event.data.ref.post_id == post_id][-1]

    def pseudonymous(self, community_id: str) -> None:
        self.communities = Communities(
            communities=tuple(
                one.model_copy(update={"authors": "pseudonymous"}) if one.id == community_id else one
                for one in self.communities.communities
            )
        )

    def address(self, person_id: str = "anna.bergmann", lives: timedelta = timedelta(days=1)) -> str:
        person = people().person(person_id)
        assert person is not None
        return "/q/" + issue(person, datetime.now(UTC) + lives, SECRET.encode())

    async def look(self, person_id: str = "anna.bergmann", **query: str) -> httpx.Response:
        answer = await self.http.get(self.address(person_id), params=query)
        assert answer.status_code == 200, answer.text
        return answer

    async def press(self, page: httpx.Response, form: str, verdict: str, **more: str) -> httpx.Response:
        """Sends a form of the page as a browser would, and follows to the page that shows what became of it."""
        action, fields = Forms(page.text).forms[form]
        answer = await self.http.post(action, data={**fields, "verdict": verdict, **more})
        return await self.http.get(answer.headers["location"]) if answer.status_code == 303 else answer


@asynccontextmanager
async def review_counter(folder: Path) -> AsyncIterator[ReviewCounter]:
    async with opened(f"sqlite+aiosqlite:///{folder / 'console.sqlite'}") as engine:
        found = ReviewCounter(engine)
        async with found.http:
            yield found


def post(
    post_id: str = "p1",
    text: str = "Ihr seid doch alle Abschaum.",
    labels: Mapping[str, float] | None = None,
    *,
    why: tuple[str, ...] = (),
    name: str = "Rita Regenbogen",
    handle: str = "rita77",
    **more: Any,
) -> Event[Payload]:
    """A post of somebody with a name; `why` are words of it that speak for its strongest label."""
    event = written(post_id, text=text, labels=HATE if labels is None else labels, **more)
    data: Any = event.data
    assert isinstance(data, PostClassified)
    received: Any = data.received
    author = received.post.author.model_copy(update={"display_name": name, "handle": handle})
    received = received.model_copy(update={"post": received.post.model_copy(update={"author": author})})
    assert data.classification is not None
    scores = data.classification.labels
    strongest = max(scores, key=lambda label: scores[label], default="")
    spans = tuple(
        Span(text=word, start=text.index(word), end=text.index(word) + len(word), label=strongest) for word in why
    )
    classification = data.classification.model_copy(update={"why": spans})
    changed = data.model_copy(update={"received": received, "classification": classification})
    return Event(event.id, event.source, event.time, changed)


def complaint(against: Event[DecisionMade], text: str, at: datetime = NOW) -> Event[Payload]:
    """The author appeals in their own words."""
    data = against.data
    command = AppealDecision(
        ref=data.ref,
        author_id=data.author_id,
        decision_id=against.id,
        actor=Actor(person_id="facebook", via=Via.TOKEN),
        text=text,
    )
    return Event(uuid4(), "/outbound", at, command)
