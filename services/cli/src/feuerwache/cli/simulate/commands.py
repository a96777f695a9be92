"""`feuerwache simulate`."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

# What the command needs is imported inside of it: `feuerwache --help` must not wait for the services' libraries.
if TYPE_CHECKING:
    from rich.console import Console

    from feuerwache.cli.simulate.recording import Recording
    from feuerwache.cli.simulate.station import Station
    from feuerwache.common.events.oncall import OnCallOverridden

File = Annotated[Path, typer.Argument(help="The recording: one JSON object per line.", show_default=False)]
Config = Annotated[Path, typer.Option("--config", help="The configuration directory.")]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", metavar="CSV", help="Earlier weeks, as `baseline import` reads them.")
]
Answer = Annotated[
    str, typer.Option("--answer", metavar="never|7m", help="How long until the first person reached takes over.")
]
After = Annotated[str, typer.Option("--after", metavar="2h", help="How long it goes on after the last line.")]
Sender = Annotated[
    str | None,
    typer.Option("--integration", metavar="ID", help="Who sent the lines, where they do not tell their community."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="An HTML page with a plot as well.")]
LanguageOption = Annotated[Literal["de", "en"], typer.Option("--language", help="Of the HTML page.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1 if a line could not be used.")]
Overrides = Annotated[bool, typer.Option("--overrides", help="With the on-call overrides on record (asks Kafka).")]
Batch = Annotated[int, typer.Option("--batch", min=1, max=60, help="Seconds that one batch of posts spans.")]


def simulate(
    file: File,
    *,
    config: Config = Path("config"),
    baseline: Baseline = None,
    answer: Answer = "never",
    after: After = "2h",
    overrides: Overrides = False,
    integration: Sender = None,
    batch: Batch = 5,
    as_json: AsJson = False,
    html: Html = None,
    language: LanguageOption = "de",
    strict: Strict = False,
) -> None:
    """Runs a recorded weekend through the whole configuration, without any service: who would have been paged when?

    Lines are what integrations send to /v1/posts and /v1/events. A line that cannot be used is told and passed over.
    Exit code 1 if there is nothing to read, or with --strict if a line is bad.

    Example: feuerwache demo --write night.jsonl && feuerwache simulate night.jsonl --baseline night.weeks.csv
    """
    from rich.console import Console  # noqa: PLC0415 - see above

    from feuerwache.cli.simulate.page import render  # noqa: PLC0415
    from feuerwache.cli.simulate.simulation import simulate as run  # noqa: PLC0415
    from feuerwache.cli.simulate.station import load_station  # noqa: PLC0415
    from feuerwache.cli.simulate.table import show  # noqa: PLC0415
    from feuerwache.cli.simulate.weekend import Circumstances  # noqa: PLC0415
    from feuerwache.escalation.crisis.csvfile import read_counts  # noqa: PLC0415
    from feuerwache.escalation.crisis.finding import Sensitivity  # noqa: PLC0415
    from feuerwache.escalation.crisis.settings import CrisisSettings  # noqa: PLC0415
    from feuerwache.escalation.rules.judging import Options  # noqa: PLC0415
    from feuerwache.escalation.rules.settings import RulesSettings  # noqa: PLC0415

    began = time.monotonic()
    console, aside = Console(), Console(stderr=True, quiet=as_json)
    rules, crisis = RulesSettings.from_environment(), CrisisSettings.from_environment()
    circumstances = Circumstances(
        counts=read_counts(baseline) if baseline is not None else (),
        overrides=overrides_on_record() if overrides else (),
        answer=None if answer == "never" else span(answer, "--answer"),
        after=span(after, "--after"),
        shards=rules.shards,
        options=Options(report_threshold=rules.rules_report_threshold, label_threshold=rules.rules_label_threshold),
        sensitivity=Sensitivity(crisis.crisis_false_alarms_per_week),
        batch=timedelta(seconds=batch),
    )
    station = load_station(config)
    recording = read_recording(file, station, integration, aside)
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=aside, transient=True) as progress:
        task = progress.add_task("Playing", total=len(recording.lines))
        report = run(file.name, recording, station, circumstances, lambda done: progress.advance(task, done))
    if html is not None:
        html.write_text(render(report, language), "utf-8")
    if as_json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        show(report, console)
        aside.print(
            f"{len(recording.lines):,} events in {time.monotonic() - began:.1f} s", style="dim", highlight=False
        )
    if strict and report.bad_lines:
        raise typer.Exit(1)


def read_recording(file: Path, station: Station, sender: str | None, console: Console) -> Recording:
    """Reads with a bar that follows the bytes; raises `NothingToRead`."""
    from rich.progress import Progress  # noqa: PLC0415 - see above

    from feuerwache.cli.simulate.recording import read  # noqa: PLC0415

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Reading", total=file.stat().st_size if file.is_file() else None)
        return read(file, station.integrations, sender, lambda size: progress.advance(task, size))


def overrides_on_record() -> tuple[OnCallOverridden, ...]:
    """Who stands in for whom, as Kafka has it."""
    from feuerwache.common.settings import CommonSettings  # noqa: PLC0415 - see above
    from feuerwache.notifier.overrides import read_overrides  # noqa: PLC0415

    return asyncio.run(read_overrides(CommonSettings.from_environment()))


def span(text: str, option: str) -> timedelta:
    """`90s`, `7m`, `2h`, as in the policies."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - see above

    from feuerwache.common.config.duration import Duration  # noqa: PLC0415

    try:
        length: timedelta = TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(f"{text!r} is no span of time such as 90s, 7m or 2h", param_hint=option) from error
    return length
