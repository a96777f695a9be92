"""`feuerwache incidents …` against the task on a real Kafka; what it teaches, and says when it is used wrongly."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_group
from typer.testing import CliRunner, Result

from feuerwache.common.events.alarm import BarRaised, CrisisKind
from feuerwache.common.events.incident import Incident
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.topics import ALARMS_RAISED, DETECTORS_BARS, INCIDENTS_COMMANDS
from feuerwache.common.settings import CommonSettings
from feuerwache.common.wording.refusal import REFUSAL
from feuerwache.escalation.incidents import commands
from feuerwache.escalation.incidents.metrics import REFUSALS
from support.incidents import COMMUNITY, alarm, post
from support.servers import KafkaServer
from support.station import TOPICS, Station, environment, spawned

CONFIG = Path(__file__).parents[4] / "config"
EMMA = """
  - id: emma.agent
    name: Emma Arndt
    role: agent
    contacts:
      - {channel: email, address: emma@morgenrot.example}"""
ANNA = ("--as", "anna.bergmann")


@pytest.fixture
def settings(kafka: KafkaServer, topic_prefix: str, tmp_path: Path) -> CommonSettings:
    """The house of `config`, and an agent on her shift."""
    config = tmp_path / "config"
    shutil.copytree(CONFIG, config)
    people = config / "people.yaml"
    people.write_text(people.read_text().replace("\npeople:", "\npeople:" + EMMA, 1))
    return CommonSettings(
        kafka_bootstrap=kafka.bootstrap, topic_prefix=topic_prefix, shards=2, post_partitions=1, config_dir=config
    )


class Shell:
    """Somebody at a command line."""

    def __init__(self, settings: CommonSettings) -> None:
        self._runner = CliRunner(env=environment(settings))

    def called(self, *arguments: object) -> Result:
        return self._runner.invoke(commands.app, [str(each) for each in arguments])

    def does(self, *arguments: object, by: Iterable[str] = ANNA) -> dict[str, Any]:
        """What the command printed as JSON; it must have ended well."""
        result = self.called(*arguments, *by, "--json")
        assert result.exit_code == 0, (arguments, result.output)
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def fails(self, code: int, says: str, *arguments: object, by: Iterable[str] = ANNA) -> None:
        result = self.called(*arguments, *by)
        assert result.exit_code == code, (arguments, result.output)
        assert says in " ".join(result.stderr.split()), result.output

    def sees(self, incident_id: object) -> dict[str, Any]:
        return self.does("show", incident_id, by=())


def operate(settings: CommonSettings, work: Callable[[Shell, list[Incident]], None], *kinds: CrisisKind) -> None:
    """Incidents of these kinds burn; `work` is done at a shell while the task runs."""

    async def burning() -> list[Incident]:
        station, at = Station(settings), settings.clock().now()
        for kind in kinds:
            await station.send(ALARMS_RAISED, alarm(at, kind=kind, examples=(post("p1"), post("p2"))))
        await station.until_some_pages(len(kinds))
        return sorted(await station.incidents(), key=lambda each: kinds.index(each.kind))

    asyncio.run(ensure_topics(settings, TOPICS))
    log = settings.config_dir.parent / "incidents.log"
    process = spawned(settings, log)
    try:
        work(Shell(settings), asyncio.run(burning()))
    finally:
        process.kill()
        process.wait()


def test_an_incident_is_led_from_taking_over_to_its_end(settings: CommonSettings) -> None:
    def work(shell: Shell, incidents: list[Incident]) -> None:
        one = str(incidents[0].incident_id)
        assert len(json.loads(shell.called("list", "--json").stdout)) == 1
        assert shell.does("ack", one)["state"] == "acknowledged"
        shell.fails(1, "taken over already by anna.bergmann", "ack", one, by=("--as", "jonas.keller"))
        shell.fails(2, "it names: emma.agent, anna.bergmann", "ack", one, by=("--as", "nobody"))
        step, second = [each["id"] for each in shell.sees(one)["plan"]["steps"]][:2]
        assert shell.does("tick", one, step)["ticks"][0]["step"] == step
        assert shell.does("tick", one, step, "--undo")["ticks"] == []
        shell.fails(2, f"has no step 'nonsense'; it has: {step}, {second}", "tick", one, "nonsense")
        assert shell.does("comment", one, "QA calls back")["timeline"][-1]["detail"]["text"] == "QA calls back"
        shell.fails(2, "1 to 2000 characters; this one has 0", "comment", one, "  ")
        assert shell.does("snooze", one, "30m")["state"] == "snoozed"
        shell.fails(1, "community manager may not snooze for so long", "snooze", one, "25h")
        shell.fails(2, 'write "90s", "5m"', "snooze", one, "soon")
        assert shell.does("hand-over", one, "jonas.keller")["owner"] == "jonas.keller"
        shell.fails(2, "it names: emma.agent, anna.bergmann", "hand-over", one, "nobody")
        helped = shell.does("help", one)
        assert [each["what"] for each in helped["timeline"]].count("help_wanted") == 1
        assert (helped["state"], helped["owner"]) == ("acknowledged", "jonas.keller")
        shell.fails(1, "agent may not do this", "resolve", one, by=("--as", "emma.agent"))
        assert (
            shell.does("resolve", one, "--reason", "calmed_down", "--note", "Over")["resolved_reason"] == "calmed_down"
        )
        for too_late in (("ack",), ("snooze", "30m"), ("help",), ("hand-over", "jonas.keller"), ("resolve",)):
            shell.fails(1, "resolved already; nothing changed", too_late[0], one, *too_late[1:])
        assert json.loads(shell.called("list", "--json").stdout) == []
        assert json.loads(shell.called("list", "--all", "--json").stdout)[0]["incident_id"] == one
        shown = shell.called("show", one).stdout
        assert "resolved by anna.bergmann: reason calmed_down, note Over" in shown
        assert "example: p1" in shown and f"[ ] {step}:" in shown
        shell.fails(1, "see `feuerwache incidents list`", "show", "ffffffffffff", by=())

    operate(settings, work, CrisisKind.NEGATIVITY_BURST)


def test_ticking_what_is_ticked_is_no_refusal_although_one_came_before(settings: CommonSettings) -> None:
    def work(shell: Shell, incidents: list[Incident]) -> None:
        one = str(incidents[0].incident_id)
        step = shell.sees(one)["plan"]["steps"][0]["id"]
        shell.does("tick", one, step)
        shell.does("resolve", incidents[1].incident_id)
        shell.fails(1, "merge that one into this", "merge", one, incidents[1].incident_id)
        assert shell.does("tick", one, step)["ticks"][0]["step"] == step

    operate(settings, work, CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST)


def test_what_is_merged_acts_on_the_one_that_is_led(settings: CommonSettings) -> None:
    def work(shell: Shell, incidents: list[Incident]) -> None:
        led, part = (str(each.incident_id) for each in incidents)
        merged = shell.does("merge", part, led)
        assert (merged["state"], merged["merged_into"]) == ("resolved", led)
        shell.fails(1, "became part of another one already", "merge", part, led)
        shell.fails(2, "cannot be merged into itself", "merge", led, led)
        step = shell.sees(led)["plan"]["steps"][0]["id"]
        for verb in (
            ("ack",),
            ("comment", "The journalist is answered"),
            ("tick", step),
            ("snooze", "20m"),
            ("help",),
            ("hand-over", "jonas.keller"),
        ):
            result = shell.called(verb[0], part[:8], *verb[1:], *ANNA, "--json")
            assert result.exit_code == 0, result.output
            assert f"Merged into {led}" in result.stderr
            assert json.loads(result.stdout)["incident_id"] == led
        after = shell.sees(led)
        assert (after["owner"], after["state"], after["ticks"][0]["step"]) == ("jonas.keller", "acknowledged", step)
        shell.fails(1, "resolved already", "resolve", part)
        assert shell.sees(led)["state"] == "acknowledged", "who ends a duplicate has not said that the other is over"

    operate(settings, work, CrisisKind.NEGATIVITY_BURST, CrisisKind.VOLUME_BURST)


def test_posts_are_split_off_into_an_incident_of_who_did_it(settings: CommonSettings) -> None:
    def work(shell: Shell, incidents: list[Incident]) -> None:
        one = str(incidents[0].incident_id)
        rest = shell.does("split", one, "p1")
        assert ([ref["post_id"] for ref in rest["examples"]], rest["timeline"][-1]["what"]) == (["p2"], "split")
        new = shell.sees(rest["timeline"][-1]["detail"]["into"])
        assert [ref["post_id"] for ref in new["examples"]] == ["p1"]
        assert (new["owner"], new["split_from"]) == ("anna.bergmann", one)
        shell.fails(2, "no example 'p1'; it has: p2", "split", one, "p1")
        shell.fails(1, "agent may not do this", "split", one, "p2", by=("--as", "emma.agent"))

    operate(settings, work, CrisisKind.NEGATIVITY_BURST)


def test_an_incident_is_declared_by_hand(settings: CommonSettings) -> None:
    def work(shell: Shell, _: list[Incident]) -> None:
        declared = shell.does("declare", COMMUNITY, "A journalist asks", "--severity", "critical")
        assert (declared["kind"], declared["severity"], declared["about"]) == (
            "declared",
            "critical",
            "A journalist asks",
        )
        assert [each["what"] for each in declared["timeline"]] == ["declared", "paged"]
        shell.fails(2, f"it names: morgenrot-facebook, {COMMUNITY}", "declare", "nowhere", "A journalist asks")
        shell.fails(2, "'worst' is not one of 'low'", "declare", COMMUNITY, "A journalist asks", "--severity", "worst")
        shell.fails(1, "agent may not do this", "declare", COMMUNITY, "Fire", by=("--as", "emma.agent"))

    operate(settings, work)


def test_a_campaign_is_announced_for_its_time_and_reaches_the_detectors(settings: CommonSettings) -> None:
    start = ("--start", "2030-11-28T18:00+01:00")

    def work(shell: Shell, _: list[Incident]) -> None:
        assert shell.does("mute", COMMUNITY, "--until", "4h")["factor"] == 3.0
        later = shell.does("mute", COMMUNITY, *start, "--until", "2h", "--kind", "volume_burst", "--note", "Prize draw")
        assert (later["start"], later["until"]) == ("2030-11-28T18:00:00+01:00", "2030-11-28T20:00:00+01:00")
        shell.fails(2, "14 days at most", "mute", COMMUNITY, *start, "--until", "400h")
        shell.fails(2, "over before it begins", "mute", COMMUNITY, *start, "--until", "2030-11-28T17:00+01:00")
        shell.fails(2, "says no zone; write 2026-11-28T18:00+01:00", "mute", COMMUNITY, "--until", "2030-11-28T18:00")
        shell.fails(2, "is no time; write 2026-11-28T18:00+01:00", "mute", COMMUNITY, "--until", "2030-13-28")
        shell.fails(2, "it is above 1 and at most 10", "mute", COMMUNITY, "--until", "4h", "--factor", "1")
        shell.fails(2, "no detector looks for drill", "mute", COMMUNITY, "--until", "4h", "--kind", "drill")
        shell.fails(1, "agent may not do this", "mute", COMMUNITY, "--until", "4h", by=("--as", "emma.agent"))

        asyncio.run(until_two_bars())

    async def bars() -> list[BarRaised]:
        records = await read_topic(settings, settings.topics().of(DETECTORS_BARS))
        assert {record.partition for record in records} <= {Station(settings).shard}
        return [record.event().data for record in records]

    async def until_two_bars() -> None:
        async def there() -> bool:
            return len(await bars()) == 2

        await Station(settings).until(there)

    operate(settings, work)
    found = sorted(asyncio.run(bars()), key=lambda bar: bar.start)
    assert [(bar.community, bar.kinds, bar.note) for bar in found] == [
        (COMMUNITY, (), ""),
        (COMMUNITY, (CrisisKind.VOLUME_BURST,), "Prize draw"),
    ]


def test_while_nothing_runs_a_command_is_on_record_and_says_that_nobody_has_taken_it_in(
    settings: CommonSettings,
) -> None:
    seen: list[str] = []

    def work(_: Shell, incidents: list[Incident]) -> None:
        seen.append(str(incidents[0].incident_id))

    operate(settings, work, CrisisKind.NEGATIVITY_BURST)
    Shell(settings).fails(1, "on record, but no incidents process has taken it in", "ack", seen[0], "--wait", "0.2")
    Shell(settings).fails(1, "On record, but no incident", "declare", COMMUNITY, "Fire", "--wait", "0.2")
    records = asyncio.run(read_topic(settings, settings.topics().of(INCIDENTS_COMMANDS)))
    assert [record.event().data.command for record in records] == ["acknowledge", "declare"]


def test_with_no_incident_at_all_there_is_an_empty_list(settings: CommonSettings) -> None:
    asyncio.run(ensure_topics(settings, TOPICS))
    listed = Shell(settings).called("list")
    assert (listed.exit_code, listed.stdout, listed.stderr.strip()) == (0, "", "0 incidents")


def group() -> TyperGroup:
    return get_group(commands.app)


@pytest.mark.parametrize("name", [*group().commands])
def test_every_command_teaches_by_an_example_that_it_understands(name: str) -> None:
    command = group().commands[name]
    _, found, example = str(command.help).partition("Example: feuerwache incidents ")
    assert found, f"{name} has no example"
    words = shlex.split(example.split(" | ")[0])
    assert words[0] == name
    with command.make_context(name, words[1:]) as context:
        assert context.params
    help_text = CliRunner().invoke(commands.app, [name, "--help"])
    assert help_text.exit_code == 0 and "Example:" in help_text.stdout


def test_the_group_says_how_a_night_goes() -> None:
    shown = " ".join(CliRunner().invoke(commands.app, ["--help"]).stdout.split())
    assert "ack 3f2a --as YOU" in shown and "docs/roles.md" in shown


def test_every_reason_for_a_refusal_has_its_words() -> None:
    assert set(REFUSALS) == REFUSAL["en"].keys() - {"other"}
