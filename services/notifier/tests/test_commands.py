from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.common.config.source import ConfigError
from feuerwache.notifier.commands import app

CONFIG = str(Path(__file__).parents[3] / "config")


def test_who_names_each_layer() -> None:
    result = CliRunner().invoke(app, ["oncall", "who", "--at", "2026-11-14T21:00", "--config", CONFIG])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines() == [
        "morgenrot/first: Anna Bergmann",
        "morgenrot/deputy: Jonas Keller",
        "morgenrot/head: Selin Yıldız",
    ]


def test_who_reads_an_instant_with_or_without_an_offset() -> None:
    answers = [
        json.loads(CliRunner().invoke(app, ["oncall", "who", "--at", at, "--config", CONFIG, "--json"]).output)
        for at in ("2026-11-13T18:00", "2026-11-13T17:00:00+00:00", "2026-11-13T17:59:59")
    ]
    people = [[row["people"] for row in answer] for answer in answers]
    assert people[0] == people[1] == [["anna.bergmann"], ["jonas.keller"], ["selin.yildiz"]]
    assert people[2] != people[0]


def test_who_fails_when_a_layer_has_nobody_and_when_the_time_is_none() -> None:
    for at, code in (("2020-01-01T00:00", 1), ("yesterday", 2)):
        assert CliRunner().invoke(app, ["oncall", "who", "--at", at, "--config", CONFIG]).exit_code == code


def test_calendar_covers_the_days_without_holes() -> None:
    arguments = ["oncall", "calendar", "--from", "2026-10-24T00:00", "--days", "30", "--config", CONFIG]
    rows = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).output)
    first = [row for row in rows if row["layer"] == "first"]
    assert [row["to"] for row in first[:-1]] == [row["from"] for row in first[1:]]
    assert first[0]["people"] == []
    assert first[1]["from"] == "2026-11-02T08:00:00+01:00"
    table = CliRunner().invoke(app, arguments).output
    assert "nobody" in table
    assert CliRunner().invoke(app, [*arguments, "--schedule", "none"]).exit_code == 2


def test_a_broken_configuration_is_said_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("people: []\n")
    with pytest.raises(ConfigError, match=r"people\.yaml:1:1"):
        CliRunner().invoke(app, ["oncall", "who", "--config", str(tmp_path)], catch_exceptions=False)
