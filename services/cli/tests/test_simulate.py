"""A written evening through the pure cores: who would have been paged when, the same every time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console
from typer.testing import CliRunner

from feuerwache.cli.main import assemble
from feuerwache.cli.simulate.compare import differences, pairs
from feuerwache.cli.simulate.court import ConfigChanged, processes_for
from feuerwache.cli.simulate.recording import read
from feuerwache.cli.simulate.report import Burned, Report
from feuerwache.cli.simulate.simulation import simulate
from feuerwache.cli.simulate.station import Station, load_station
from feuerwache.cli.simulate.table import show
from feuerwache.cli.simulate.weekend import Circumstances
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.csvfile import read_counts
from support.evening import BEGIN, END, FACEBOOK, FIRE, THREAT, evening, post, weeks, write

SHIPPED = Path(__file__).parents[3] / "config"
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def station() -> Station:
    return load_station(SHIPPED)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evening")
    write(folder / "evening.jsonl", evening())
    (folder / "weeks.csv").write_text(weeks(), "utf-8")
    return folder


def played(files: Path, station: Station, name: str = "evening.jsonl", answer: timedelta | None = None) -> Report:
    recording = read(files / name, station.integrations)
    return simulate(name, recording, station, Circumstances(counts=read_counts(files / "weeks.csv"), answer=answer))


@pytest.fixture(scope="module")
def report(files: Path, station: Station) -> Report:
    return played(files, station)


def the(report: Report, kind: CrisisKind) -> Burned:
    [incident] = [each for each in report.incidents if each.kind is kind]
    return incident


def test_every_post_is_decided_and_nothing_is_dead(report: Report) -> None:
    assert report.posts == len(evening()) == sum(report.decisions.values())
    assert (report.bad_lines, report.dead_letters, report.repeats, report.withdrawn) == (0, {}, 0, 0)


def test_the_fire_is_noticed_where_it_burns_and_nowhere_else(report: Report) -> None:
    assert {incident.community for incident in report.incidents} == {FACEBOOK}
    fire = the(report, CrisisKind.NEGATIVITY_BURST)
    assert abs(fire.onset - FIRE) <= 2 * MINUTE
    assert FIRE < fire.first_alarm < FIRE + 5 * MINUTE
    assert fire.delay_seconds == round((fire.first_alarm - fire.onset).total_seconds())
    assert fire.figures.posts is not None
    assert fire.figures.posts > 100


def test_a_threat_calls_the_one_on_call_at_once_and_then_climbs_by_the_policy(report: Report) -> None:
    threat = the(report, CrisisKind.SINGLE_POST)
    assert threat.severity is Severity.CRITICAL
    written = THREAT + timedelta(seconds=57)
    assert timedelta(0) < threat.calls[0].at - written < timedelta(seconds=10)
    first_round = [call for call in threat.calls if call.round == 1]
    assert [(call.step, call.person, call.channel) for call in first_round] == [
        (1, "anna.bergmann", "email"),
        (2, "jonas.keller", "email"),
        (3, "anna.bergmann", "email"),
        (3, "selin.yildiz", "email"),
    ]
    assert [call.at - first_round[0].at for call in first_round] == [0 * MINUTE, 5 * MINUTE, 15 * MINUTE, 15 * MINUTE]
    assert first_round[3].name == "Selin Yıldız"
    assert threat.acknowledged_at is None


def test_who_answers_stops_the_ladder_and_the_comparison_says_so(files: Path, station: Station, report: Report) -> None:
    answered = played(files, station, answer=7 * MINUTE)
    threat = the(answered, CrisisKind.SINGLE_POST)
    assert threat.acknowledged_by == "anna.bergmann"
    assert threat.acknowledged_at is not None
    assert threat.acknowledged_at - threat.calls[0].at == 7 * MINUTE
    assert [call.step for call in threat.calls] == [1, 2]
    told = [each for each in differences(pairs(report, answered)) if each.startswith("single_post")]
    assert len(told) == 2
    assert "1.3 anna.bergmann+selin.yildiz" in told[0]
    assert "taken over by None (simulate), by anna.bergmann" in told[1]


CONTACTS = """      - {channel: ntfy, topic: wache-anna-geheim}
      - {channel: email, address: anna.bergmann@morgenrot.example}
      - {channel: sms, number: "+4915112345678", after: 2m}
      - {channel: voice, number: "+4915112345678", after: 4m}
