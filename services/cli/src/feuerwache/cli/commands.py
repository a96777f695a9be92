"""`feuerwache check`: what is wrong with the configuration, before it is used; `simulate`: what it would have done."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from feuerwache.cli.simulate.commands import simulate

app = typer.Typer()
app.command()(simulate)


@app.command()
def check(
    config_dir: Annotated[Path, typer.Argument(help="The configuration directory.")] = Path("config"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Reads the whole configuration and says everything that is wrong with it, with file and line.

    Rules are read with all they include, their conditions checked (names, types, cost, whether they can be true) and
    their tests run; a rule without tests, or one that another covers, is a warning. Policies, schedules and people are
    held against each other; hours of the next 90 days without anybody on call are warnings, and a watch that nobody
    watches: no community of canaries, or no FEUERWACHE_DEADMAN_URL in the environment. Exit code 1 when there is an
    error.

    Example: feuerwache check config
    """
    from feuerwache.cli.check import check as examine  # noqa: PLC0415 - keeps every other command fast

    deadman = bool(os.environ.get("FEUERWACHE_DEADMAN_URL"))
    findings = examine(config_dir, datetime.now(UTC), deadman=deadman)
    if as_json:
        typer.echo(json.dumps(asdict(findings), ensure_ascii=False))
    else:
        for problem in findings.errors:
            typer.echo(f"error: {problem}")
        for problem in findings.warnings:
            typer.echo(f"warning: {problem}")
        typer.echo(f"{config_dir}: {len(findings.errors)} errors, {len(findings.warnings)} warnings")
    if findings.errors:
        raise typer.Exit(1)
