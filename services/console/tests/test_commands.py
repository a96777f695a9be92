"""`feuerwache incidents post-mortem`: out of the console's SQL, and without one out of Kafka."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from feuerwache.common.events.incident import MAX_TIMELINE, Incident, IncidentChanged
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.keys import incident_key, shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, PAGES_RECEIPTS
from feuerwache.common.settings import CommonSettings
from feuerwache.console.commands import app
from feuerwache.console.store.database import opened, transaction
from feuerwache.console.store.writing import Batch
from feuerwache.escalation.incidents.ladder import page_id
from support.dossiers import Story
from support.incidents import ANNA, acknowledge, comment, event, receipt, resolve
from support.servers import KafkaServer

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture
def settings(kafka: KafkaServer, topic_prefix: str) -> CommonSettings:
    return CommonSettings(
        kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, shards=8, post_partitions=1, config_dir=CONFIG
    )


def told(comments: int = 1) -> tuple[Story, list[Incident]]:
    """A night that was led to its end, and every state of it on the way."""
    story = Story()
    states = [story.incident]
    incident_id = story.incident.incident_id
    commands: list[Any] = [receipt(incident_id, page_id(incident_id, 0, 0)), acknowledge(incident_id, actor=ANNA)]
    commands += [comment(incident_id, text=f"Anruf {number} bei der Technik") for number in range(comments)]
    for command in (*commands, resolve(incident_id, actor=ANNA, reason="calmed_down")):
        states.append(story.tell(command).incident)
    return story, states


def asked(settings: CommonSettings, data: Path, *arguments: object) -> Result:
    environment = {
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_SHARDS": str(settings.shards),
        "FEUERWACHE_CONFIG_DIR": str(CONFIG),
        "FEUERWACHE_DATA_DIR": str(data),
    }
    words = ["incidents", "post-mortem", *(str(each) for each in arguments)]
    return CliRunner(env=environment).invoke(app, words)


async def to_kafka(settings: CommonSettings, states: list[Incident], receipts: list[PageReceipt]) -> None:
    names, shard = settings.topics(), states[0].shard
    await ensure_topics(settings, (INCIDENTS_CHANGED, PAGES_RECEIPTS))
    async with EventProducer(settings) as producer:
        for state in states:
            changed = event(IncidentChanged(incident=state), state.opened_at)
            key = incident_key(state.incident_id)
            await producer.send(Outgoing.of(names.of(INCIDENTS_CHANGED), shard, key, changed))
        for one in receipts:
            told = Outgoing.of(names.of(PAGES_RECEIPTS), shard, shard_key(shard), event(one, states[0].opened_at))
            await producer.send(told)


async def to_sql(data: Path, states: list[Incident]) -> None:
    async with opened(f"sqlite+aiosqlite:///{data / 'console.sqlite'}") as engine:
        for state in states:
            batch = Batch()
            batch.take(
                event(IncidentChanged(incident=state), state.opened_at), int(datetime.now(UTC).timestamp() * 1000)
            )
            async with transaction(engine) as connection:
                await batch.write(connection)


def test_out_of_kafka_it_tells_the_night_in_the_language_asked_for(settings: CommonSettings, tmp_path: Path) -> None:
    story, states = told()
    asyncio.run(to_kafka(settings, states, story.receipts))
    begin = str(story.incident.incident_id)[:8]
    german, english = asked(settings, tmp_path, begin), asked(settings, tmp_path, begin, "--language", "en")
    assert german.exit_code == english.exit_code == 0, german.output + english.output
    assert "Anna Bergmann hat den Einsatz beendet" in german.stdout and "Anruf 0 bei der Technik" in german.stdout
    assert "Anna Bergmann resolved the incident" in english.stdout and "Anruf 0 bei der Technik" in english.stdout
    assert german.stderr == "", "all of its timeline is known"
    out = tmp_path / "post-mortem.md"
    written = asked(settings, tmp_path, begin, "--as", "murat.oezdemir", "--out", out)
    assert (written.exit_code, written.stdout) == (0, "") and str(out) in written.stderr
    assert out.read_text("utf-8") == english.stdout, "Murat reads English"


def test_sql_keeps_every_line_and_kafka_alone_says_that_it_does_not(settings: CommonSettings, tmp_path: Path) -> None:
    story, states = told(comments=MAX_TIMELINE + 20)
    begin = str(story.incident.incident_id)[:8]
    asyncio.run(to_kafka(settings, states[-1:], []))
    short = asked(settings, tmp_path, begin)
    assert f"only the newest {MAX_TIMELINE} lines" in short.stderr and "Anruf 3 bei" not in short.stdout
    asyncio.run(to_sql(tmp_path, states))
    full = asked(settings, tmp_path, begin)
    assert full.stderr == "" and all(f"Anruf {number} bei" in full.stdout for number in range(MAX_TIMELINE + 20))


def test_what_is_asked_wrongly_is_said(settings: CommonSettings, tmp_path: Path) -> None:
    asyncio.run(ensure_topics(settings, (INCIDENTS_CHANGED, PAGES_RECEIPTS)))
    nobody = asked(settings, tmp_path, "ffff")
    assert nobody.exit_code == 1 and "see `feuerwache incidents list --all`" in nobody.stderr
    assert asked(settings, tmp_path, "ffff", "--language", "fr").exit_code == 2
