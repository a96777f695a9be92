"""`feuerwache crisis judge`: the shipped detectors against written weekends whose beginnings are known."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from math import isinf
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from feuerwache.escalation.crisis.scenarios.catalogue import BY_NAME, SCENARIOS
from feuerwache.escalation.crisis.scenarios.story import Scenario
from feuerwache.escalation.crisis.scenarios.trial import tried
from feuerwache.escalation.crisis.scenarios.verdict import Row, Verdict, row

Job = tuple[str, int, float]


def judge(  # noqa: PLR0917 - typer names them by options
    seeds: Annotated[str, typer.Option(help="One seed or a range, both ends included.")] = "1-20",
    scenario: Annotated[
        list[str] | None, typer.Option(help="Only this scenario; may be given more than once. Default: all.")
    ] = None,
    false_alarms_per_week: Annotated[
        float, typer.Option(min=0.0001, help="What a quiet week may cost, all detectors together.")
    ] = 0.2,
    workers: Annotated[int, typer.Option(min=1, help="Processes beside each other.")] = 2,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 when a goal is not met.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of a table, with every story.")] = False,
) -> None:
    """Tells written weekends to the detectors, and how soon they noticed, what they missed, and when they cried wolf.

    Storms, busy evenings and quiet weeks are generated from seeds; their onsets are known
    (docs/detectors/scenarios.md). Use it after changing a threshold. Seeds below 1000 are for trying.

    Example: feuerwache crisis judge --seeds 1-20 --scenario outage --scenario quiet_week
    """
    chosen = _chosen(scenario)
    numbers = _range(seeds)
    jobs = [(each.name, seed, false_alarms_per_week) for each in chosen for seed in numbers]
    console = Console(stderr=True, quiet=as_json)
    verdicts = list(track(_verdicts(jobs, workers), "Judging", total=len(jobs), console=console, transient=True))
    rows = [_row(each, verdicts) for each in chosen]
    if as_json:
        typer.echo(json.dumps({"rows": [_fields(each) for each in rows], "stories": _stories(verdicts)}))
    else:
        Console(width=180).print(_table(rows))
    if strict and any(each.met is False for each in rows):
        raise typer.Exit(1)


def _chosen(names: Sequence[str] | None) -> list[Scenario]:
    unknown = [name for name in names or () if name not in BY_NAME]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(BY_NAME)}", param_hint="--scenario")
    return [each for each in SCENARIOS if not names or each.name in names]


def _range(seeds: str) -> range:
    first, _, last = seeds.partition("-")
    try:
        numbers = range(int(first), int(last or first) + 1)
    except ValueError as error:
        raise typer.BadParameter(f"{seeds!r} is no range, e.g. 1-20", param_hint="--seeds") from error
    if not numbers:
        raise typer.BadParameter(f"{seeds!r} ends before it begins", param_hint="--seeds")
    return numbers


def _verdicts(jobs: Sequence[Job], workers: int) -> Iterator[Verdict]:
    if workers == 1:
        yield from map(_tried, jobs)
        return
    # Not forked: the bar that shows the progress has a thread.
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_tried, jobs, chunksize=2)


def _tried(job: Job) -> Verdict:
    name, seed, false_alarms_per_week = job
    return tried(BY_NAME[name].story(seed), false_alarms_per_week)


def _row(scenario: Scenario, verdicts: Iterable[Verdict]) -> Row:
    own = [each for each in verdicts if each.scenario == scenario.name]
    return row(scenario.name, own, scenario.story(own[0].seed).goal_minutes, is_goal=scenario.is_goal)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(
        title="Delays in minutes from the true onset; tenth: when ten negative posts of the wave had been written"
    )
    for heading in (
        "scenario",
        "seeds",
        "median",
        "p90",
        "tenth",
        "missed",
        "caught by",
        "false alarms",
        "a week",
        "goal",
    ):
        table.add_column(
            heading, justify="right" if heading in ("seeds", "median", "p90", "tenth", "missed", "a week") else "left"
        )
    for each in rows:
        table.add_row(
            each.scenario,
            str(each.seeds),
            _minutes(each.median_delay),
            _minutes(each.p90_delay),
            _minutes(each.median_tenth),
            "" if each.missed is None else f"{each.missed:.1%}",
            _counts(each.caught_by),
            _counts(each.false),
            f"{each.false_per_week:.2f}",
            {True: "met", False: "[red]missed[/red]", None: ""}[each.met],
        )
    return table


def _minutes(delay: float | None) -> str:
    if delay is None:
        return ""
    return "never" if isinf(delay) else f"{delay:.1f}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())


def _fields(each: Row) -> dict[str, Any]:
    """An infinite delay is null: JSON has no such number."""
    fields = {key: None if isinstance(value, float) and isinf(value) else value for key, value in asdict(each).items()}
    return fields | {"met": each.met}


def _stories(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    return [asdict(each) | {"missed": each.missed} for each in verdicts]
