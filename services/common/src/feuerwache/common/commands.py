"""`feuerwache topics`, `dlq` and `events`: the broker's side of operating, and the contract as documents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.documents import documents
from feuerwache.common.kafka import admin, deadletters
from feuerwache.common.settings import CommonSettings

app = typer.Typer(no_args_is_help=True)
topics = typer.Typer(no_args_is_help=True, help="The Kafka topics: what is missing, and creating it.")
dlq = typer.Typer(no_args_is_help=True, help="Dead letters: records that a stage could not handle.")
events = typer.Typer(no_args_is_help=True, help="The event contract as documents.")
app.add_typer(topics, name="topics")
app.add_typer(events, name="events")
app.add_typer(dlq, name="dlq")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
T = TypeVar("T")


@topics.command("plan")
def topics_plan(as_json: AsJson = False) -> None:
    """Says what `apply` would do; changes nothing. Exit code 1 when something differs.

    Example: FEUERWACHE_KAFKA_BOOTSTRAP=kafka:9092 feuerwache topics plan
    """
    changes = _run(admin.plan(CommonSettings.from_environment()))
    _show(changes, as_json)
    raise typer.Exit(1 if changes else 0)


@topics.command("apply")
def topics_apply(as_json: AsJson = False) -> None:
    """Creates what is missing and puts settings right. Exit code 1 when a conflict remains.

    Example: FEUERWACHE_KAFKA_REPLICATION=3 feuerwache topics apply
    """
    changes = _run(admin.apply(CommonSettings.from_environment()))
    _show(changes, as_json)
    raise typer.Exit(1 if any(change.what == "conflict" for change in changes) else 0)


@dlq.command("list")
def dlq_list(as_json: AsJson = False) -> None:
    """Every dead letter: where it came from, which stage gave it up, and why. Texts are not shown.

    Example: feuerwache dlq list --json | jq 'group_by(.reason) | map({reason: .[0].reason, n: length})'
    """
    letters = _run(deadletters.read_all(CommonSettings.from_environment()))
    if as_json:
        typer.echo(json.dumps([asdict(letter) for letter in letters], ensure_ascii=False))
        return
    for letter in letters:
        place = f"{letter.topic}[{letter.partition}]@{letter.offset}"
        typer.echo(f"{place}  {letter.stage}  {letter.error_class}: {letter.reason}")
    typer.echo(f"{len(letters)} dead letters", err=True)


@events.command("schema")
def events_schema(
    into: Annotated[Path, typer.Option(help="The documentation's folder.")] = Path("docs"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when something differs.")] = False,
) -> None:
    """Writes a JSON Schema per event type and the AsyncAPI 3 document, from the models.

    Example: feuerwache events schema --into docs
    """
    stale = [
        (into / path, content)
        for path, content in documents(version("feuerwache-common")).items()
        if not (into / path).exists() or (into / path).read_text("utf-8") != content
    ]
    for path, content in stale:
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
        typer.echo(f"{'differs' if check else 'written'}: {path}")
    raise typer.Exit(1 if check and stale else 0)


def _show(changes: Sequence[admin.Change], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        typer.echo(f"{change.what:10} {change.topic}: {change.detail}")
    if not changes:
        typer.echo("All topics stand as they should.")


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
