"""From the link in the mail to the answer on the page: the real console over HTTP, on a real Kafka and a real SQL."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from feuerwache.common.clock import ManualClock
from feuerwache.common.config.people import load_people
from feuerwache.common.errors import FatalError
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import Action, ReviewDecision
from feuerwache.common.events.incident import Acknowledge, IncidentChanged, IncidentState
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.health import Health
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.keys import alarm_shard, author_key, incident_key, partition_of, shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    POSTS_CLASSIFIED,
    Topic,
)
from feuerwache.common.linktoken import LinkToken, issue
from feuerwache.common.process import Process
from feuerwache.console.bootstrap import serve
from feuerwache.console.desk import Desk
from feuerwache.console.review.token import issue as issue_queue
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.writing import Batch
from feuerwache.console.web import make_app
from feuerwache.escalation.incidents import register
from feuerwache.escalation.incidents.bootstrap import compose
from support.dossiers import FIGURES, Story, classified, decided, deleted, ref
from support.incidents import BRAND, COMMUNITY, NIGHT, alarm, event, house, receipt, resolve
from support.servers import KafkaServer

CONFIG = Path(__file__).parents[3] / "config"
SECRET = "a secret for tests that is long enough"
DEADLINE = 45.0
TOPICS = (
    ALARMS_RAISED,
    INCIDENTS_COMMANDS,
    PAGES_RECEIPTS,
    INCIDENTS_CHANGED,
    PAGES_REQUESTED,
    DECISIONS_COMMANDS,
    DECISIONS_MADE,
    POSTS_CLASSIFIED,
)


class CivilClock(ManualClock):
    """Civil time stands still; tokens and time-outs see real time."""

    def real_now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_event_loop().time()


@pytest.fixture
def settings(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> ConsoleSettings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return ConsoleSettings(
        kafka_bootstrap=kafka.bootstrap,
        topic_prefix=topic_prefix,
        shards=8,
        post_partitions=2,
        config_dir=CONFIG,
        data_dir=tmp_path,
        http_port=port,
        link_secret=SecretStr(SECRET),
    )


def link(
    incident_id: UUID, person: str = "anna.bergmann", lives: timedelta = timedelta(days=7), secret: str = SECRET
) -> str:
    return "/i/" + issue(LinkToken(incident_id, person, datetime.now(UTC) + lives), secret.encode())


@dataclass
class Console:
    """The running console and the broker behind it."""

    settings: ConsoleSettings
    http: httpx.AsyncClient
    process: Process

    async def send(self, topic: Topic, event: Event[Payload]) -> None:
        partitioning = self.settings.partitioning()
        shard = alarm_shard(COMMUNITY, BRAND, partitioning.shards)
        partition, key = shard, shard_key(shard)
        if not topic.sharded:
            key = author_key(COMMUNITY, "u1")
            partition = partition_of(key, partitioning.posts)
        elif topic is INCIDENTS_CHANGED and isinstance(event.data, IncidentChanged):
            key = incident_key(event.data.incident.incident_id)
        async with EventProducer(self.settings) as producer:
            await producer.send(Outgoing.of(self.settings.topics().of(topic), partition, key, event))

    async def commands(self) -> list[Event[Payload]]:
        records = await read_topic(self.settings, self.settings.topics().of(INCIDENTS_COMMANDS))
        return [record.event() for record in records]

    async def page(self, path: str, until: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The page once it looks like that."""
        async with asyncio.timeout(DEADLINE):
            while True:
                answer = await self.http.get(path)
                if until(answer):
                    return answer
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running(settings: ConsoleSettings, incidents: bool = False) -> AsyncIterator[Console]:
    """The console in this process, and with `incidents` the task that obeys its commands."""
    await ensure_topics(settings, TOPICS)
    clock = CivilClock(NIGHT)
    process = Process("console", settings, clock, Health(), asyncio.Event())
    tasks = [asyncio.create_task(serve(process, settings))]
    if incidents:
        tasks.append(asyncio.create_task(compose(settings, clock, house).run(process.stop)))
    base = f"http://127.0.0.1:{settings.http_port}"
    try:
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            console = Console(settings, http, process)
            async with asyncio.timeout(DEADLINE):
                while process.health.report().get("projection", "not there") is not None:
                    assert not tasks[0].done(), tasks[0].result()
                    await asyncio.sleep(0.05)
            yield console
    finally:
        process.stop.set()
        await asyncio.gather(*tasks)


