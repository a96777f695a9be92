"""The crisis process on a real broker: pulses with a fire in them go in, alarms come out, kill or no kill."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import AlarmRaised, BarRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import alarm_shard, bar_key, shard_key, shard_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import ALARMS_RAISED, COMMUNITIES_PULSE, DETECTORS_BARS
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.crisis.week import start_of_quarter
from support.kafka import dead_letters, settings_for, until
from support.pulses import BRAND, COMMUNITY, even_weeks, increment
from support.servers import KafkaServer
from support.worker import Worker, worker

MODULE = "feuerwache.escalation.crisis"
CONFIG = Path(__file__).parents[4] / "config"
MINUTE = timedelta(minutes=1)
SHARDS = 2


class Feed:
    """Writes pulses as the rules do: numbered, in the shard's partition."""

    def __init__(self, settings: CommonSettings) -> None:
        self._settings = settings
        self._sequence = 0
        self.shard = shard_of(COMMUNITY, settings.shards)

    async def minutes(self, increments: Iterable[Increment]) -> None:
        topic = self._settings.topics().of(COMMUNITIES_PULSE)
        outgoing = []
        for each in increments:
            self._sequence += 1
            data = CommunitiesPulsed(shard=self.shard, source_partition=0, sequence=self._sequence, increments=(each,))
            event = Event(derived_id("rules-pulse", self._sequence), "/escalation/rules", datetime.now(UTC), data)
            outgoing.append(Outgoing.of(topic, self.shard, shard_key(self.shard), event))
        async with EventProducer(self._settings) as producer:
            await producer.send_all(outgoing)

    async def poison(self) -> None:
        topic = self._settings.topics().of(COMMUNITIES_PULSE)
        async with EventProducer(self._settings) as producer:
            await producer.send(Outgoing(topic, self.shard, b"0", b"not a pulse"))


async def prepared(kafka: KafkaServer, prefix: str) -> CommonSettings:
    settings = settings_for(kafka.bootstrap, prefix, SHARDS)
    await ensure_topics(settings, (COMMUNITIES_PULSE, ALARMS_RAISED, DETECTORS_BARS))
    return settings


async def alarms(settings: CommonSettings) -> list[Event[AlarmRaised]]:
    records = await read_topic(settings, settings.topics().of(ALARMS_RAISED))
    assert {record.partition for record in records} <= {alarm_shard(COMMUNITY, BRAND, SHARDS)}
    return [event for event in (record.event() for record in records) if isinstance(event.data, AlarmRaised)]


async def import_weeks(settings: CommonSettings, file: Path, until_: datetime) -> None:
    """Four even weeks of 30 posts per quarter hour, through the command."""
    rows = [
        f"{COMMUNITY},{start_of_quarter(quarter.index).isoformat()},{quarter.posts},{quarter.negative}"
        for quarter in even_weeks(until_, 30, negative=1)
    ]
    file.write_text("\n".join(["community,start,posts,negative", *rows, ""]), "utf-8")  # noqa: ASYNC240 - a test
    environment = {
        **os.environ,
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_CONFIG_DIR": str(CONFIG),
    }
    code = "from feuerwache.escalation.commands import app; app()"
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "baseline", "import", str(file), env=environment
    )
    assert await command.wait() == 0


