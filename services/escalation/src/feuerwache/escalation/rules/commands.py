"""`feuerwache rules …`: the tests that stand beside the rules; changes tried on the past stand in `replay.commands`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from feuerwache.common.config.source import ConfigError
from feuerwache.escalation.rules.replay import commands as replay_commands
from feuerwache.escalation.rules.ruleset import RuleSet, load_ruleset
from feuerwache.escalation.rules.trial import TrialResult, try_rules

app = typer.Typer(no_args_is_help=True, help="House rules: their tests, and changes tried on the past.")

Folder = Annotated[Path, typer.Argument(help="A folder of rules, or one that holds such folders.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.callback()
def rules() -> None:
    """House rules: YAML with conditions in CEL, each with its tests beside it (docs/how-to-add-a-rule.md)."""


@app.command("test")
def test(folder: Folder = Path("config/rules"), as_json: AsJson = False) -> None:
    """Runs the tests that stand beside each rule; exit code 1 when one fails or a rule cannot be read.

    Example: feuerwache rules test config/rules/brand-de
    """
    try:
        sets = [load_ruleset(each) for each in _rule_folders(folder)]
    except ConfigError as error:
        _say_problems(error, as_json)
        raise typer.Exit(1) from error
    results = [result for each in sets for result in try_rules(each)]
    untested = [compiled.rule.id for each in sets for compiled in each.rules if not compiled.rule.tests]
    if as_json:
        typer.echo(json.dumps(_summary(sets, results, untested), ensure_ascii=False))
    else:
        _say(sets, results, untested)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _rule_folders(folder: Path) -> list[Path]:
    if any(folder.glob("*.y*ml")):
        return [folder]
    return sorted(each for each in folder.glob("*") if each.is_dir()) or [folder]


def _summary(sets: list[RuleSet], results: list[TrialResult], untested: list[str]) -> dict[str, object]:
    return {
        "rules": sum(len(each.rules) for each in sets),
        "tests": len(results),
        "failed": [asdict(result) for result in results if not result.passed],
        "untested": untested,
    }


def _say(sets: list[RuleSet], results: list[TrialResult], untested: list[str]) -> None:
    failed = [result for result in results if not result.passed]
    for result in failed:
        typer.echo(f"{result.file}: {result.rule_id}, test {result.number} ({result.name})")
        if result.error:
            typer.echo(f"    could not be evaluated: {result.error}")
        else:
            typer.echo(f"    expected {_actions(result.expected)}, got {_actions(result.got)}")
    if untested:
        typer.echo(f"without tests: {', '.join(untested)}")
    rules_read = sum(len(each.rules) for each in sets)
    typer.echo(f"{rules_read} rules, {len(results)} tests, {len(failed)} failed")


def _actions(actions: tuple[str, ...]) -> str:
    return f"[{', '.join(actions)}]"


def _say_problems(error: ConfigError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"problems": [asdict(problem) for problem in error.problems]}, ensure_ascii=False))
    else:
        for problem in error.problems:
            typer.echo(str(problem), err=True)


replay_commands.add_to(app)