class Forms(HTMLParser):
    """The forms of a page by id: action and the fields as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, tuple[str, dict[str, str]]] = {}
        self._current = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._current = given["id"]
            self.forms[self._current] = (given["action"], {})
        elif tag in {"input", "select"} and self._current:
            self.forms[self._current][1][given["name"]] = given.get("value", "")


def shows(text: str) -> Callable[[httpx.Response], bool]:
    return lambda answer: answer.status_code == 200 and text in answer.text


def test_from_the_alarm_to_the_end_by_the_buttons_of_the_page(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        async with running(settings, incidents=True) as console:
            raised = alarm(figures=FIGURES, examples=(ref("p1"), ref("p2")))
            await console.send(POSTS_CLASSIFIED, classified("p1", "Meine Aurora raucht 😡 „schon wieder“"))
            await console.send(DECISIONS_MADE, decided("p1"))
            await console.send(ALARMS_RAISED, raised)
            (incident,) = await incidents_of(console)
            anna, jonas = link(incident), link(incident, "jonas.keller")
            foreign = await console.http.get(anna, headers={"Host": "evil.example:8080"})
            assert (foreign.status_code, "Aurora" in foreign.text) == (421, False)

            page = await console.page(anna, shows("Meine Aurora raucht 😡 „schon wieder“"))
            assert "ausgeblendet" in page.text and "1.214" in page.text
            for _ in range(3):
                assert (await console.http.get(anna)).status_code == 200
                assert (await console.http.head(anna)).status_code == 200
            assert await console.commands() == [], "looking acts on nothing"

            action, fields = Forms(page.text).forms["acknowledge"]
            answer = await console.http.post(action, data=fields)
            assert answer.status_code == 303
            twice = await console.http.post(action, data=fields)
            assert twice.headers["location"] == answer.headers["location"]
            page = await console.page(answer.headers["location"], shows("Sie haben um 22:00 Uhr übernommen"))
            assert "acknowledge" not in Forms(page.text).forms
            told = await console.page(jonas, shows("Anna Bergmann hat um 22:00 Uhr übernommen"))

            late = await console.http.post(f"{jonas}/acknowledge")
            told = await console.http.get(late.headers["location"])
            assert "bereits übernommen: von Anna Bergmann um 22:00 Uhr" in told.text
            (state,) = await register.read_incidents(settings)
            assert (state.owner, state.state) == ("anna.bergmann", IncidentState.ACKNOWLEDGED)

            await console.send(PAGES_RECEIPTS, receipt(incident, uuid4(), NIGHT, ReceiptStatus.DELIVERED))
            page = await console.page(anna, shows("zugestellt"))
            action, fields = Forms(page.text).forms["resolve"]
            answer = await console.http.post(action, data=fields | {"reason": "calmed_down", "note": "Rückruf läuft"})
            page = await console.page(answer.headers["location"], shows("Beendet um 22:00 Uhr: Hat sich beruhigt."))
            assert "Rückruf läuft" in page.text and not {"acknowledge", "resolve"} & Forms(page.text).forms.keys()

            first, *_ = acknowledged = [one for one in await console.commands() if isinstance(one.data, Acknowledge)]
            assert len(acknowledged) == 3 and len({one.id for one in acknowledged}) == 2
            assert isinstance(first.data, Acknowledge) and first.data.actor.model_dump(mode="json") == {
                "person_id": "anna.bergmann",
                "via": "link",
            }

    asyncio.run(scenario())


async def incidents_of(console: Console) -> list[UUID]:
    async with asyncio.timeout(DEADLINE):
        while True:
            found = [incident.incident_id for incident in await register.read_incidents(console.settings)]
            if found:
                return found
            await asyncio.sleep(0.05)


def test_pressed_while_nobody_obeys_the_page_says_that_it_is_under_way(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        story = Story()
        async with running(settings) as console:
            await console.send(INCIDENTS_CHANGED, event(IncidentChanged(incident=story.incident), NIGHT))
            path = link(story.incident.incident_id)
            page = await console.page(path, lambda answer: answer.status_code == 200)
            action, fields = Forms(page.text).forms["acknowledge"]
            answer = await console.http.post(action, data=fields)
            page = await console.http.get(answer.headers["location"])
            assert "Wird übernommen …" in page.text and Forms(page.text).forms == {}
            assert len(await console.commands()) == 1

    asyncio.run(scenario())


def test_links_that_do_not_hold(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        story = Story()
        incident = story.incident.incident_id
        async with running(settings) as console:
            await console.send(INCIDENTS_CHANGED, event(IncidentChanged(incident=story.incident), NIGHT))
            good = link(incident)
            await console.page(good, lambda answer: answer.status_code == 200)
            refused = {
                link(incident, secret="another secret that is just as long"): 403,
                good[:-3]: 403,
                good[:20] + ("A" if good[20] != "A" else "B") + good[21:]: 403,
                "/i/x": 403,
                "/i/%ff%00": 403,
                link(incident, "who.left"): 403,
                link(incident, lives=timedelta(seconds=-1)): 410,
                link(uuid4()): 404,
                "/nowhere": 404,
            }
            for path, status in refused.items():
                assert (await console.http.get(path)).status_code == status, path
                posted = await console.http.post(f"{path}/acknowledge")
                assert posted.status_code == status, path
            assert (await console.http.get(f"{good}/acknowledge")).status_code == 405
            assert (await console.http.post(f"{good}/resolve", data={"reason": "bored"})).status_code == 422
            assert (await console.http.post(f"{good}/resolve", content=b"\xff=1")).status_code == 422
            assert (await console.http.post(f"{good}/resolve", content=b"a" * 20_000)).status_code == 413
            assert await console.commands() == []

    asyncio.run(scenario())


def test_a_pushs_button_may_read_from_elsewhere_that_it_was_taken_and_nothing_else(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        story = Story()
        incident = story.incident.incident_id
        async with running(settings) as console:
            await console.send(INCIDENTS_CHANGED, event(IncidentChanged(incident=story.incident), NIGHT))
            path, allowed = link(incident), "access-control-allow-origin"
            await console.page(path, lambda answer: answer.status_code == 200)
            elsewhere = {"Origin": "https://ntfy.sh", "Content-Type": "application/x-www-form-urlencoded"}
            taken = await console.http.post(f"{path}/acknowledge?from=push", headers=elsewhere)
            assert (taken.status_code, taken.headers[allowed], taken.content) == (204, "*", b"")
            assert "access-control-allow-credentials" not in taken.headers
            assert [type(one.data) for one in await console.commands()] == [Acknowledge]
            others = [
                await console.http.post(f"{path}/acknowledge", headers=elsewhere),
                await console.http.post(f"{path}/resolve?from=push", data={"reason": "handled"}, headers=elsewhere),
                await console.http.get(f"{path}?from=push", headers=elsewhere),
                await console.http.post(f"{link(uuid4())}/acknowledge?from=push", headers=elsewhere),
                await console.http.options(f"{path}/acknowledge?from=push", headers=elsewhere),
            ]
            assert [answer.status_code for answer in others] == [303, 303, 200, 404, 405]
            assert not any(allowed in answer.headers for answer in others)

    asyncio.run(scenario())


def test_every_answer_is_private_and_closed_to_others(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as console:
            for path in ("/", "/i/x", "/nowhere", "/static/page.css"):
                headers = (await console.http.get(path)).headers
                assert "default-src 'none'" in headers["content-security-policy"], path
                assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")
                assert ("no-store" in headers["cache-control"]) is not path.startswith("/static")
                assert "server" not in headers
            german = await console.http.get("/", headers={"accept-language": "de-DE"})
            english = await console.http.get("/", headers={"accept-language": "en-GB"})
            chosen = await console.http.get("/?lang=de", headers={"accept-language": "en-GB"})
            assert [re.findall(r'<html lang="(..)"', one.text) for one in (german, english, chosen)] == [
                ["de"],
                ["en"],
                ["de"],
            ]

    asyncio.run(scenario())


def test_a_link_ends_a_day_after_the_incident(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        story = Story()
        story.tell(resolve(story.incident.incident_id))
        path = link(story.incident.incident_id)
        async with running(settings) as console:
            await console.send(INCIDENTS_CHANGED, event(IncidentChanged(incident=story.incident), NIGHT))
            await console.page(path, shows("Beendet"))
            clock = console.process.clock
            later = datetime.now(UTC) + timedelta(days=1, minutes=1)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(clock, "real_now", lambda: later)
                assert (await console.http.get(path)).status_code == 410
                assert (await console.http.post(f"{path}/acknowledge")).status_code == 410

    asyncio.run(scenario())


def test_what_is_deleted_leaves_the_page_and_a_poison_record_stops_nothing(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        story = Story()
        path = link(story.incident.incident_id)
        async with running(settings) as console:
            await console.send(INCIDENTS_CHANGED, event(IncidentChanged(incident=story.incident), NIGHT))
            await console.send(POSTS_CLASSIFIED, classified("p1", "Bitte wieder weg damit"))
            await console.page(path, shows("Bitte wieder weg damit"))
            name = settings.topics().of(POSTS_CLASSIFIED)
            async with EventProducer(settings) as producer:
                await producer.send(Outgoing(name, 0, b"k", b"poison", []))
            await console.send(POSTS_CLASSIFIED, deleted("p1"))
            page = await console.page(path, shows("Dieser Beitrag wurde gelöscht."))
            assert "Bitte wieder" not in page.text
            letters: list[str] = []

            async def dead() -> bool:
                letters[:] = [
                    describe(record).stage
                    for record in await read_topic(settings, settings.topics().dlq(POSTS_CLASSIFIED))
                ]
                return bool(letters)

            await until(dead)
            assert letters == ["console"]

    asyncio.run(scenario())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


def test_a_restarted_console_reads_on_and_keeps_what_it_had(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        story = Story()
        path = link(story.incident.incident_id)
        async with running(settings) as console:
            await console.send(INCIDENTS_CHANGED, event(IncidentChanged(incident=story.incident), NIGHT))
            await console.page(path, lambda answer: answer.status_code == 200)
        async with running(settings) as console:
            assert (await console.http.get(path)).status_code == 200, "it is there before anything is read again"
            await console.send(POSTS_CLASSIFIED, classified("p1", "Neu seit dem Neustart"))
            await console.page(path, shows("Neu seit dem Neustart"))

    asyncio.run(scenario())


def test_without_a_secret_it_does_not_start(settings: ConsoleSettings) -> None:
    weak = settings.model_copy(update={"link_secret": SecretStr("short")})

    async def scenario() -> None:
        process = Process("console", weak, CivilClock(NIGHT), Health(), asyncio.Event())
        with pytest.raises(FatalError, match="FEUERWACHE_LINK_SECRET"):
            await serve(process, weak)

    asyncio.run(scenario())


def test_while_kafka_is_away_the_page_is_readable_and_a_button_says_that_nothing_is_on_record(
    settings: ConsoleSettings,
) -> None:
    async def scenario() -> None:
        story = Story()
        with socket.create_server(("127.0.0.1", 0)) as nobody_answers:
            away = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{nobody_answers.getsockname()[1]}"})
            async with opened(settings.database()) as engine, AsyncExitStack() as stack:
                producer = EventProducer(away, delivery_seconds=0.5)
                stack.push_async_exit(producer)
                batch = Batch()
                batch.take(event(IncidentChanged(incident=story.incident), NIGHT), 0)
                async with transaction(engine) as connection:
                    await batch.write(connection)
                desk = Desk(
                    engine=engine,
                    producer=producer,
                    people=lambda: load_people(CONFIG),
                    secret=settings.link_secret,
                    names=settings.topics(),
                    clock=CivilClock(NIGHT),
                )
                path = link(story.incident.incident_id)
                transport = httpx.ASGITransport(make_app(desk))
                async with httpx.AsyncClient(transport=transport, base_url="http://console") as http:
                    assert (await http.get(path)).status_code == 200
                    answer = await http.post(f"{path}/acknowledge")
                    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
                    assert "bis dahin wird weiter alarmiert" in answer.text and f'href="{path}"' in answer.text

    asyncio.run(scenario())


def test_a_click_in_the_review_queue_is_on_its_topic_in_its_authors_partition(settings: ConsoleSettings) -> None:
    async def scenario() -> None:
        async with running(settings) as console:
            held = decided("p1", Action.HOLD)
            await console.send(DECISIONS_MADE, held)
            person = load_people(CONFIG).person("anna.bergmann")
            assert person is not None
            address = "/q/" + issue_queue(person, datetime.now(UTC) + timedelta(hours=1), SECRET.encode())
            page = await console.page(address, lambda answer: "decide-1" in answer.text)
            action, fields = Forms(page.text).forms["decide-1"]
            answer = await console.http.post(action, data={**fields, "verdict": "hide", "note": "so"})
            assert answer.status_code == 303
            (record,) = await read_topic(settings, settings.topics().of(DECISIONS_COMMANDS))
            key = author_key(COMMUNITY, "u1")
            assert (record.key, record.partition) == (key, partition_of(key, settings.post_partitions))
            word = record.event().data
            assert isinstance(word, ReviewDecision)
            assert (word.action, word.note, word.actor.person_id) == (Action.HIDE, "so", "anna.bergmann")
            # What the console reads back of its own word: the note, beside the post, though no rules are running.
            where = f"{address}/post?platform=forum&post_id=p1"
            await console.page(where, lambda answer: "Notiz: so" in answer.text)

    asyncio.run(scenario())
