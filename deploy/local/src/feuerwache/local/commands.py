"""What the local stack adds to the `feuerwache` command: up, down, status, demo, replay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from feuerwache.local.replay_commands import replay

app = typer.Typer(no_args_is_help=True)
app.command()(replay)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


KafkaOption = Annotated[str | None, typer.Option(metavar="HOST:PORT", help="A Kafka of yours; else one is embedded.")]
RedisOption = Annotated[str | None, typer.Option(metavar="URL", help="A Redis of yours; else one is embedded.")]
DetachOption = Annotated[bool, typer.Option("--detach", help="Return once all is ready; `feuerwache down` ends it.")]
OnlyOption = Annotated[list[str] | None, typer.Option(metavar="SERVICE", help="Start only this service (repeatable).")]
OwnOption = Annotated[
    Path | None,
    typer.Option("--input", help="Your posts instead: tab-separated with a `text` column, or JSON lines.", exists=True),
]
WriteOption = Annotated[
    Path | None,
    typer.Option(
        "--write", metavar="FILE", help="Only write what would be played, as JSON lines, and its weeks as CSV."
    ),
]
KeepOption = Annotated[bool, typer.Option("--keep", help="Leave everything running and print the addresses.")]
SpeedOption = Annotated[float, typer.Option(min=1.0, max=1000.0, help="Demo seconds per real second.")]
SpanOption = Annotated[float, typer.Option("--span", min=1.0, help="Minutes of demo time for your own posts.")]


@app.command()
def up(
    kafka: KafkaOption = None, redis: RedisOption = None, detach: DetachOption = False, only: OnlyOption = None
) -> None:
    """Starts all services, by default on an embedded Kafka and Redis, and keeps them running.

    Example: feuerwache up --detach && feuerwache status
    """
    from rich.console import Console  # noqa: PLC0415 - imported when needed: `feuerwache --help` stays quick

    from feuerwache.local import tables  # noqa: PLC0415
    from feuerwache.local.handle import launch  # noqa: PLC0415
    from feuerwache.local.places import checkout  # noqa: PLC0415
    from feuerwache.local.plan import Plan  # noqa: PLC0415
    from feuerwache.local.progress import TerminalReporter  # noqa: PLC0415

    console = Console()
    reporter = TerminalReporter(console)
    plan = Plan(root=checkout(), kafka=kafka, redis=redis, only=tuple(only or ()), lifeline=not detach)
    handle = launch(plan, reporter)
    try:
        known = handle.wait_ready(reporter.say)
    except BaseException:
        handle.stop()
        raise
    console.print(tables.addresses(known))
    if detach:
        return
    console.print("Ctrl-C ends it.")
    try:
        handle.follow(reporter.say)
    except KeyboardInterrupt:
        reporter.say("ending, services first …")
    finally:
        handle.stop()


@app.command()
def down() -> None:
    """Ends what `up --detach` or `demo --keep` left running.

    Example: feuerwache down
    """
    from feuerwache.local.handle import NAMES, end  # noqa: PLC0415
    from feuerwache.local.places import Places, checkout  # noqa: PLC0415

    ended = [name for name in NAMES if end(Places(checkout(), name))]
    typer.echo(f"Ended: {', '.join(ended)}." if ended else "Nothing was running.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """What runs, where, how large it is, and how it is. Exit code 0 only if something runs and all of it is well.

    Example: feuerwache status --json | jq '.[].processes[] | select(.healthy | not)'
    """
    from rich.console import Console  # noqa: PLC0415

    from feuerwache.local import ledger, tables  # noqa: PLC0415
    from feuerwache.local.handle import NAMES, states  # noqa: PLC0415
    from feuerwache.local.places import Places, checkout  # noqa: PLC0415

    found = {}
    for name in NAMES:
        known = ledger.read(Places(checkout(), name).home)
        if known is not None and known.alive():
            found[name] = (known, states(known))
    if as_json:
        documents = [
            {
                "stack": name,
                "phase": known.phase,
                "kafka": known.kafka,
                "redis": known.redis,
                "ingest": known.ingest,
                "notifier": known.notifier,
                "notifier_grpc": known.notifier_grpc,
                "console": known.console,
                "mail": str(known.mail),
                "resident_mb": round(sum(state.resident_mb or 0.0 for state in seen), 1),
                "processes": [state.as_json() for state in seen],
            }
            for name, (known, seen) in found.items()
        ]
        typer.echo(json.dumps(documents))
    else:
        console = Console()
        for name, (known, seen) in found.items():
            console.print(tables.processes(name, known, seen))
        if not found:
            console.print("Nothing runs. feuerwache up starts everything.")
    well = bool(found) and all(state.trouble is None for _, seen in found.values() for state in seen)
    raise typer.Exit(0 if well else 1)


@app.command()
def demo(
    own: OwnOption = None,
    keep: KeepOption = False,
    speed: SpeedOption = 120.0,
    span_minutes: SpanOption = 120.0,
    write: WriteOption = None,
) -> None:
    """Plays a written Saturday night through all services: a crisis, a page nobody answers, a deputy who does.

    Exit code 0 only if nothing was lost, nothing shows up twice and the right people were paged. The figures are in
    `.feuerwache/demo/summary.json`.

    Example: feuerwache demo --input posts.tsv --keep

    Example: feuerwache demo --write night.jsonl && feuerwache simulate night.jsonl --baseline night.weeks.csv
    """
    import asyncio  # noqa: PLC0415
    from datetime import timedelta  # noqa: PLC0415

    from rich.console import Console  # noqa: PLC0415

    from feuerwache.local.demo.run import Demo, Options  # noqa: PLC0415
    from feuerwache.local.places import checkout  # noqa: PLC0415

    options = Options(checkout(), own, timedelta(minutes=span_minutes), speed, keep)
    if write is not None:
        from feuerwache.local.demo.run import write_script  # noqa: PLC0415

        for path in write_script(write, options):
            typer.echo(str(path))
        return
    raise typer.Exit(asyncio.run(Demo(options, Console()).run()))
