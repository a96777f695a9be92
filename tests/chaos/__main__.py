"""`PYTHONPATH=tests python -m chaos …`: long runs, with a table of figures at the end. Exit code 1 when not clean."""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chaos.pages import POINTS, night
from chaos.pages import Figures as PageFigures
from chaos.rebalances import Figures, storm
from chaos.services import killable, massacre
from feuerwache.local.group import ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def chaos() -> None:
    """Kill, stop and move what runs; count afterwards."""


@app.command()
def rebalances(
    rebalances: Annotated[int, typer.Option(help="How often the group has to rebalance.")] = 200,
    rate: Annotated[float, typer.Option(help="Records a second.")] = 500.0,
    seed: Annotated[int | None, typer.Option(help="Repeats the same order of events.")] = None,
) -> None:
    """Storms the runner: a relay and a counter with state, in processes that join, end, die and freeze.

    Example: PYTHONPATH=tests python -m chaos rebalances --rebalances 200
    """
    seed = random.randrange(1_000_000) if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="feuerwache-chaos-") as folder:
        figures = asyncio.run(_rebalances(Path(folder), rebalances, rate, seed))
    _show(f"{figures.rebalances} rebalances, seed {seed}", figures)
    raise typer.Exit(0 if figures.clean else 1)


@app.command()
def services(
    file: Annotated[
        Path, typer.Argument(help="Posts: tab-separated with a `text` column, or JSON lines.", exists=True)
    ],
    stack: Annotated[
        str, typer.Option(help="Which running stack; one of that name is started if none runs.")
    ] = "chaos",
    posts: Annotated[int | None, typer.Option(help="Send about so many of them, evenly chosen.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Kill only this service (repeatable).")] = None,
    rebalances: Annotated[int, typer.Option(help="Rebalance the runner's groups so often meanwhile.")] = 0,
) -> None:
    """Kills every service of a stack in turn while posts come in, and checks that each got one decision.

    Example: PYTHONPATH=tests python -m chaos services posts.tsv --posts 3000 --rebalances 200
    """
    root = checkout(Path(__file__).parent)
    names = only or killable()
    aftermath = asyncio.run(
        massacre(root, stack, file, names=names, say=typer.echo, posts=posts, rebalances=rebalances)
    )
    table = Table(title="killed one after the other", show_header=False)
    for name, seconds in aftermath.away.items():
        table.add_row(f"{name} away", f"{seconds:.1f} s")
    counted = {
        "rebalances": aftermath.rebalances,
        "sent": aftermath.sent.posts,
        "refused": aftermath.sent.refused.total(),
        "sent again": aftermath.sent.retries,
        "of these accepted in the books": aftermath.booked,
    }
    for name, value in counted.items():
        table.add_row(name, f"{value:,}")
    for name, value in aftermath.verdict.as_json().items():
        table.add_row(name.replace("_", " "), str(value))
    Console().print(table)
    raise typer.Exit(0 if aftermath.clean else 1)


@app.command()
def pages(
    rounds: Annotated[int, typer.Option(min=1, help="How often a notifier dies at each of the named points.")] = 2,
    kills: Annotated[int, typer.Option(min=0, help="How many more are killed wherever they are.")] = 6,
    instances: Annotated[int, typer.Option(min=1, help="Notifiers that go on meanwhile.")] = 2,
    rate: Annotated[float, typer.Option(help="Pages a second.")] = 20.0,
) -> None:
    """Kills notifiers while pages go out to a mail server and a webhook that count: lost, doubled, declared.

    Example: PYTHONPATH=tests python -m chaos pages --rounds 2 --kills 6
    """

    async def run(folder: Path) -> PageFigures:
        with ProcessGroup() as group:
            cache = cache_dir(checkout(Path(__file__).parent))
            async with EmbeddedKafka(group, folder / "kafka", folder / "kafka.log", cache) as kafka:
                work = folder / "night"
                work.mkdir()
                return await night(
                    kafka.bootstrap,
                    "night.",
                    work,
                    points=POINTS * rounds,
                    kills=kills,
                    instances=instances,
                    rate=rate,
                )

    with tempfile.TemporaryDirectory(prefix="feuerwache-chaos-") as folder:
        figures = asyncio.run(run(Path(folder)))
    table = Table(title="pages while notifiers are killed", show_header=False)
    for name, value in {
        **asdict(figures),
        **{f"killed {name}": count for name, count in figures.kills.items()},
    }.items():
        if not isinstance(value, dict):
            table.add_row(name.replace("_", " "), f"{value:,.0f}")
    Console().print(table)
    raise typer.Exit(0 if figures.clean else 1)


async def _rebalances(folder: Path, count: int, rate: float, seed: int) -> Figures:
    logs = folder / "workers"
    logs.mkdir()
    with ProcessGroup() as group:
        cache = cache_dir(checkout(Path(__file__).parent))
        async with EmbeddedKafka(group, folder / "kafka", folder / "kafka.log", cache) as kafka:
            return await storm(kafka.bootstrap, "storm.", logs, rebalances=count, seed=seed, rate=rate)


def _show(title: str, figures: Figures) -> None:
    table = Table(title=title, show_header=False)
    for name, value in {**asdict(figures), **asdict(figures.relay)}.items():
        if not isinstance(value, dict):
            table.add_row(name.replace("_", " "), f"{value:,.0f}" if isinstance(value, float) else f"{value:,}")
    Console().print(table)


if __name__ == "__main__":
    app()
