"""`feuerwache rules …`: the tests that stand beside the rules; changes tried on the past stand in `replay.commands`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from feuerwache.common.config.source import ConfigError
from feuerwache.escalation.rules.engine import profile_commands
from feuerwache.escalation.rules.forwarding import forward_commands
from feuerwache.escalation.rules.replay import commands as replay_commands
from feuerwache.escalation.rules.sets.compiled import RuleSet
from feuerwache.escalation.rules.sets.junit import junit
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from feuerwache.escalation.rules.sets.trial import TrialResult, try_rules

app = typer.Typer(no_args_is_help=True, help="House rules: their tests, and changes tried on the past.")
#: A group of its own: `feuerwache forwards`.
forwards_app = forward_commands.app

Folder = Annotated[Path, typer.Argument(help="A folder of rules, or one that holds such folders.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Junit = Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML into this file, for build servers.")]


@app.callback()
def rules() -> None:
    """House rules: YAML with conditions in CEL, each with its tests beside it (docs/how-to-add-a-rule.md)."""


@app.command("test")
def test(folder: Folder = Path("config/rules"), junit_file: Junit = None, as_json: AsJson = False) -> None:
    """Reads rules with all they include, checks them, and runs the tests that stand beside them.

    A test is a post and what its rule is to ask for. What it does not give is
    unremarkable: an author who has been here for a year, a quiet thread, no
    scores, noon on a working day. `expect: []` is a post to leave alone.

    Exit code 1 when a test fails or a rule cannot be used. Whatever is wrong
    is told as file:line:column; `--json` says which rules have no tests, too.

    Examples:

        feuerwache rules test config/rules/brand-de

        feuerwache rules test --junit results.xml

    What is doubtful about rules that can be used (one that another covers, a
    part that is always true) is told by `feuerwache check`; what a changed
    rule would have done last week by `feuerwache rules replay`.
    """
    try:
        sets = [load_ruleset(each, tested=False) for each in _rule_folders(folder)]
    except ConfigError as error:
        _say_problems(error, as_json)
        raise typer.Exit(1) from error
    suites = {each.name: list(try_rules(each)) for each in sets}
    results = [result for each in suites.values() for result in each]
    if junit_file is not None:
        junit_file.write_text(junit(suites))
    if as_json:
        typer.echo(json.dumps(_summary(sets, results), ensure_ascii=False))
    else:
        _say(sets, results)
    if not all(result.passed for result in results):
        raise typer.Exit(1)


def _rule_folders(folder: Path) -> list[Path]:
    if any(folder.glob("*.y*ml")):
        return [folder]
    return sorted(each for each in folder.glob("*") if each.is_dir()) or [folder]


def _untested(sets: list[RuleSet]) -> list[str]:
    return [compiled.rule.id for each in sets for compiled in each.rules if not compiled.rule.tests]


def _summary(sets: list[RuleSet], results: list[TrialResult]) -> dict[str, object]:
    return {
        "rules": sum(len(each.rules) for each in sets),
        "tests": len(results),
        "failed": [asdict(result) for result in results if not result.passed],
        "untested": _untested(sets),
    }


def _say(sets: list[RuleSet], results: list[TrialResult]) -> None:
    failed = [result for result in results if not result.passed]
    for result in failed:
        typer.echo(str(result.problem))
    untested = _untested(sets)
    if untested:
        typer.echo(f"without tests: {', '.join(untested)}")
    rules_read = sum(len(each.rules) for each in sets)
    tested = f"{rules_read - len(untested)} of {rules_read} rules have tests"
    typer.echo(f"{rules_read} rules, {len(results)} tests, {len(failed)} failed; {tested}")


def _say_problems(error: ConfigError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"problems": [asdict(problem) for problem in error.problems]}, ensure_ascii=False))
    else:
        for problem in error.problems:
            typer.echo(str(problem), err=True)


profile_commands.add_to(app)
replay_commands.add_to(app)
