"""`feuerwache oncall`: looking, by the files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from typer.testing import CliRunner, Result

from feuerwache.common.config.people import load_people
from feuerwache.common.config.source import ConfigError
from feuerwache.notifier.apitoken import hash_of
from feuerwache.notifier.commands import app
from feuerwache.notifier.ical.token import person_of
from feuerwache.notifier.schedule.model import load_schedules
from support.pagerduty import document, dumped, entry, layer, user
from support.watchroom import CONFIG, SECRET, written


def run(*arguments: str, config: Path = CONFIG) -> Result:
    return CliRunner().invoke(app, ["oncall", *arguments], env={"FEUERWACHE_CONFIG_DIR": str(config), "COLUMNS": "120"})


def rows(*arguments: str, config: Path = CONFIG) -> Any:
    return json.loads(run(*arguments, "--json", config=config).stdout)


def test_who_names_each_layer_and_until_when_in_the_zone_that_is_asked_for() -> None:
    result = run("who", "--at", "2026-11-14T21:00")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "morgenrot/first: Anna Bergmann, until Mon 16 Nov 08:00",
        "morgenrot/deputy: Jonas Keller, until Mon 16 Nov 08:00",
        "morgenrot/head: Selin Yıldız, until Mon 16 Nov 08:00",
    ]
    there = run("who", "--at", "2026-11-14T21:00", "--zone", "America/New_York")
    assert "Anna Bergmann, until Mon 16 Nov 02:00" in there.output


def test_who_reads_an_instant_with_or_without_an_offset() -> None:
    answers = [
        rows("who", "--at", at) for at in ("2026-11-13T18:00", "2026-11-13T17:00:00+00:00", "2026-11-13T17:59:59")
    ]
    people = [[row["people"] for row in answer] for answer in answers]
    assert people[0] == people[1] == [["anna.bergmann"], ["jonas.keller"], ["selin.yildiz"]]
    assert people[2] != people[0]
    assert answers[0][0]["until"] == "2026-11-16T08:00:00+01:00"


@pytest.mark.parametrize(
    ("at", "code", "said"),
    [
        ("2020-01-01T00:00", 1, "Nobody is on call in morgenrot/first"),
        ("yesterday", 2, "is no time; write 2026-11-14T21:00"),
        ("2026-10-25T02:30", 2, "comes twice in Europe/Berlin; write 2026-10-25T02:30:00+02:00"),
        ("2027-03-28T02:30", 2, "does not exist in Europe/Berlin"),
        ("2026-11-14T21:00:00+99:00", 2, "is no time"),
    ],
)
def test_who_fails_when_a_layer_has_nobody_and_when_the_time_is_none(at: str, code: int, said: str) -> None:
    result = run("who", "--at", at)
    assert result.exit_code == code
    assert said in " ".join(result.output.replace("│", " ").split())


def test_unknown_names_are_answered_with_those_there_are() -> None:
    for arguments, known in (
        (["who", "--schedule", "none"], "there is: morgenrot"),
        (["who", "--zone", "Mars/Base"], "is no time zone"),
        (["calendar", "--person", "eve"], "names: anna.bergmann"),
        (["export", "--ics", "--team", "none"], "there is: customer-service"),
        (["export", "--ics"], "give one of them"),
        (["export", "--person", "anna.bergmann"], "there is --ics"),
        (["address", "eve"], "names: anna.bergmann"),
        (["fairness", "--schedule", "none"], "there is: morgenrot"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2, arguments
        assert known in " ".join(result.output.replace("│", " ").split()), result.output


def test_calendar_covers_the_days_without_holes() -> None:
    arguments = ["calendar", "--from", "2026-10-24T00:00", "--days", "30"]
    first = [row for row in rows(*arguments) if row["layer"] == "first"]
    assert [row["to"] for row in first[:-1]] == [row["from"] for row in first[1:]]
    assert first[0]["people"] == []
    assert first[1]["from"] == "2026-11-02T08:00:00+01:00"
    assert run(*arguments, "--schedule", "none").exit_code == 2
    mine = rows(*arguments, "--person", "anna.bergmann")
    assert mine and all(row["people"] == ["anna.bergmann"] for row in mine)


def test_calendar_in_a_terminal_shows_weeks_and_says_who_is_missing() -> None:
    shown = run("calendar", "--from", "2026-10-24", "--days", "16").output
    assert "Week 43" in shown and "Week 45" in shown
    assert "08:00 Anna" in shown
    assert "Nobody is reached:" in shown
    assert "morgenrot/first: Sat 24 Oct 00:00 – Mon 2 Nov 08:00 (225 h) nobody" in shown, (
        "with the hour that comes twice"
    )
    german = run("calendar", "--from", "2026-11-24", "--days", "3", "--language", "de").output
    assert "Woche 48" in german and "Di" in german and "Nobody" not in german
    narrow = CliRunner().invoke(
        app,
        ["oncall", "calendar", "--from", "2026-11-24", "--days", "3", "--config", str(CONFIG)],
        env={"COLUMNS": "40"},
    )
    assert "morgenrot/first: Tue 24 Nov 00:00 – Fri 27 Nov 00:00 (72 h) Anna Bergmann" in narrow.output


def test_calendar_as_a_page_stands_alone(tmp_path: Path) -> None:
    page = tmp_path / "roster.html"
    arguments = ["calendar", "--from", "2026-10-24", "--days", "16", "--language", "de", "--html", str(page)]
    assert run(*arguments).exit_code == 0
    text = page.read_text()
    assert '<html lang="de">' in text and "Woche 44" in text and "Anna Bergmann" in text
    assert "Niemand wird erreicht:" in text and "Sa 24. Okt. 00:00 – Mo 2. Nov. 08:00 (225 h)" in text
    assert "<script" not in text and "http" not in text
    assert text.count('role="row"') == 3 * 4


def test_export_is_the_persons_calendar(tmp_path: Path) -> None:
    arguments = ["export", "--ics", "--person", "anna.bergmann", "--from", "2026-11-02", "--days", "21"]
    printed = run(*arguments)
    assert printed.exit_code == 0
    found = [event["dtstart"].dt.isoformat() for event in Calendar.from_ical(printed.stdout).walk("VEVENT")]  # type: ignore[union-attr]
    assert found[0] == "2026-11-02T07:00:00+00:00"
    assert run(*arguments, "-o", str(tmp_path / "a.ics")).exit_code == 0
    stripped = [line for line in printed.stdout.splitlines() if not line.startswith("DTSTAMP")]
    again = [line for line in (tmp_path / "a.ics").read_text().splitlines() if not line.startswith("DTSTAMP")]
    assert again == stripped


def test_address_gives_what_the_notifier_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEUERWACHE_LINK_SECRET", SECRET.decode())
    monkeypatch.setenv("FEUERWACHE_NOTIFIER_URL", "https://wache.example")
    given = rows("address", "murat.oezdemir")
    page, own, team, schedule = run("address", "murat.oezdemir").output.splitlines()
    assert [page, own, team, schedule] == [given["page"], *given["calendars"]]
    token = page.removeprefix("https://wache.example/calendar/").removesuffix("/")
    found = person_of(token, load_people(CONFIG), SECRET)
    assert found is not None and found.id == "murat.oezdemir"
    assert (own, team, schedule) == (
        f"{page}me.ics",
        f"{page}team/customer-service.ics",
        f"{page}schedule/morgenrot.ics",
    )
    monkeypatch.setenv("FEUERWACHE_LINK_SECRET", "short")
    assert run("address", "murat.oezdemir").exit_code == 1


def test_token_prints_a_token_and_its_hash() -> None:
    given = json.loads(run("token", "--json").output)
    assert given["token_sha256"] == hash_of(given["token"])
    assert given["token"] != json.loads(run("token", "--json").output)["token"]


def test_fairness_tells_hours_by_person() -> None:
    found = rows("fairness", "--from", "2026-11-02", "--days", "84", "--schedule", "morgenrot")
    first = {share["person"]: share for share in found if share["layer"] == "first"}
    assert set(first) == {"anna.bergmann", "jonas.keller", "murat.oezdemir"}
    assert sum(share["hours"] for share in first.values()) == 84 * 24 - 8, "it begins at 08:00"
    assert "Anna Bergmann" in run("fairness", "--from", "2026-11-02", "--days", "84").output


def test_a_broken_configuration_is_said_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("people: []\n")
    with pytest.raises(ConfigError, match=r"people\.yaml:1:1"):
        CliRunner().invoke(app, ["oncall", "who", "--config", str(tmp_path)], catch_exceptions=False)


def test_a_pagerduty_schedule_becomes_a_file_that_can_be_used(tmp_path: Path) -> None:
    config = written(tmp_path / "config")
    (tmp_path / "pd.json").write_bytes(dumped(document(layer())))
    made = run("import", "pagerduty", str(tmp_path / "pd.json"), "-o", str(config / "schedules.yaml"), config=config)
    assert made.exit_code == 0, made.output
    schedules = load_schedules(config, load_people(config))
    assert [schedule.id for schedule in schedules.schedules] == ["bereitschaft-koeln"]
    printed = run("import", "pagerduty", str(tmp_path / "pd.json"), config=config)
    assert printed.stdout == (config / "schedules.yaml").read_text()


def test_what_an_import_loses_is_said_and_its_exit_code_is_1(tmp_path: Path) -> None:
    config = written(tmp_path / "config")
    wrong = {"rendered_schedule_entries": [entry("2026-12-03T09:00:00+01:00", "2026-12-04T09:00:00+01:00", "PBO0002")]}
    value = document(layer(), layer(name="odd", rotation_turn_length_seconds=100_000), final_schedule=wrong)
    (tmp_path / "pd.json").write_bytes(dumped(value))
    told = run("import", "pagerduty", str(tmp_path / "pd.json"), config=config)
    assert told.exit_code == 1
    assert "NOT TRANSLATED: Bereitschaft Köln: 'odd': turns of 1 day, 3:46:40" in told.stderr
    assert "NOT TRANSLATED: Bereitschaft Köln: 2026-12-03 09:00 – 2026-12-04 09:00: PagerDuty has bo" in told.stderr
    (tmp_path / "pd.json").write_bytes(dumped(document(layer(users=[user("PADA001"), user("PEVE009")]))))
    told = run("import", "pagerduty", str(tmp_path / "pd.json"), config=config)
    assert (told.exit_code, "PEVE009) is not in people.yaml" in told.stderr) == (1, True)
    told = run("import", "pagerduty", str(tmp_path / "pd.json"), "--map", "PEVE009=cy", config=config)
    assert (told.exit_code, told.stderr) == (0, "")
    for text, code in (("{}", 2), ("[", 2)):
        (tmp_path / "pd.json").write_text(text)
        assert run("import", "pagerduty", str(tmp_path / "pd.json"), config=config).exit_code == code
    assert run("import", "pagerduty", config=config).exit_code == 2
    assert "needs a token" in " ".join(run("import", "pagerduty", "--all", config=config).output.split())
