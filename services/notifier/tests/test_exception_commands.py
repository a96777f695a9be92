"""`feuerwache oncall take-over | swap | absent | cancel | import ics` on a real Kafka: what is on record holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from feuerwache.common.config.people import People
from feuerwache.common.events.actor import Via
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import IncidentChanged
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import ReceiptStatus
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.keys import incident_key, override_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, ONCALL_OVERRIDES
from feuerwache.common.permission import override_refusal
from feuerwache.escalation.incidents.book import IncidentBook
from feuerwache.notifier.commands import app
from feuerwache.notifier.overrides import read_overrides
from feuerwache.notifier.schedule.oncall import who
from support.incidents import SHARD, SHARDS, alarm, receipt, told
from support.incidents import house as night_house
from support.kafka import settings_for
from support.servers import KafkaServer
from support.watchroom import ACTOR, PEOPLE, berlin, house, ics, take_over, written

Command = Callable[..., Result]
#: Ada has the turn from 18:00 on, Bo the next one, Cy the one after.
NOW = datetime(2026, 1, 8, 19, tzinfo=UTC)
(WACHE,) = house().schedules.schedules


@pytest.fixture
def oncall(kafka: KafkaServer, topic_prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command against this test's corner of the broker, at `NOW`."""
    settings = settings_for(kafka.bootstrap, topic_prefix)
    asyncio.run(ensure_topics(settings, [ONCALL_OVERRIDES, INCIDENTS_CHANGED]))
    for name, value in {
        "KAFKA_BOOTSTRAP": kafka.bootstrap,
        "TOPIC_PREFIX": topic_prefix,
        "SHARDS": "2",
        "CONFIG_DIR": str(written(tmp_path / "config")),
        "CLOCK_START": NOW.isoformat(),
        "CLOCK_EPOCH": datetime.now(UTC).isoformat(),
    }.items():
        monkeypatch.setenv(f"FEUERWACHE_{name}", value)

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["oncall", *arguments], env={"COLUMNS": "200"})
        assert result.exit_code == code, result.output + str(result.exception)
        return result

    return run


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def at(moment: datetime, known: tuple[OnCallOverridden, ...], layer: str = "first") -> tuple[str, ...]:
    return who(WACHE, layer, moment, known)


def on_record(kafka: KafkaServer, prefix: str) -> tuple[OnCallOverridden, ...]:
    return asyncio.run(read_overrides(settings_for(kafka.bootstrap, prefix)))


def test_whoever_takes_over_is_on_call_until_the_turn_ends(
    kafka: KafkaServer, topic_prefix: str, oncall: Command
) -> None:
    assert at(NOW, ()) == ("ada",)
    dry = oncall("take-over", "--as", "bo", "--dry-run")
    assert "Bo Lind instead of Ada Özil" in dry.output
    assert on_record(kafka, topic_prefix) == ()
    told = oncall("take-over", "--as", "bo").output
    assert "take_over  wache/first  Thu 8 Jan" in told and "Bo Lind instead of Ada Özil" in told
    (made,) = known = on_record(kafka, topic_prefix)
    assert (made.person_id, made.actor.person_id, made.actor.via) == ("bo", "bo", Via.TOKEN)
    assert made.end == berlin(2026, 1, 9, 18)
    assert at(berlin(2026, 1, 9, 17), known) == ("bo",)
    assert "wache/first: Bo Lind" in oncall("who", "--overrides", "--at", "1h").output
    assert "wache/first: Ada Özil" in oncall("who", "--at", "1h").output
    settings = settings_for(kafka.bootstrap, topic_prefix)
    (record,) = asyncio.run(read_topic(settings, settings.topics().of(ONCALL_OVERRIDES)))
    assert record.key == override_key("wache", made.override_id)
    assert record.partition == partition_of(record.key, 2)