"""


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, [("ntfy", 0), ("sms", 2), ("voice", 4)]),
        (3 * MINUTE, [("ntfy", 0), ("sms", 2)]),
        (MINUTE, [("ntfy", 0)]),
    ],
)
def test_contacts_with_a_delay_have_their_turn_at_their_minute_until_somebody_answers(
    files: Path, tmp_path: Path, answer: timedelta | None, expected: list[tuple[str, int]]
) -> None:
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    people = (config / "people.yaml").read_text("utf-8")
    mail = "      - {channel: email, address: anna.bergmann@morgenrot.example}\n"
    assert mail in people
    (config / "people.yaml").write_text(people.replace(mail, CONTACTS), "utf-8")
    report = played(files, load_station(config), answer=answer)
    threat = the(report, CrisisKind.SINGLE_POST)
    first = [call for call in threat.calls if (call.round, call.step) == (1, 1)]
    assert {call.person for call in first} == {"anna.bergmann"}
    assert [(call.channel, round((call.at - first[0].at) / MINUTE, 2)) for call in first] == expected
    shown = StringIO()
    show(report, Console(file=shown, width=200))
    assert ("Anna Bergmann by sms after 2 min" in shown.getvalue()) is (len(expected) > 1)


def test_the_same_evening_twice_is_the_same_report_and_its_order_in_the_file_does_not_matter(
    files: Path, station: Station, report: Report
) -> None:
    assert played(files, station).model_dump_json() == report.model_dump_json()
    write(files / "shuffled.jsonl", evening()[::-1])
    shuffled = played(files, station, "shuffled.jsonl")
    assert shuffled.reordered
    assert not report.reordered
    kept = {"incidents", "decisions", "talk"}
    assert shuffled.model_dump(include=kept) == report.model_dump(include=kept)


def test_how_many_processes_judge_the_posts_changes_nothing(files: Path, station: Station, report: Report) -> None:
    recording = read(files / "evening.jsonl", station.integrations)
    circumstances = Circumstances(counts=read_counts(files / "weeks.csv"))
    shared = simulate("evening.jsonl", recording, station, circumstances, processes=2)
    assert shared.model_dump_json() == report.model_dump_json()


def test_a_configuration_that_changes_while_it_is_read_ends_the_simulation(files: Path, tmp_path: Path) -> None:
    config = Path(shutil.copytree(SHIPPED, tmp_path / "config"))
    station = load_station(config)
    communities = config / "communities.yaml"
    communities.write_text(communities.read_text("utf-8").replace("Morgenrot auf Facebook", "Morgenrot dort"), "utf-8")
    recording = read(files / "evening.jsonl", station.integrations)
    with pytest.raises(ConfigChanged, match="was changed"):
        simulate("evening.jsonl", recording, station, Circumstances(), processes=2)


@pytest.mark.parametrize(
    ("events", "communities", "wanted", "processes"),
    [(100, 5, None, 1), (10**6, 1, None, 1), (100, 5, 3, 3), (100, 2, 3, 2), (0, 0, None, 1)],
)
def test_processes_are_started_where_they_are_worth_it_or_asked_for(
    events: int, communities: int, wanted: int | None, processes: int
) -> None:
    assert processes_for(events, communities, wanted) == processes


def test_the_talk_adds_up_and_knows_what_was_usual(report: Report) -> None:
    talk = {each.community: each for each in report.talk}
    assert sum(slot.posts for each in report.talk for slot in each.slots) == report.posts
    burning = [slot for slot in talk[FACEBOOK].slots if slot.start >= FIRE]
    assert all(slot.negative > 60 for slot in burning)
    assert all(slot.usual == pytest.approx(5, abs=1) for slot in burning)


def unmanned_config(folder: Path) -> Path:
    """The shipped configuration, in which nobody is on call first on Saturdays from 21:00 to 22:00."""
    config = Path(shutil.copytree(SHIPPED, folder / "config"))
    schedules = config / "schedules.yaml"
    weekend = 'begins: [friday]\n            from: "18:00"\n            ends: monday\n            to: "08:00"'
    text = schedules.read_text("utf-8")
    assert weekend in text
    evening_off = 'begins: [friday]\n            from: "18:00"\n            ends: saturday\n            to: "21:00"'
    later = """
          - id: late
            begins: [saturday]
            from: "22:00"
            ends: monday
            to: "08:00"
            since: 2026-11-02
            people: [jonas.keller, anna.bergmann, murat.oezdemir]
          - id: week
