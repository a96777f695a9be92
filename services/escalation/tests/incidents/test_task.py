"""The incidents task on a real Kafka: alarm in, incident and page out, and nothing of it lost when it is killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from feuerwache.common.clock import ManualClock
from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.base import Event, Payload
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PageRequested, ReceiptStatus
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.keys import alarm_shard, shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    DETECTORS_BARS,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    PAGES_RECEIPTS,
    PAGES_REQUESTED,
    Topic,
)
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.incidents import commands, register
from feuerwache.escalation.incidents.bootstrap import compose
from feuerwache.escalation.incidents.ladder import page_id
from support.incidents import (
    BRAND,
    COMMUNITY,
    FACEBOOK,
    JONAS,
    NIGHT,
    acknowledge,
    alarm,
    ended,
    house,
    merge,
    minutes,
    mute,
    post,
    receipt,
    resolve,
)
from support.servers import KafkaServer

CONFIG = Path(__file__).parents[4] / "config"
DEADLINE = 45.0
POSTS = (post("p1"), post("p2"))
TOPICS = (ALARMS_RAISED, INCIDENTS_COMMANDS, PAGES_RECEIPTS, INCIDENTS_CHANGED, PAGES_REQUESTED, DETECTORS_BARS)


class CivilClock(ManualClock):
    """Civil time moves when told to; real time goes on, or the runner's watchdog would see hours without progress."""

    def monotonic(self) -> float:
        return time.monotonic()


class Station:
    """One test's corner of the broker: sends events, reads what came of them."""

    def __init__(self, settings: CommonSettings) -> None:
        self.settings = settings
        self.shard = alarm_shard(COMMUNITY, BRAND, settings.shards)

    async def send(self, topic: Topic, event: Event[Payload]) -> None:
        name = self.settings.topics().of(topic)
        async with EventProducer(self.settings) as producer:
            await producer.send(Outgoing.of(name, self.shard, shard_key(self.shard), event))

    async def incidents(self) -> list[Incident]:
        return await register.read_incidents(self.settings)

    async def incident(self) -> Incident:
        (incident,) = await self.incidents()
        return incident

    async def pages(self) -> list[Event[PageRequested]]:
        return [
            record.event() for record in await read_topic(self.settings, self.settings.topics().of(PAGES_REQUESTED))
        ]

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(DEADLINE):
            while True:
                if await condition():
                    return
                await asyncio.sleep(0.05)

    async def until_some_pages(self, count: int) -> None:
        async def enough() -> bool:
            return len(await self.pages()) >= count

        await self.until(enough)

    async def until_pages(self, count: int) -> list[Event[PageRequested]]:
        await self.until_some_pages(count)
        pages = await self.pages()
        assert len(pages) == count
        return pages

    async def until_state(self, state: IncidentState) -> Incident:
        async def reached() -> bool:
            return [incident.state for incident in await self.incidents()] == [state]

        await self.until(reached)
        return await self.incident()


@pytest.fixture
def settings(kafka: KafkaServer, topic_prefix: str) -> CommonSettings:
    return CommonSettings(
        kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, shards=2, post_partitions=1, config_dir=CONFIG
    )


@asynccontextmanager
async def running(settings: CommonSettings, clock: ManualClock) -> AsyncIterator[Station]:
    """The task in this process, on a clock the test moves."""
    await ensure_topics(settings, TOPICS)
    stop = asyncio.Event()
    task = asyncio.create_task(compose(settings, clock, house).run(stop))
    try:
        yield Station(settings)
    finally:
        stop.set()
        await task


def test_from_alarm_to_resolved_on_one_clock(settings: CommonSettings) -> None:
    async def scenario() -> None:
        clock = CivilClock(NIGHT)
        async with running(settings, clock) as station:
            raised = alarm()
            await station.send(ALARMS_RAISED, raised)
            (first,) = await station.until_pages(1)
            incident = await station.incident()
            assert (first.data.incident_id, first.id) == (incident.incident_id, page_id(incident.incident_id, 0, 0))

            clock.advance(minutes(10))
            await station.until_pages(2)
            unreachable = receipt(
                incident.incident_id,
                page_id(incident.incident_id, 0, 1),
                clock.now(),
                ReceiptStatus.UNREACHABLE,
                step=1,
            )
            await station.send(PAGES_RECEIPTS, unreachable)
            pages = await station.until_pages(3)
            assert [page.data.step for page in pages] == [0, 1, 2]

            await station.send(INCIDENTS_COMMANDS, acknowledge(incident.incident_id, clock.now(), JONAS))
            taken = await station.until_state(IncidentState.ACKNOWLEDGED)
            assert (taken.owner, taken.acknowledged_after_step) == ("jonas.keller", 3)
            clock.advance(minutes(600))
            await station.send(INCIDENTS_COMMANDS, resolve(incident.incident_id, clock.now(), JONAS))
            resolved = await station.until_state(IncidentState.RESOLVED)
            assert len(await station.pages()) == 3

            records = await read_topic(settings, settings.topics().of(INCIDENTS_CHANGED))
            assert [record.event().data.incident.revision for record in records] == list(range(resolved.revision + 1))

    asyncio.run(scenario())


