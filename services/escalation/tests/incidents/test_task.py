"""The incidents task on a real Kafka: alarm in, incident and page out, and nothing of it lost when it is killed."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.incident import IncidentState
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.deadletters import describe
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import (
    ALARMS_RAISED,
    DETECTORS_BARS,
    INCIDENTS_CHANGED,
    INCIDENTS_COMMANDS,
    PAGES_RECEIPTS,
)
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.incidents.ladder import page_id
from support.incidents import (
    COMMUNITY,
    FACEBOOK,
    JONAS,
    NIGHT,
    acknowledge,
    alarm,
    ended,
    merge,
    minutes,
    mute,
    post,
    receipt,
    resolve,
)
from support.servers import KafkaServer
from support.station import TOPICS, CivilClock, Station, running, spawned

CONFIG = Path(__file__).parents[4] / "config"
POSTS = (post("p1"), post("p2"))


@pytest.fixture
def settings(kafka: KafkaServer, topic_prefix: str) -> CommonSettings:
    return CommonSettings(
        kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, shards=2, post_partitions=1, config_dir=CONFIG
    )


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


def test_killed_twenty_alarms_deep_it_loses_none_and_pages_none_twice(settings: CommonSettings, tmp_path: Path) -> None:
    """The process itself, with SIGKILL in the middle of its work."""
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