"""
    text = text.replace(weekend, evening_off, 1).replace("\n          - id: week\n", later, 1)
    schedules.write_text(text, "utf-8")
    return config


def test_the_comparison_of_two_weekends_tells_the_incident_that_only_one_has(
    files: Path, station: Station, report: Report
) -> None:
    write(files / "calm.jsonl", [each for each in evening() if datetime.fromisoformat(each["created_at"]) < FIRE])
    told = differences(pairs(report, played(files, station, "calm.jsonl")))
    assert len(told) == len(report.incidents)
    assert all("only simulate has it" in each for each in told)
    assert differences(pairs(report, report)) == []


def test_hours_that_nobody_has_are_told_and_their_step_goes_up_at_once(files: Path, tmp_path: Path) -> None:
    report = played(files, load_station(unmanned_config(tmp_path)))
    nine = datetime(2026, 11, 14, 21, tzinfo=BERLIN)
    [gap] = report.unmanned
    assert (gap.schedule, gap.layer, gap.start, gap.end) == ("morgenrot", "first", nine, report.end)
    assert report.unmanned_hours == pytest.approx((END - nine) / timedelta(hours=1), abs=0.1)
    threat = the(report, CrisisKind.SINGLE_POST)
    nobody, deputy = threat.calls[:2]
    assert (nobody.step, nobody.person, nobody.status) == (1, None, "unreachable")
    assert "layer morgenrot/first has nobody on call" in nobody.reason
    assert (deputy.step, deputy.person) == (2, "jonas.keller")
    assert deputy.at - nobody.at < timedelta(seconds=10)
    assert (threat.incident_id, 1) in {(incident.incident_id, call.step) for incident, call in report.nobody}


BAD: list[Mapping[str, Any] | str] = [
    post(1, BEGIN, "gut"),
    "{oops",
    post(2, BEGIN, "gut", text_of_it="x"),
    {**post(3, BEGIN, "gut"), "created_at": "2026-11-14T20:30:00"},
    {**post(4, BEGIN, "gut"), "community": "fremd"},
    {"kind": "deleted", "community": FACEBOOK, "post_id": "nie-gesehen", "deleted_at": (BEGIN + MINUTE).isoformat()},
    post(1, BEGIN, "gut"),
    post(1, BEGIN, "ein anderer Text"),
    {**post(5, BEGIN, "gut"), "author": {"id": "a", "created_at": "2031-01-01T00:00:00Z"}},
]


def test_bad_lines_are_told_with_number_field_value_and_reason_and_stop_nothing(
    tmp_path: Path, station: Station
) -> None:
    recording = read(write(tmp_path / "bad.jsonl", BAD), station.integrations)
    report = simulate("bad.jsonl", recording, station, Circumstances())
    assert (report.posts, report.repeats, report.lines, report.bad_lines) == (1, 1, 9, 7)
    told = [(bad.line, bad.field, bad.value) for bad in report.bad]
    assert told == [
        (2, "", None),
        (3, "text_of_it", None),
        (4, "created_at", "2026-11-14T20:30:00"),
        (5, "community", "fremd"),
        (6, "post_id", "nie-gesehen"),
        (8, "revision", None),
        (9, "author.created_at", "2031-01-01T00:00:00+00:00"),
    ]
    reasons = " ".join(bad.reason for bad in report.bad)
    for word in ("not a known field", "no time zone", "belongs to no integration", "another text", "in the future"):
        assert word in reasons


def run(*arguments: str) -> tuple[int, str, str]:
    app, problems = assemble()
    assert problems == []
    result = CliRunner().invoke(app, ["simulate", *arguments, "--config", str(SHIPPED)])
    return result.exit_code, result.stdout, f"{result.stderr}{result.exception or ''}"


def test_the_command_gives_the_report_as_json_and_counts_bad_lines_only_if_asked_to(tmp_path: Path) -> None:
    file = str(write(tmp_path / "bad.jsonl", BAD))
    code, out, _ = run(file, "--json")
    assert code == 0
    assert Report.model_validate_json(out).bad_lines == 7
    assert set(json.loads(out)) == set(Report.model_fields)
    assert "ein anderer Text" not in out
    assert run(file, "--json", "--strict")[0] == 1


def test_the_command_tells_people_who_was_called(files: Path) -> None:
    code, out, _ = run(str(files / "evening.jsonl"), "--baseline", str(files / "weeks.csv"), "--answer", "7m")
    assert code == 0
    assert "3. Threat after a warning, Morgenrot auf Facebook: critical" in out
    assert "step 1: Anna Bergmann by email" in out
    assert "taken over by anna.bergmann" in out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("", "no line that could be used: it is empty"),
        ("{oops\n", "line 1: is no JSON: key must be a string at column 2"),
        ("text\tlabel\nHallo\tx\n", "one JSON object in each line (feuerwache demo --input makes one"),
        ('{"platform": "facebook"}\n', "line 1: post_id is missing"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_ends_with_1(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "file.jsonl"
    if content is not None:
        file.write_text(content, "utf-8")
    code, _, error = run(str(file))
    assert code == 1
    assert message in error


def test_a_page_that_cannot_be_written_is_told_before_the_work(files: Path, tmp_path: Path) -> None:
    for page in (tmp_path, tmp_path / "nowhere" / "page.html"):
        code, out, error = run(str(files / "evening.jsonl"), "--html", str(page))
        assert (code, out) == (1, "")
        assert f"--html {page}: " in error


def test_ten_bad_lines_are_told_whole_and_the_others_counted(tmp_path: Path) -> None:
    wrong = [{**post(number, BEGIN, "gut"), "text": 5, "colour": 1} for number in range(12)]
    _, out, _ = run(str(write(tmp_path / "bad.jsonl", [post(99, BEGIN, "gut"), *wrong])))
    assert [f"line {number}: " in out for number in range(2, 14)] == [True] * 10 + [False] * 2
    assert out.count("line 11: ") == 2
    assert "and 2 more lines" in out


def test_a_wait_that_is_none_is_told(files: Path) -> None:
    code, _, error = run(str(files / "evening.jsonl"), "--answer", "bald")
    assert code == 1
    assert "'bald' is no duration" in error