def test_a_restarted_task_goes_on_where_the_former_one_stopped(settings: CommonSettings) -> None:
    async def scenario() -> None:
        clock = CivilClock(NIGHT)
        async with running(settings, clock) as station:
            await station.send(ALARMS_RAISED, alarm())
            await station.until_pages(1)
        clock.advance(minutes(90))
        async with running(settings, clock) as station:
            pages = await station.until_pages(2)
            assert (pages[1].data.step, pages[1].data.late_seconds) == (1, minutes(80).total_seconds())
            assert (await station.incident()).due_at == clock.now() + minutes(15)

    asyncio.run(scenario())


def test_what_cannot_be_done_is_dead_lettered_and_the_next_alarm_is_heard(settings: CommonSettings) -> None:
    async def scenario() -> None:
        async with running(settings, CivilClock(NIGHT)) as station:
            poison = Outgoing(settings.topics().of(ALARMS_RAISED), station.shard, b"x", b"no event", [])
            async with EventProducer(settings) as producer:
                await producer.send(poison)
            await station.send(INCIDENTS_COMMANDS, acknowledge(uuid4()))
            await station.send(ALARMS_RAISED, alarm())
            await station.until_pages(1)

            async def reasons() -> list[str]:
                names = [settings.topics().dlq(topic) for topic in (ALARMS_RAISED, INCIDENTS_COMMANDS)]
                records = [record for name in names for record in await read_topic(settings, name)]
                return [describe(record).reason for record in records]

            async def both() -> bool:
                return len(await reasons()) == 2

            await station.until(both)
            assert ["CloudEvents header" in (await reasons())[0], "knows no incident" in (await reasons())[1]] == [
                True
            ] * 2

    asyncio.run(scenario())


def test_what_belongs_together_is_merged_and_a_false_alarm_teaches_the_detectors(settings: CommonSettings) -> None:
    async def scenario() -> None:
        clock = CivilClock(NIGHT)
        async with running(settings, clock) as station:
            await station.send(ALARMS_RAISED, alarm())
            await station.send(ALARMS_RAISED, alarm(community=FACEBOOK))
            await station.send(ALARMS_RAISED, alarm(kind=CrisisKind.VOLUME_BURST))
            pages = await station.until_pages(2)
            first, second = (page.data.incident_id for page in pages)
            await station.send(INCIDENTS_COMMANDS, merge(second, first))
            await station.send(INCIDENTS_COMMANDS, resolve(second))
            await station.send(INCIDENTS_COMMANDS, resolve(first, reason="false_alarm"))
            await station.send(INCIDENTS_COMMANDS, mute())

            async def bars() -> list[BarRaised]:
                records = await read_topic(settings, settings.topics().of(DETECTORS_BARS))
                assert {record.partition for record in records} <= {station.shard}
                return [record.event().data for record in records]

            async def four() -> bool:
                return len(await bars()) >= 4

            await station.until(four)
            assert sorted((bar.cause, bar.community, bar.kinds[0].value) for bar in await bars()) == [
                ("false_alarm", FACEBOOK, "negativity_burst"),
                ("false_alarm", COMMUNITY, "negativity_burst"),
                ("false_alarm", COMMUNITY, "volume_burst"),
                ("mute", COMMUNITY, "volume_burst"),
            ]
            found = {incident.incident_id: incident for incident in await station.incidents()}
            assert (found[second].merged_into, found[second].resolved_reason) == (first, "duplicate")
            assert (found[first].state, found[first].resolved_reason) == (IncidentState.RESOLVED, "false_alarm")

    asyncio.run(scenario())


def test_what_is_over_when_the_task_comes_back_wakes_nobody_and_is_told_in_one_digest(settings: CommonSettings) -> None:
    async def scenario() -> None:
        clock = CivilClock(NIGHT)
        async with running(settings, clock) as station:
            await station.send(ALARMS_RAISED, alarm())
            await station.until_pages(1)
        await station.send(ALARMS_RAISED, ended(NIGHT + minutes(40)))
        await station.send(ALARMS_RAISED, alarm(NIGHT + minutes(60), kind=CrisisKind.VOLUME_BURST))
        await station.send(ALARMS_RAISED, ended(NIGHT + minutes(120), CrisisKind.VOLUME_BURST))
        clock.advance(minutes(480))
        async with running(settings, clock) as station:

            async def both_quiet() -> bool:
                return len([each for each in await station.incidents() if each.went_quiet_at is not None]) == 2

            await station.until(both_quiet)
            assert len(await station.pages()) == 1
            clock.advance(minutes(15))
            pages = await station.until_pages(2)
            assert [entry.why for entry in pages[1].data.digest] == ["went_quiet"] * 2

    asyncio.run(scenario())


