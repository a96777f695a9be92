"""What docs/on-call/calendars.md shows is what the command says; what it only names is a command with those options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from feuerwache.notifier.commands import app

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/on-call/calendars.md").read_text()
_SHOWN = re.compile(r"^```console\n\$ feuerwache (.*)\n((?:.*\n)*?)```$", re.MULTILINE)
_NAMED = re.compile(r"(?:`|^    (?:[A-Z_]+=\S+ )?)feuerwache (oncall [^`\n]+)", re.MULTILINE)


@pytest.mark.parametrize(("command", "says"), _SHOWN.findall(DOCUMENT), ids=lambda each: str(each).split("\n")[0][:40])
def test_what_is_shown_is_said(command: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`…` stands for anything."""
    monkeypatch.setenv("FEUERWACHE_CONFIG_DIR", str(ROOT / "config"))
    monkeypatch.setenv("FEUERWACHE_LINK_SECRET", "s" * 32)
    monkeypatch.setenv("FEUERWACHE_NOTIFIER_URL", "https://wache.example")
    result = CliRunner().invoke(app, shlex.split(command), env={"COLUMNS": "500"})
    pattern = r"[\s\S]*?".join(re.escape(plain(part)) for part in says.strip().split("…"))
    said = plain(result.output)
    assert re.search(pattern, said), said


def plain(text: str) -> str:
    """Without the frame around an error, and runs of blanks as one."""
    return re.sub(r"[ \r]+", " ", re.sub(r"[│╭╰─╮╯]", "", text))


def test_enough_is_shown_and_named() -> None:
    assert len(_SHOWN.findall(DOCUMENT)) >= 6
    assert len(_NAMED.findall(DOCUMENT)) >= 12


@pytest.mark.parametrize("command", sorted({*_NAMED.findall(DOCUMENT)}))
def test_what_is_named_is_a_command_with_these_options(command: str) -> None:
    found = get_command(app)
    words = shlex.split(command)
    while words and not words[0].startswith("-") and hasattr(found, "commands") and words[0] in found.commands:
        found = found.commands[words.pop(0)]
    assert not hasattr(found, "commands"), f"{command}: no such command"
    options = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} <= options