def test_a_fire_raises_the_same_alarm_whatever_is_killed(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        spark = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=60)
        feed, marker = Feed(settings), tmp_path / "hit"
        for _ in range(2):
            await import_weeks(settings, tmp_path / "weeks.csv", spark)
        await feed.minutes(increment(spark - back * MINUTE, 2) for back in range(45, 0, -1))
        environment = {"FEUERWACHE_CONFIG_DIR": str(CONFIG)}
        async with worker(MODULE, settings, environment) as first:
            await until(first.ready, "the process is ready", 60)
            await feed.poison()
            await until(lambda: refused(settings), "the poison pulse is a dead letter", 60)
            assert await alarms(settings) == []
            await first.kill()
        # Now the burst; the process dies after the alarm is out and before it has written down that it is.
        await feed.minutes(increment(spark + minute * MINUTE, 30) for minute in range(15))
        async with worker(
            MODULE, settings, environment | {"FEUERWACHE_CHAOS": f"crisis.after_send@{marker}"}
        ) as second:
            await killed(second)
        assert marker.exists()
        before = await alarms(settings)
        async with worker(MODULE, settings, environment):
            await until(lambda: more_alarms(settings, len(before)), "the alarm is said again", 60)
            again = await alarms(settings)
            assert {each.id for each in again} == {each.id for each in before}
            await feed.minutes(increment(spark + minute * MINUTE, 90) for minute in range(15, 31))
            await until(lambda: more_alarms(settings, len(again)), "it got worse", 60)
        first_alarm, last_alarm = before[0].data, (await alarms(settings))[-1].data
        assert first_alarm.kind is last_alarm.kind is CrisisKind.VOLUME_BURST
        assert abs(first_alarm.onset - spark) <= 2 * MINUTE
        assert last_alarm.onset == first_alarm.onset
        assert last_alarm.figures.usual_posts is not None and last_alarm.figures.window_minutes is not None
        per_quarter = last_alarm.figures.usual_posts * 15 / last_alarm.figures.window_minutes
        assert 25 < per_quarter < 35, "the imported weeks were counted once and survived"
        dead = await dead_letters(settings, COMMUNITIES_PULSE)
        assert {letter.value for letter in dead} == {b"not a pulse"}
        assert len({dict(letter.headers)["fw_dlq_offset"] for letter in dead}) == 1

    asyncio.run(run())


def test_a_bar_that_was_told_is_heeded_and_taken_away(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> None:
    async def run() -> None:
        settings = await prepared(kafka, topic_prefix)
        spark = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=60)
        feed = Feed(settings)
        await import_weeks(settings, tmp_path / "weeks.csv", spark)
        bar = BarRaised(
            bar_id="launch",
            community=COMMUNITY,
            start=spark - timedelta(days=1),
            until=spark + timedelta(days=1),
            factor=24.0,
            cause="mute",
            actor=Actor(person_id="anna", via=Via.LOGIN),
        )
        told = Event(derived_id("test", "bar"), "/test", datetime.now(UTC), bar)
        name, key = settings.topics().of(DETECTORS_BARS), bar_key(COMMUNITY, bar.bar_id)
        async with EventProducer(settings) as producer:
            await producer.send_all([Outgoing(name, 0, b"x", b"garbage"), Outgoing.of(name, 0, key, told)])
            async with worker(MODULE, settings, {"FEUERWACHE_CONFIG_DIR": str(CONFIG)}) as process:
                await until(process.ready, "the bar is known", 60)
                await feed.minutes(increment(spark - back * MINUTE, 2) for back in range(45, 0, -1))
                await feed.minutes(increment(spark + minute * MINUTE, 30) for minute in range(15))
                await feed.poison()
                await until(lambda: refused(settings), "all of it was judged", 60)
                assert await alarms(settings) == [], "24 times the usual is the usual"
                await producer.send(Outgoing(name, 0, key, None))

                async def burning() -> bool:
                    await feed.minutes([increment(spark + 14 * MINUTE, 1)])
                    return await more_alarms(settings, 0)

                await until(burning, "the bar is gone", 60)
        assert (await alarms(settings))[0].data.figures.bar == 1.0

    asyncio.run(run())


async def killed(process: Worker) -> None:
    async with asyncio.timeout(60):
        await process.process.wait()


async def refused(settings: CommonSettings) -> bool:
    return bool(await dead_letters(settings, COMMUNITIES_PULSE))


async def more_alarms(settings: CommonSettings, than: int) -> bool:
    return len(await alarms(settings)) > than