def spawned(settings: CommonSettings, log: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_CONFIG_DIR": str(settings.config_dir),
    }
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "feuerwache.escalation.incidents"], env=environment, stdout=output, stderr=output
        )


def test_killed_twenty_alarms_deep_it_loses_none_and_pages_none_twice(settings: CommonSettings, tmp_path: Path) -> None:
    """The process itself, with SIGKILL in the middle of its work; and the command line against it."""
    log = tmp_path / "incidents.log"
    rules = [f"rule-{number}" for number in range(20)]

    async def scenario() -> None:
        station = Station(settings)
        clock = settings.clock()
        for number, rule in enumerate(rules):
            raised = alarm(clock.now(), kind=CrisisKind.SINGLE_POST, rule_id=rule, examples=POSTS)
            await station.send(ALARMS_RAISED, raised)
            await station.send(ALARMS_RAISED, raised)
            if number == len(rules) // 2:
                await station.until_some_pages(3)
                process.kill()
                assert process.wait() == -signal.SIGKILL
        second = spawned(settings, log)
        try:
            pages = await station.until_pages(len(rules))
            assert len({page.id for page in pages}) == len(rules)
            assert {incident.alarms for incident in await station.incidents()} == {1}
            await asyncio.to_thread(operate, settings, await station.incidents())
        finally:
            second.terminate()
            assert second.wait(30) == 0, log.read_text()

    asyncio.run(ensure_topics(settings, TOPICS))
    process = spawned(settings, log)
    try:
        asyncio.run(scenario())
    finally:
        process.kill()
        process.wait()


def operate(settings: CommonSettings, incidents: list[Incident]) -> None:
    """`feuerwache incidents …` against the running process."""
    environment = {
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_CONFIG_DIR": str(settings.config_dir),
    }
    runner = CliRunner(env=environment)
    one = str(incidents[0].incident_id)

    def called(*arguments: str, code: int = 0) -> str:
        result = runner.invoke(commands.app, list(arguments))
        assert result.exit_code == code, result.output
        return result.stdout

    assert len(json.loads(called("list", "--json"))) == len(incidents)
    assert "triggered" in called("show", one)
    assert json.loads(called("ack", one, "--as", "anna.bergmann", "--json"))["state"] == "acknowledged"
    called("ack", one, "--as", "jonas.keller", code=1)
    called("ack", one, "--as", "nobody", code=2)
    called("show", "ffffffffffff", code=1)
    led = ("--as", "anna.bergmann", "--json")
    step = json.loads(called("show", one, "--json"))["plan"]["steps"][0]["id"]
    assert json.loads(called("tick", one, step, *led))["ticks"][0]["step"] == step
    assert json.loads(called("tick", one, step, "--undo", *led))["ticks"] == []
    called("tick", one, "nonsense", *led, code=2)
    assert (
        json.loads(called("comment", one, "QA calls back", *led))["timeline"][-1]["detail"]["text"] == "QA calls back"
    )
    assert json.loads(called("snooze", one, "30m", *led))["state"] == "snoozed"
    called("snooze", one, "25h", *led, code=1)
    assert json.loads(called("hand-over", one, "jonas.keller", *led))["owner"] == "jonas.keller"
    called("hand-over", one, "nobody", *led, code=2)
    helped = json.loads(called("help", one, *led))["timeline"]
    assert "help_wanted" in [entry["what"] for entry in helped]
    rest = json.loads(called("split", one, "p1", *led))
    assert ([ref["post_id"] for ref in rest["examples"]], rest["timeline"][-1]["what"]) == (["p2"], "split")
    called("split", one, "p1", *led, code=2)
    declared = json.loads(called("declare", COMMUNITY, "A journalist asks", *led))
    assert (declared["kind"], declared["severity"]) == ("declared", "high")
    merged = json.loads(called("merge", declared["incident_id"], one, *led))
    assert (merged["state"], merged["merged_into"]) == ("resolved", one)
    forwarded = json.loads(called("comment", declared["incident_id"], "The journalist is answered", *led))
    assert (forwarded["incident_id"], forwarded["timeline"][-1]["what"]) == (one, "comment")
    assert json.loads(called("mute", COMMUNITY, "--until", "4h", *led))["factor"] == 3.0
    start = ("--start", "2030-11-28T18:00+01:00")
    assert json.loads(called("mute", COMMUNITY, *start, "--until", "2h", *led))["until"] == "2030-11-28T20:00:00+01:00"
    called("mute", COMMUNITY, *start, "--until", "400h", *led, code=2)
    called("mute", COMMUNITY, "--until", "4h", "--factor", "1", *led, code=2)
    assert json.loads(called("resolve", one, "--as", "anna.bergmann", "--json"))["resolved_reason"] == "handled"
    assert len(json.loads(called("list", "--json"))) == len(incidents)  # one resolved, one split off