def test_a_span_can_be_given_and_what_was_said_is_taken_back(
    kafka: KafkaServer, topic_prefix: str, oncall: Command
) -> None:
    span = ("--from", "2026-01-10T20:00", "--until", "2026-01-10T22:00")
    given = document(oncall("take-over", "--as", "ada", "--person", "bo", "--layer", "deputy", *span, "--json"))
    assert given["recorded"] and [change["after"] for change in given["changes"]] == [["bo"]]
    known = on_record(kafka, topic_prefix)
    assert [at(berlin(2026, 1, 10, hour), known, "deputy") for hour in (19, 20, 22)] == [("cy",), ("bo",), ("cy",)]
    listed = oncall("exceptions").output
    assert known[0].override_id[:8] in listed and "Bo Lind for whoever it is  (by ada)" in listed
    back = oncall("cancel", known[0].override_id[:6], "--as", "ada").output
    assert "Cy Roth instead of Bo Lind" in back
    known = on_record(kafka, topic_prefix)
    assert at(berlin(2026, 1, 10, 20), known, "deputy") == ("cy",)
    assert "0 exceptions" in oncall("exceptions").stderr
    assert "cancelled take_over" in oncall("exceptions", "--all").output
    assert "cancelled already" in oncall("cancel", known[0].override_id, "--as", "ada", code=2).output
    again = document(oncall("take-over", "--as", "ada", "--person", "bo", "--layer", "deputy", *span, "--json"))
    assert again["exceptions"][0]["override_id"] == known[0].override_id
    assert at(berlin(2026, 1, 10, 20), on_record(kafka, topic_prefix), "deputy") == ("bo",)


def test_two_people_swap_whole_turns(kafka: KafkaServer, topic_prefix: str, oncall: Command) -> None:
    told = oncall("swap", "--as", "bo", "--with", "cy").output
    assert "Cy Roth instead of Bo Lind" in told and "Bo Lind instead of Cy Roth" in told
    known = on_record(kafka, topic_prefix)
    turns = [berlin(2026, 1, day, 19) for day in (8, 9, 10, 11)]
    assert [at(moment, ()) for moment in turns] == [("ada",), ("bo",), ("cy",), ("ada",)]
    assert [at(moment, known) for moment in turns] == [("ada",), ("cy",), ("bo",), ("ada",)]
    assert "same person" in oncall("swap", "--as", "bo", "--with", "bo", code=2).output


def test_who_is_away_is_replaced_everywhere_and_a_date_is_the_whole_day(
    kafka: KafkaServer, topic_prefix: str, oncall: Command
) -> None:
    told = oncall("absent", "--as", "ada", "--person", "bo", "--reason", "illness", "--until", "2026-01-10")
    assert "illness  everywhere" in told.output and "the next in turn for Bo Lind  (by ada)" in told.output
    (made,) = known = on_record(kafka, topic_prefix)
    assert made.end == berlin(2026, 1, 11, 1), "midnight by Bo's own clock, in London"
    assert at(berlin(2026, 1, 9, 19), known) == ("cy",)
    assert "say until when" in oncall("absent", "--as", "ada", code=2).output


def test_an_absence_is_held_against_what_is_on_record_already(
    kafka: KafkaServer, topic_prefix: str, oncall: Command
) -> None:
    span = ("--from", "2026-01-09T19:00", "--until", "2026-01-09T23:00")
    assert "away then" not in oncall("absent", "--as", "bo", "--until", "2026-01-10").stderr
    twice = oncall("absent", "--as", "bo", "--reason", "illness", "--until", "2026-01-09").stderr
    (first, *_) = on_record(kafka, topic_prefix)
    assert f"Bo Lind is away then already: {first.override_id[:8]}  vacation  everywhere" in twice
    named = oncall("take-over", "--as", "bo", *span).stderr
    assert named.count("Bo Lind is away then, and is called all the same") == 2
    again = document(oncall("take-over", "--as", "bo", *span, "--dry-run", "--json"))
    assert [(one["kind"], one["person"]) for one in again["conflicts"]] == [("named_away", "bo")] * 2
    ill = oncall("absent", "--as", "bo", "--from", "2026-01-09T20:00", "--until", "2026-01-09T22:00")
    assert "Bo Lind was to be there then, and is not any more" in ill.stderr and "take_over  wache/first" in ill.stderr
    assert "Cy Roth instead of Bo Lind" in ill.stdout
    stand_in = oncall("absent", "--as", "ada", "--until", "2026-01-09", "--stand-in", "bo").stderr
    assert "Bo Lind is away then, and is called all the same" in stand_in
    assert "Bo Lind" not in oncall("cancel", first.override_id, "--as", "ada").stderr


