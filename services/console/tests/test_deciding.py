"""A human's word on the command line, over a real Kafka and Redis, the rules' own process and the console's SQL."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.decision import (
    Action,
    AnswerAppeal,
    AppealDecision,
    DecideAuthor,
    DecisionMade,
    ReviewDecision,
)
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import DECISIONS_COMMANDS, DECISIONS_MADE, POSTS_CLASSIFIED
from feuerwache.common.shownname import pseudonym
from feuerwache.console.commands import app
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.writing import Batch
from feuerwache.escalation.rules.settings import RulesSettings
from support.kafka import until
from support.rules import COMMUNITY, CONFIG, NOW, PLATFORM, deleted, minutes, written
from support.rulestage import rules_settings, stage
from support.servers import KafkaServer

HATE = {"hate": 0.97, "offensive": 0.95, "negative": 0.9}
HEAD, AGENT = "selin.yildiz", "lena.agent"
AGENT_ENTRY = f"""people:
  - id: {AGENT}
    name: Lena
    role: agent
    contacts:
      - {{channel: email, address: lena@morgenrot.example}}
"""


class Desk:
    """The commands, the rules' topics and the console's database of one test."""

    def __init__(self, settings: RulesSettings, folder: Path) -> None:
        self.settings = settings.model_copy(update={"config_dir": folder / "config"})
        config = folder / "config"
        shutil.copytree(CONFIG, config)
        people = config / "people.yaml"
        people.write_text(people.read_text("utf-8").replace("people:\n", AGENT_ENTRY, 1), "utf-8")
        self.data = folder / "data"
        self.environment = {
            "FEUERWACHE_CONFIG_DIR": str(config),
            "FEUERWACHE_DATA_DIR": str(self.data),
            "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
            "FEUERWACHE_POST_PARTITIONS": str(settings.post_partitions),
            "FEUERWACHE_SHARDS": str(settings.shards),
            "FEUERWACHE_CLOCK_START": NOW.isoformat(),
            "FEUERWACHE_CLOCK_EPOCH": datetime.now(UTC).isoformat(),
        }

    async def say(self, *arguments: str) -> Result:
        runner = CliRunner(env=self.environment)
        return await asyncio.to_thread(runner.invoke, app, ["decisions", *arguments])

    async def refused(self, code: int, why: str, *arguments: str) -> None:
        """It says why, and has written nothing."""
        before = len(await self.commands())
        result = await self.say(*arguments)
        assert result.exit_code == code, result.output
        assert why in result.stderr
        assert len(await self.commands()) == before

    async def told(self, *arguments: str) -> dict[str, Any]:
        result = await self.say(*arguments, "--json")
        assert result.exit_code == 0, result.output
        found: dict[str, Any] = json.loads(result.stdout)
        assert "a1" not in found.values(), "no author is named"
        return found

    async def send(self, *events: Event[Payload]) -> None:
        """Posts, and what the rules decide of them, until the console has it in SQL."""
        topic, outgoing = self.settings.topics().of(POSTS_CLASSIFIED), []
        before = len(await self.made())
        for event in events:
            data: Any = event.data
            key = author_key(data.received.ref.community, data.received.author_id)
            outgoing.append(Outgoing.of(topic, partition_of(key, self.settings.post_partitions), key, event))
        async with EventProducer(self.settings) as producer:
            await producer.send_all(outgoing)

        async def there() -> bool:
            return len(await self.made()) >= before + len(events)

        await until(there, f"{len(events)} decisions")
        await self.project()

    async def project(self) -> None:
        """What the console follows, as it writes it."""
        batch = Batch()
        for topic in (DECISIONS_MADE, DECISIONS_COMMANDS, POSTS_CLASSIFIED):
            for record in await read_topic(self.settings, self.settings.topics().of(topic)):
                batch.take(record.event(), record.timestamp_ms)
        async with opened(ConsoleSettings(data_dir=self.data).database()) as engine, transaction(engine) as connection:
            await batch.write(connection)

    async def made(self) -> list[Event[Any]]:
        return [each.event() for each in await read_topic(self.settings, self.settings.topics().of(DECISIONS_MADE))]

    async def commands(self) -> list[Any]:
        topic = self.settings.topics().of(DECISIONS_COMMANDS)
        return [each.event().data for each in await read_topic(self.settings, topic)]

    async def newest(self, post_id: str) -> DecisionMade:
        found = [each.data for each in await self.made() if each.data.ref.post_id == post_id]
        return [each for each in found if isinstance(each, DecisionMade)][-1]


@pytest.fixture
def desk(kafka: KafkaServer, redis_url: str, topic_prefix: str, tmp_path: Path) -> Desk:
    return Desk(rules_settings(kafka, redis_url, topic_prefix), tmp_path)


def test_a_review_is_on_record_as_that_persons_and_is_said_once(desk: Desk) -> None:
    async def scenario() -> None:
        async with stage(desk.settings):
            await desk.send(written(labels=HATE))
            first = (await desk.made())[0]
            told = await desk.told("review", PLATFORM, "p1", "approve", "--as", AGENT, "--note", "Ironie")
            decision = await desk.newest("p1")
            assert (told["actions"], told["post_id"]) == (["approve"], "p1")
            assert (decision.cause, decision.automated, decision.supersedes) == ("human", False, first.id)
            assert decision.actor is not None
            assert (decision.actor.person_id, decision.actor.via) == (AGENT, "token")
            (command,) = await desk.commands()
            assert isinstance(command, ReviewDecision)
            assert command.note == "Ironie"
            (record,) = await read_topic(desk.settings, desk.settings.topics().of(DECISIONS_COMMANDS))
            key = author_key(COMMUNITY, "a1")
            assert (record.key, record.partition) == (key, partition_of(key, desk.settings.post_partitions))
            await desk.project()
            await desk.refused(1, f"approve already, by {AGENT}", "review", PLATFORM, "p1", "approve", "--as", HEAD)
            line = await desk.say("review", PLATFORM, "p1", "hide", "--as", HEAD)
            assert line.stdout.startswith(f"hide  {PLATFORM}/p1, replaces ")
            await desk.send(deleted())
            await desk.refused(1, "is deleted", "review", PLATFORM, "p1", "approve", "--as", HEAD)

    asyncio.run(scenario())


def test_what_cannot_be_meant_is_refused_and_says_what_to_do(desk: Desk) -> None:
    async def scenario() -> None:
        await desk.refused(1, "decisions queue", "review", PLATFORM, "p9", "approve", "--as", HEAD)
        await desk.refused(2, "people.yaml", "review", PLATFORM, "p9", "approve", "--as", "nobody")
        await desk.refused(2, "which person", "review", PLATFORM, "p9", "approve", "--as", "customer-service")
        await desk.refused(2, "forward", "review", PLATFORM, "p9", "forward", "--as", HEAD)
        await desk.refused(1, "is agent and may not", "answer-appeal", PLATFORM, "p9", "--uphold", "--as", AGENT)
        await desk.refused(1, "is agent and may not", "author", COMMUNITY, "a1", "banned", "--as", AGENT)
        await desk.refused(2, "either --uphold or", "answer-appeal", PLATFORM, "p9", "--as", HEAD)
        both = ("--uphold", "--instead", "approve")
        await desk.refused(2, "either --uphold or", "answer-appeal", PLATFORM, "p9", *both, "--as", HEAD)
        await desk.refused(1, "no appeal is known", "answer-appeal", PLATFORM, "p9", "--uphold", "--as", HEAD)
        await desk.refused(2, "communities.yaml", "author", "elsewhere", "a1", "banned", "--as", HEAD)
        await desk.refused(1, "nobody with this id", "author", COMMUNITY, "a1", "banned", "--as", HEAD)
        for wrong in ("soon", "2026-11-31T10:00", "2026-11-13T10:00"):
            await desk.refused(
                2, f"--until '{wrong}'", "author", COMMUNITY, "a1", "banned", "--until", wrong, "--as", HEAD
            )

    asyncio.run(scenario())


def test_what_no_rules_process_hears_is_written_and_says_so(desk: Desk) -> None:
    async def scenario() -> None:
        async with stage(desk.settings):
            await desk.send(written(labels=HATE))
        result = await desk.say("review", PLATFORM, "p1", "approve", "--as", HEAD, "--wait", "0.3")
        assert result.exit_code == 1
        assert "is one running?" in result.stderr
        assert len(await desk.commands()) == 1

    asyncio.run(scenario())


def test_an_appeal_is_put_on_record_and_answered_once(desk: Desk) -> None:
    async def scenario() -> None:
        async with stage(desk.settings):
            await desk.send(written("p1", labels=HATE), written("p2", author="a2", labels=HATE))
            for post in ("p1", "p2"):
                told = await desk.told("appeal", PLATFORM, post, "--as", AGENT)
                assert told["state"] == "open"
                assert "Beschwerde" in told["answer"]
            again = await desk.say("appeal", PLATFORM, "p1", "--as", AGENT)
            assert (again.exit_code, again.stdout.split()[0]) == (1, "repeated")
            await desk.project()
            in_force = await desk.newest("p1")
            upheld = await desk.told("answer-appeal", PLATFORM, "p1", "--uphold", "--as", HEAD)
            assert upheld["state"] == "upheld"
            assert (await desk.newest("p1")) == in_force, "it stands"
            replaced = await desk.told("answer-appeal", PLATFORM, "p2", "--instead", "approve", "--as", HEAD)
            assert replaced["actions"] == ["approve"]
            decision = await desk.newest("p2")
            assert (decision.cause, decision.action) == ("appeal", Action.APPROVE)
            kinds = [type(each) for each in await desk.commands()]
            assert (kinds.count(AppealDecision), kinds.count(AnswerAppeal)) == (3, 2)
            await desk.project()
            for post, state in (("p1", "upheld"), ("p2", "replaced")):
                await desk.refused(1, f"{state} by {HEAD}", "answer-appeal", PLATFORM, post, "--uphold", "--as", HEAD)

    asyncio.run(scenario())


def test_an_author_stands_as_a_human_says_until_a_human_takes_it_back(desk: Desk) -> None:
    async def scenario() -> None:
        async with stage(desk.settings):
            await desk.send(written("p1"))
            await desk.refused(1, "normal already", "author", COMMUNITY, "a1", "normal", "--as", HEAD)
            told = await desk.told("author", COMMUNITY, "a1", "restricted", "--until", "24h", "--as", HEAD)
            ends = datetime.fromisoformat(told["until"])
            assert NOW + timedelta(hours=24) <= ends < NOW + timedelta(hours=25)
            await desk.send(written("p2", at=NOW + minutes(1)))
            assert Action.HOLD in (await desk.newest("p2")).actions
            berlin = ("--until", "2026-11-20T18:00")
            told = await desk.told("author", COMMUNITY, "a1", "banned", *berlin, "--as", HEAD)
            assert told["until"] == "2026-11-20T17:00:00+00:00"
            await desk.refused(1, "banned already", "author", COMMUNITY, "a1", "banned", *berlin, "--as", HEAD)
            line = await desk.say("author", COMMUNITY, "a1", "normal", "--as", HEAD)
            assert line.stdout == f"normal in {COMMUNITY}\n"
            await desk.send(written("p3", at=NOW + minutes(2)))
            assert (await desk.newest("p3")).action is Action.APPROVE

    asyncio.run(scenario())


def test_a_pseudonym_stands_for_its_author_in_that_community_alone(desk: Desk) -> None:
    key = "a secret of this test that is long enough"
    desk.environment["FEUERWACHE_PULSE_SECRET"] = key

    def called(community: str, author: str = "a1", secret: str = key) -> str:
        return pseudonym(community, author, secret.encode())

    async def scenario() -> None:
        other = "morgenrot-forum"
        async with stage(desk.settings):
            await desk.send(written("p1"), written("p2", author="a2"), written("p3", community=other))
            told = await desk.told("author", COMMUNITY, called(COMMUNITY), "restricted", "--as", HEAD)
            assert told["standing"] == "restricted"
            (command,) = [each for each in await desk.commands() if isinstance(each, DecideAuthor)]
            assert (command.community, command.author_id) == (COMMUNITY, "a1")
            again = ("author", COMMUNITY, called(COMMUNITY), "restricted", "--as", HEAD)
            await desk.refused(1, "restricted already", *again)
            nobody = (called(other), called(COMMUNITY, secret="another"), called(COMMUNITY, "a3"), "#00000000")
            for name in nobody:
                await desk.refused(1, "nobody has the pseudonym", "author", COMMUNITY, name, "banned", "--as", HEAD)
            line = await desk.say("author", other, called(other), "banned", "--as", HEAD)
            assert line.stdout == f"banned in {other}\n"
            assert "a1" not in line.output

    asyncio.run(scenario())
