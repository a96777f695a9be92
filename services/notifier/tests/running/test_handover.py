"""The handover mail of one notifier as it runs: incidents of two shards, one mail to each, after a restart too."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from feuerwache.common.config.people import load_people
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentChanged, IncidentState, PolicyStep
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.kafka.keys import partition_of
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, ONCALL_OVERRIDES
from feuerwache.notifier.schedule.model import load_schedules
from feuerwache.notifier.schedule.oncall import turns
from support.mailbox import text_of
from support.notifier import FIRST, Station, station
from support.servers import KafkaServer

SHARDS = 2
PEOPLE = ("anna", "jonas")
#: By the clock of UTC, so that the change is half an hour ago at any time at which this runs.
SCHEDULE = """
schedules:
  - id: s
    timezone: UTC
    layers:
      - id: first
        shifts: [{{id: all, from: "{at}", to: "{at}", since: 2020-01-06, rotate: daily, people: [anna, jonas]}}]
"""


def burning(shard: int, severity: Severity, title: str, at: datetime) -> Incident:
    return Incident(
        incident_id=uuid4(),
        revision=1,
        shard=shard,
        community=f"c{shard}",
        community_title=title,
        kind=CrisisKind.VOLUME_BURST,
        severity=severity,
        state=IncidentState.TRIGGERED,
        onset=at,
        opened_at=at,
        last_alarm_at=at,
        policy=FrozenPolicy(policy_id="p", config_hash="", steps=(PolicyStep(targets=(FIRST,), wait_seconds=600),)),
        step=0,
    )


def took_over(config: Path, now: datetime) -> OnCallOverridden:
    """Whoever is off had five minutes of the layer: two more changes of hands for both."""
    begin = now - timedelta(minutes=10)
    (schedule,) = load_schedules(config, load_people(config)).schedules
    (turn,) = turns(schedule, "first", begin, begin + timedelta(seconds=1))
    (off,) = {*PEOPLE} - {*turn.people}
    return OnCallOverridden(
        override_id="o",
        schedule="s",
        layer="first",
        reason="take_over",
        start=begin,
        end=now - timedelta(minutes=5),
        person_id=off,
        actor=Actor(person_id=off, via=Via.LINK),
    )


def test_each_gets_one_mail_with_what_is_open_in_every_shard_the_worst_first(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path
) -> None:
    assert {partition_of(person.encode(), SHARDS) for person in PEOPLE} == {0, 1}, "their mails are asked for apart"
    now = datetime.now(UTC)
    high = burning(0, Severity.HIGH, "Morgenrot-Forum", now - timedelta(hours=3))
    critical = burning(1, Severity.CRITICAL, "Seerose-App", now - timedelta(hours=2))

    async def main() -> None:
        async with station(kafka, topic_prefix, tmp_path, SHARDS) as one:
            at = now - timedelta(minutes=30)
            (tmp_path / "schedules.yaml").write_text(SCHEDULE.format(at=f"{at:%H:%M}"))
            for incident in (high, critical):
                await one.publish(INCIDENTS_CHANGED, IncidentChanged(incident=incident), None, incident.shard)
            await one.start()
            await one.mailbox.wait_for(2, 60)
            assert await one.end(signal.SIGTERM) == 0
            assert handed(one) == {"anna": 1, "jonas": 1}
            await one.publish(ONCALL_OVERRIDES, took_over(tmp_path, now))
            await one.start()
            await one.mailbox.wait_for(6, 60)  # the new changes; the old one was looked at together with them
            assert await one.end(signal.SIGTERM) == 0
            assert handed(one) == {"anna": 3, "jonas": 3}
            for mail in one.mailbox.mails:
                text = text_of(mail)
                assert 0 < text.index("Seerose-App") < text.index("Morgenrot-Forum")

    asyncio.run(main())


def handed(one: Station) -> Counter[str]:
    """How many handover mails each has."""
    assert all(mail["Subject"].startswith(("Schichtwechsel", "Change of shifts")) for mail in one.mailbox.mails)
    return Counter(mail["To"].partition("@")[0] for mail in one.mailbox.mails)