def test_an_absence_is_held_against_those_of_the_file(oncall: Command, tmp_path: Path) -> None:
    file = tmp_path / "config" / "schedules.yaml"
    absences = [{"person": "ada", "from": "2026-01-09", "through": "2026-01-09"}]
    file.write_text(json.dumps(json.loads(file.read_text()) | {"absences": absences}))
    told = oncall("absent", "--as", "ada", "--until", "2026-01-12", "--dry-run").stderr
    assert "Ada Özil is away then already" in told and "vacation  everywhere  Fri 9 Jan 00:00" in told
    assert "away" not in oncall("absent", "--as", "ada", "--from", "2026-01-10", "--until", "2026-01-12").stderr


def test_a_calendar_of_absences_is_followed_when_it_changes(
    kafka: KafkaServer, topic_prefix: str, oncall: Command, tmp_path: Path
) -> None:
    file = tmp_path / "bo.ics"
    weekly = ["SUMMARY:Urlaub", "DTSTART;VALUE=DATE:20260109", "DTEND;VALUE=DATE:20260111", "RRULE:FREQ=WEEKLY;COUNT=2"]
    file.write_bytes(ics(weekly, ["SUMMARY:Chor", "DTSTART:20260112T180000", "DURATION:PT2H"]))
    command = ("absent", "--as", "ada", "--person", "bo", "--ics", str(file), "--only", "urlaub")
    oncall(*command)
    known = on_record(kafka, topic_prefix)
    assert [(each.start, each.replaces) for each in known] == [
        (datetime(2026, 1, 9, tzinfo=UTC), "bo"),
        (datetime(2026, 1, 16, tzinfo=UTC), "bo"),
    ]
    assert at(berlin(2026, 1, 9, 19), known) == ("cy",)
    assert document(oncall(*command, "--json"))["exceptions"] == []
    file.write_bytes(ics(weekly[:3]))
    oncall(*command)
    assert [each.cancelled for each in on_record(kafka, topic_prefix)].count(True) == 1
    file.write_bytes(b"<html>")
    assert "no iCalendar" in oncall(*command, code=2).output
    assert "inside of a network" in oncall(*command[:6], "http://127.0.0.1:1/x", code=1).output


