"""`feuerwache simulate`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

File = Annotated[Path, typer.Argument(help="The recording: one JSON object per line.", show_default=False)]
Config = Annotated[Path, typer.Option("--config", metavar="DIR", help="The configuration directory.")]
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
PageLanguage = Annotated[Literal["de", "en"], typer.Option("--language", help="Of the HTML page.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit code 1 if a line could not be used.")]
Overrides = Annotated[bool, typer.Option("--overrides", help="With the on-call overrides on record (asks Kafka).")]
Batch = Annotated[int, typer.Option("--batch", min=1, max=60, help="Seconds that one batch of posts spans.")]

Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", min=1, help="How many judge the posts; it changes nothing but the time. Default: cores."
    ),
]


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
    processes: Processes = None,
    as_json: AsJson = False,
    html: Html = None,
    language: PageLanguage = "de",
    strict: Strict = False,
) -> None:
    """Runs a recorded weekend through the whole configuration, without any service: who would have been paged when?

    Lines are what integrations send to /v1/posts and /v1/events. A line that cannot be used is told and passed over.
    Exit code 1 if there is nothing to read, or with --strict if a line is bad.

    Example: feuerwache demo --write night.jsonl && feuerwache simulate night.jsonl --baseline night.weeks.csv
    """
    from rich.console import Console  # noqa: PLC0415 - `feuerwache --help` must not wait for the services' libraries

    from feuerwache.cli.simulate.session import prepare, tell, writable  # noqa: PLC0415

    began = time.monotonic()
    writable(html)
    aside = Console(stderr=True, quiet=as_json)
    session = prepare(
        file,
        config,
        aside,
        baseline=baseline,
        answer=answer,
        after=after,
        overrides=overrides,
        integration=integration,
        batch=batch,
    )
    report = session.simulated(aside, processes=processes)
    tell(report, Console(), as_json=as_json, html=html, language=language)
    seconds = time.monotonic() - began
    aside.print(f"{len(session.recording.lines):,} events in {seconds:.1f} s", style="dim", highlight=False)
    if strict and report.bad_lines:
        raise typer.Exit(1)
