"""The command line of all members: one top level, and a broken member takes nobody down."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from feuerwache.cli.members import ENTRY_POINTS, merge

MEMBER = """
import typer

app = typer.Typer()
group = typer.Typer()
app.add_typer(group, name="{group}")


@app.command()
def {command}() -> None:
    typer.echo("{says}")


@group.command("show")
def show() -> None:
    typer.echo("{says} shows")
"""


def member(folder: Path, name: str, source: str) -> EntryPoint:
    module = f"{folder.name.replace('-', '_')}_{name}"
    (folder / f"{module}.py").write_text(source, "utf-8")
    return EntryPoint(name=name, value=f"{module}:app", group=ENTRY_POINTS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def invoke(root: typer.Typer, *arguments: str) -> str:
    result = CliRunner().invoke(root, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_commands_and_groups_of_members_stand_side_by_side(folder: Path) -> None:
    root = typer.Typer()
    one = member(folder, "one", MEMBER.format(group="rules", command="light_fire", says="one"))
    two = member(folder, "two", MEMBER.format(group="topics", command="classify", says="two"))
    assert merge(root, [one, two]) == []
    assert invoke(root, "light-fire") == "one"
    assert invoke(root, "classify") == "two"
    assert invoke(root, "topics", "show") == "two shows"


def test_a_broken_member_is_named_and_the_others_work(folder: Path) -> None:
    root = typer.Typer()
    broken = member(folder, "broken", "raise ImportError('no module for this')")
    wrong = member(folder, "wrong", "app = 7")
    missing = EntryPoint(name="missing", value="nowhere_at_all:app", group=ENTRY_POINTS)
    good = member(folder, "good", MEMBER.format(group="topics", command="classify", says="good"))
    problems = merge(root, [broken, wrong, missing, good])
    assert [problem.split()[3] for problem in problems] == ["broken", "wrong", "missing"]
    assert "no module for this" in problems[0]
    assert invoke(root, "classify") == "good"


def test_a_name_that_is_taken_is_left_out_and_said(folder: Path) -> None:
    root = typer.Typer()
    one = member(folder, "one", MEMBER.format(group="rules", command="classify", says="one"))
    two = member(folder, "two", MEMBER.format(group="rules", command="check", says="two"))
    [problem] = merge(root, [one, two])
    assert "'rules show' of two" in problem
    assert invoke(root, "rules", "show") == "one shows"
    assert invoke(root, "check") == "two"


def test_the_installed_command_helps_and_says_its_version() -> None:
    command = [sys.executable, "-m", "feuerwache.cli"]
    help_text = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "topics" in help_text
    assert "demo" in help_text
    shown = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    assert shown.startswith("feuerwache 0.")


def test_a_group_of_two_members_is_one_and_each_keeps_its_own(folder: Path) -> None:
    one = member(folder, "one", MEMBER.format(group="incidents", command="classify", says="one"))
    more = MEMBER.format(group="incidents", command="check", says="two").replace('"show"', '"draft"')
    two = member(folder, "two", more)
    for _ in range(2):
        root = typer.Typer()
        assert merge(root, [one, two]) == []
        assert invoke(root, "incidents", "show") == "one shows"
        assert invoke(root, "incidents", "draft") == "two shows"
