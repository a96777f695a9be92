"""`feuerwache baseline …` and `feuerwache crisis …`: what was usual, and how a series would have been judged."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from feuerwache.common.config.community import load_communities
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.topics import COMMUNITIES_PULSE
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.crisis.csvfile import BadFile, Count, read_counts, read_series
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.imports import import_pulses, outgoing
from feuerwache.escalation.crisis.judging_commands import judge
from feuerwache.escalation.crisis.score import Scored, score

app = typer.Typer(no_args_is_help=True, help="The crisis detectors, offline.")
baseline_app = typer.Typer(no_args_is_help=True, help="What is usual in a community.")

AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]
File = Annotated[Path, typer.Argument(help="A CSV file.", show_default=False)]
PULSES_PER_SEND = 20


@baseline_app.callback()
def baseline() -> None:
    """What is usual in a community: learnt live, or imported from counts of earlier weeks (docs/detectors)."""


@app.callback()
def crisis() -> None:
    """The crisis detectors, offline (docs/detectors)."""


app.command("judge")(judge)


@baseline_app.command("import")
def import_counts(
    file: File,
    community: Annotated[
        str | None, typer.Option(help="Only this community; the file may then lack the column.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Teaches the detectors what earlier weeks were like. Importing the same file twice changes nothing.

    The file has a line `community,start,posts,negative` and one row per quarter hour, times in ISO 8601 with zone:

        morgenrot-forum,2026-10-17T19:30:00+02:00,74,3

    Example: feuerwache baseline import weeks.csv
    """
    try:
        settings = CommonSettings.from_environment()
        counts = read_counts(file, community)
        _known(settings, file, counts)
        pulses = asyncio.run(_publish(settings, counts, quiet=as_json))
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
    communities = sorted({count.community for count in counts})
    if as_json:
        typer.echo(json.dumps({"rows": len(counts), "communities": communities, "pulses": pulses}))
    else:
        typer.echo(f"{len(counts)} quarter hours of {', '.join(communities)} imported.")


@app.command("score")
def score_series(
    file: File,
    false_alarms_per_week: Annotated[float, typer.Option(min=0.0001, help="What a quiet week may cost.")] = 0.2,
    as_json: AsJson = False,
) -> None:
    """Scores a series of counts with the volume detector alone, each row by what came before it.

    The file has a line `timestamp,value` and one row per interval, any regular spacing. Standard output gets
    `timestamp,value,score,alarm`: the surprise in nats, and 1 where an alarm would have been raised.

    Example: feuerwache crisis score tweets.csv > scored.csv
    """
    try:
        scored = list(score(read_series(file), Sensitivity(false_alarms_per_week)))
    except BadFile as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps([_fields(each) for each in scored]))
        return
    typer.echo("timestamp,value,score,alarm")
    for each in scored:
        typer.echo(",".join(str(value) for value in _fields(each).values()))


def _fields(scored: Scored) -> dict[str, object]:
    value = scored.row.value
    return {
        "timestamp": scored.row.text,
        "value": int(value) if value == int(value) else value,
        "score": scored.score,
        "alarm": int(scored.alarm),
    }


def _known(settings: CommonSettings, file: Path, counts: Sequence[Count]) -> None:
    """A misspelt community would be refused later, one pulse after the other, where nobody looks."""
    if not counts:
        raise BadFile(f"{file}: holds no rows for this")
    known = load_communities(settings.config_dir)
    unknown = sorted({count.community for count in counts if known.get(count.community) is None})
    if unknown:
        raise BadFile(f"{file}: not in {settings.config_dir / 'communities.yaml'}: {', '.join(unknown)}")


async def _publish(settings: CommonSettings, counts: Sequence[Count], quiet: bool) -> int:
    topic, now = settings.topics().of(COMMUNITIES_PULSE), settings.clock().now()
    records = [outgoing(pulse, topic, now) for pulse in import_pulses(counts, settings.shards)]
    console = Console(stderr=True, quiet=quiet)
    async with EventProducer(settings) as producer:
        batches = [records[start : start + PULSES_PER_SEND] for start in range(0, len(records), PULSES_PER_SEND)]
        for batch in track(batches, "Importing", console=console, transient=True):
            await producer.send_all(batch)
    return len(records)
