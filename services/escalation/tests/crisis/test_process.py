"""The crisis process on a real broker: pulses with a fire in them go in, alarms come out, kill or no kill."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import shard_key, shard_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import ALARMS_RAISED, COMMUNITIES_PULSE
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.crisis.week import start_of_quarter
from support.kafka import dead_letters, settings_for, until
from support.pulses import COMMUNITY, even_weeks, increment
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
    await ensure_topics(settings, (COMMUNITIES_PULSE, ALARMS_RAISED))
    return settings


async def alarms(settings: CommonSettings) -> list[Event[AlarmRaised]]:
    return [record.event() for record in await read_topic(settings, settings.topics().of(ALARMS_RAISED))]


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
        await feed.minutes(increment(spark + minute * MINUTE, 10) for minute in range(15))
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
            await feed.minutes(increment(spark + minute * MINUTE, 30) for minute in range(15, 31))
            await until(lambda: more_alarms(settings, len(again)), "it got worse", 60)
        first_alarm, last_alarm = before[0].data, (await alarms(settings))[-1].data
        assert first_alarm.kind is last_alarm.kind is CrisisKind.VOLUME_BURST
        assert abs(first_alarm.onset - spark) <= 2 * MINUTE
        assert last_alarm.onset == first_alarm.onset
        assert last_alarm.figures.usual_posts is not None
        assert 25 < last_alarm.figures.usual_posts < 35, "the imported weeks were counted once and survived"
        dead = await dead_letters(settings, COMMUNITIES_PULSE)
        assert {letter.value for letter in dead} == {b"not a pulse"}
        assert len({dict(letter.headers)["fw_dlq_offset"] for letter in dead}) == 1

    asyncio.run(run())


async def killed(process: Worker) -> None:
    async with asyncio.timeout(60):
        await process.process.wait()


async def refused(settings: CommonSettings) -> bool:
    return bool(await dead_letters(settings, COMMUNITIES_PULSE))


async def more_alarms(settings: CommonSettings, than: int) -> bool:
    return len(await alarms(settings)) > than
