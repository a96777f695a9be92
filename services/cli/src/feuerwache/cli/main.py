"""The `feuerwache` command: everything the members declare, at one top level, and errors in one line."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from feuerwache.cli import members
from feuerwache.common.errors import FatalError, FeuerwacheError

HELP = """\
Moderation for brand and company communities: posts in, decisions out, the right person paged.

See it work:      feuerwache demo

All services:     feuerwache up, feuerwache status, feuerwache down

One text:         echo "Was seid ihr für Vollidioten!" | feuerwache classify

Every command explains itself with an example: feuerwache COMMAND --help
"""


def show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"feuerwache {version('feuerwache-cli')}")
        raise typer.Exit


def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Says which version this is.")
    ] = False,
) -> None:
    """Carries the options of the command itself."""


def assemble() -> tuple[typer.Typer, list[str]]:
    """The whole command, and what could not become part of it."""
    app = typer.Typer(
        name="feuerwache",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=HELP)(root)
    return app, members.merge(app, members.installed())


def main() -> None:
    """Entry point. Expected errors are one line on standard error and an exit code that is not 0."""
    app, problems = assemble()
    for problem in problems:
        typer.echo(f"feuerwache: {problem}", err=True)
    try:
        app()
    except FeuerwacheError as error:
        typer.echo(f"feuerwache: {error}", err=True)
        raise SystemExit(error.exit_code if isinstance(error, FatalError) else 1) from error


if __name__ == "__main__":
    main()