def test_shifts_of_a_calendar_and_an_exported_schedule_come_back(
    kafka: KafkaServer, topic_prefix: str, oncall: Command, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.ics"
    plan.write_bytes(ics(["SUMMARY:Cy Roth", "DTSTART;TZID=Europe/Berlin:20260109T200000", "DURATION:PT3H"]))
    oncall("import", "ics", str(plan), "--as", "ada")
    known = on_record(kafka, topic_prefix)
    assert [at(berlin(2026, 1, 9, hour), known) for hour in (19, 20, 22, 23)] == [("bo",), ("cy",), ("cy",), ("bo",)]
    plan.write_bytes(ics(["SUMMARY:Somebody", "DTSTART;TZID=Europe/Berlin:20260109T200000", "DURATION:PT3H"]))
    assert "whose shift is it" in oncall("import", "ics", str(plan), "--as", "ada", code=2).output
    exported = tmp_path / "wache.ics"
    oncall("export", "--ics", "--schedule", "wache", "--days", "5", "--overrides", "-o", str(exported))
    oncall("import", "ics", str(exported), "--as", "ada", "--days", "4")
    after = on_record(kafka, topic_prefix)
    for moment in (berlin(2026, 1, 9, hour) for hour in (17, 19, 21, 23)):
        assert at(moment, after) == at(moment, known)


def test_who_may_not_is_told_so_and_nothing_is_recorded(kafka: KafkaServer, topic_prefix: str, oncall: Command) -> None:
    told = oncall("take-over", "--as", "cy", "--person", "bo", code=1).output
    assert "The role agent may not do this" in told and "docs/roles.md" in told
    assert "names: ada, bo, cy" in oncall("take-over", "--as", "eve", code=2).output
    assert "names: ada, bo, cy" in oncall("take-over", "--as", "ada", "--person", "eve", code=2).output
    assert "before it begins" in oncall("take-over", "--as", "ada", "--until", "2026-01-01", code=2).output
    assert "no end of a turn in sight" in oncall("take-over", "--as", "ada", "--layer", "deputy", code=2).output
    assert "there is: first, deputy" in oncall("take-over", "--as", "ada", "--layer", "x", code=2).output
    assert "no exception" in oncall("cancel", "abc", "--as", "ada", code=2).output
    assert on_record(kafka, topic_prefix) == ()
    oncall("take-over", "--as", "cy")
    assert len(on_record(kafka, topic_prefix)) == 1


def test_without_a_broker_a_command_says_so_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEUERWACHE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    arguments = ["oncall", "take-over", "--as", "ada", "--config", str(written(tmp_path / "config"))]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code != 0
    assert "127.0.0.1:1" in result.output and "Traceback" not in result.output


def test_agents_speak_for_themselves_and_others_for_everybody() -> None:
    people = People.model_validate(PEOPLE)
    other = take_over(NOW, berlin(2026, 1, 9), "bo")
    cy, eve = (ACTOR.model_copy(update={"person_id": name}) for name in ("cy", "eve"))
    cases = [
        (other, None),
        (other.model_copy(update={"actor": cy}), "role"),
        (
            take_over(NOW, berlin(2026, 1, 9), "cy").model_copy(update={"actor": cy}),
            None,
        ),
        (other.model_copy(update={"replaces": "cy", "actor": cy}), None),
        (other.model_copy(update={"actor": eve}), "unknown_person"),
    ]
    assert [override_refusal(override, people) for override, _ in cases] == [reason for _, reason in cases]


def test_who_was_called_at_night_is_named_while_on_call_and_before_coming_on(
    kafka: KafkaServer, topic_prefix: str, oncall: Command
) -> None:
    settings = settings_for(kafka.bootstrap, topic_prefix)
    book = IncidentBook(SHARD, SHARDS, night_house())
    for woken, called in (("ada", berlin(2026, 1, 9, 3, 12)), ("bo", berlin(2026, 1, 9, 4))):
        change = told(book, alarm(called, event_id=uuid4()))
        told(book, receipt(change.incident.incident_id, uuid4(), called, ReceiptStatus.SENT, recipient=woken))
    (incident,) = book
    key = incident_key(incident.incident_id)
    changed = Event(uuid4(), "/test", NOW, IncidentChanged(incident=incident))

    async def put() -> None:
        async with EventProducer(settings) as producer:
            await producer.send(Outgoing.of(settings.topics().of(INCIDENTS_CHANGED), 0, key, changed))

    asyncio.run(put())
    said = oncall("who", "--overrides", "--at", "2026-01-09T14:00").output.splitlines()
    ada = "  Ada Özil was called at night (Fri 9 Jan 03:12) and should rest until Fri 9 Jan 14:12"
    assert said == ["wache/first: Ada Özil, until Fri 9 Jan 18:00", ada, "wache/deputy: Cy Roth"]
    oncall("take-over", "--as", "bo", "--from", "2026-01-09T14:05", "--until", "2026-01-09T18:00")
    said = oncall("who", "--overrides", "--at", "2026-01-09T14:01").output.splitlines()
    bo = "  Bo Lind comes on next, was called at night (Fri 9 Jan 04:00) and should rest until Fri 9 Jan 15:00"
    assert said[1:3] == [ada, bo]
    rows = document(oncall("who", "--overrides", "--at", "2026-01-09T14:01", "--json"))
    assert [(each["person"], each["comes_next"]) for each in rows[0]["short_of_rest"]] == [("ada", False), ("bo", True)]
    assert "rest" not in oncall("who", "--overrides", "--at", "2026-01-09T15:00").output
    assert "rest" not in oncall("who", "--at", "2026-01-09T14:00").output
