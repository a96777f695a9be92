"""The worked example of docs/rules/replay.md is what the command really prints."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from feuerwache.escalation.rules.replay.file import written as line
from feuerwache.escalation.rules.replay.gate import _SUMS
from feuerwache.escalation.rules.replay.table import show
from feuerwache.escalation.rules.settings import RulesSettings
from support.replays import configuration, past, tried

PAGE = Path(__file__).parents[5] / "docs" / "rules" / "replay.md"


def test_the_example_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    configuration(tmp_path / "config")
    Path("posts.jsonl").write_text("".join(f"{line(each)}\n" for each in past(200)))
    configuration(tmp_path / "config.new", insult="0.6")
    settings = RulesSettings(config_dir=Path("config"))
    console = Console(width=110, record=True, file=StringIO())
    show(tried(settings, Path("config.new"), path=Path("posts.jsonl")), console)
    printed = "\n".join(each.rstrip() for each in console.export_text().splitlines())
    told = "$ feuerwache rules replay --from posts.jsonl --with config.new\n" + printed
    found = re.search(r"```text\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    assert found[1] == told.rstrip()


def test_every_figure_of_a_gate_is_named() -> None:
    text = PAGE.read_text()
    assert all(f"`{name}`" in text for name in _SUMS)
