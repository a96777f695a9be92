"""Every example of docs/on-call/schedules.md is what the page says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feuerwache.common.config.source import read
from feuerwache.notifier.commands import app
from feuerwache.notifier.schedule.model import Schedules, load_schedules
from feuerwache.notifier.schedule.oncall import who
from feuerwache.notifier.schedule.outlook import outlook
from support.oncall import at, people

PAGE = Path(__file__).parents[4] / "docs/on-call/schedules.md"
EXAMPLE = re.compile(r"^## (.+?)$.*?^```yaml\n(.*?)^```\n\n```\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAID = re.compile(
    r"^(?P<weekday>\w{3}) (?P<at>\d{4}-\d\d-\d\d \d\d:\d\d)  (?P<schedule>\w+)/(?P<layer>\w+) +(?P<who>\w+)"
)
TEAM = people("anna", "murat", "jonas", "selin", "kaethe")
NOW = at("2026-11-14 12:00")


@dataclass(frozen=True)
class Example:
    heading: str
    text: str
    said: list[str]

    def load(self, folder: Path) -> Schedules:
        (folder / "schedules.yaml").write_text(self.text, "utf-8")
        return load_schedules(folder, TEAM)


EXAMPLES = [
    Example(heading, text, said.splitlines())
    for part in re.split(r"(?=^## )", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    for heading, text, said in EXAMPLE.findall(part)
]
ROSTERS = [example for example in EXAMPLES if SAID.match(example.said[0])]
FINDINGS = [example for example in EXAMPLES if example not in ROSTERS]


def test_the_page_has_its_examples() -> None:
    assert len(ROSTERS) == 6
    assert len(FINDINGS) == 1
    assert PAGE.read_text("utf-8").count("```yaml") == len(EXAMPLES)


@pytest.mark.parametrize("example", ROSTERS, ids=lambda example: example.heading)
def test_who_is_on_call_is_who_the_page_says(example: Example, tmp_path: Path) -> None:
    schedules = example.load(tmp_path)
    for line in example.said:
        said = SAID.match(line)
        assert said is not None, line
        instant = at(said["at"])
        assert f"{instant:%a}" == said["weekday"], line
        schedule = schedules.get(said["schedule"])
        assert schedule is not None, line
        assert who(schedule, said["layer"], instant) == (() if said["who"] == "nobody" else (said["who"],)), line


@pytest.mark.parametrize("example", FINDINGS, ids=lambda example: example.heading)
def test_what_check_finds_is_what_the_page_says(example: Example, tmp_path: Path) -> None:
    schedules = example.load(tmp_path)
    found = outlook(read(tmp_path / "schedules.yaml"), schedules, NOW)
    lines = [str(problem).replace(f"{tmp_path}/", "") for problem in sorted((*found.errors, *found.warnings))]
    assert lines == example.said


def test_the_commands_of_the_page_are_there() -> None:
    named = {*re.findall(r"feuerwache oncall ([a-z-]+)", PAGE.read_text("utf-8"))}
    assert named >= {"who", "absent", "take-over", "swap", "cancel", "fairness"}
    for name in named:
        assert CliRunner().invoke(app, ["oncall", name, "--help"]).exit_code == 0, name
