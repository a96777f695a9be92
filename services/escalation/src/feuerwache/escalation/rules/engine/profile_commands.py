"""`feuerwache rules profile`: what each rule of a set costs a post."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from feuerwache.common.config.source import ConfigError
from feuerwache.escalation.rules.engine.profile import HARMLESS, SetProfile, profile
from feuerwache.escalation.rules.language.context import Context
from feuerwache.escalation.rules.sets.rule import RuleTest
from feuerwache.escalation.rules.sets.ruleset import load_ruleset
from feuerwache.escalation.rules.sets.trial import context_of

Folder = Annotated[Path, typer.Argument(help="A folder of rules, or a configuration or a folder that holds such.")]
Posts = Annotated[Path | None, typer.Option(help="Posts to measure with: a JSON object a line, as in a rule's tests.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a set on standard output.")]
#: Folders of rules that are no sets: other sets include their files.
SHARED = "common"


def add_to(app: typer.Typer) -> None:
    app.command("profile", help=_HELP)(run)


_HELP = f"""What each rule costs a post, in microseconds of this machine, dearest first.

"in CEL" is what asking the rule would cost; "now" what is left of that, since most posts are decided before: the column
"decided" says how many. Without --posts it is measured over the posts of the rules' own tests, each with {HARMLESS}
unremarkable ones beside it.

Exit code 1 when the rules or the posts cannot be read.

Examples:

    feuerwache rules profile config/rules/brand-de

    feuerwache rules profile --posts posts.jsonl --json

A line of posts.jsonl: {{"post": {{"text": "…"}}, "labels": {{"hate": 0.8}}, "author": {{"posts_1h": 3}}}}"""


def run(folder: Folder = Path("config"), posts: Posts = None, as_json: AsJson = False) -> None:
    try:
        measured = _read(posts) if posts is not None else []
        profiles = [profile(load_ruleset(each), measured) for each in _sets(folder)]
    except ConfigError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(1) from error
    except _Unreadable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for each in profiles:
        if as_json:
            typer.echo(json.dumps(asdict(each), ensure_ascii=False))
        else:
            _say(each)


class _Unreadable(Exception):  # noqa: N818 - says what the file is
    """The file of posts is no such file."""


def _sets(folder: Path) -> list[Path]:
    inside = folder / "rules" if (folder / "rules").is_dir() else folder
    if any(inside.glob("*.y*ml")):
        return [inside]
    return sorted(each for each in inside.glob("*") if each.is_dir() and each.name != SHARED) or [inside]


def _read(path: Path) -> list[Context]:
    contexts: list[Context] = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _Unreadable(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            contexts.append(context_of(RuleTest.model_validate({**json.loads(line), "expect": []})))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise _Unreadable(f"{path}:{number}: {where}: {first['msg']}") from error
        except (ValueError, TypeError) as error:
            raise _Unreadable(f"{path}:{number}: is no JSON object: {error}") from error
    if not contexts:
        raise _Unreadable(f"{path}: holds no posts")
    return contexts


def _say(found: SetProfile) -> None:
    table = Table(title=f"{found.name}: {found.us:.1f} µs a post with all rules ({found.in_cel:.0f} in CEL alone)")
    table.add_column("rule")
    for name in ("now, µs", "in CEL, µs", "decided", "held", "failed"):
        table.add_column(name, justify="right")
    for rule in found.rules:
        table.add_row(
            rule.rule_id,
            f"{rule.us:.2f}",
            f"{rule.in_cel:.1f}",
            f"{rule.decided:.1%}",
            f"{rule.held:.1%}",
            f"{rule.failed:.1%}" if rule.failed else "",
        )
    Console().print(table)
    Console().print(f"{len(found.rules)} rules, {found.posts} posts")
