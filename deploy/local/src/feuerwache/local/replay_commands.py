"""`feuerwache replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from feuerwache.cli.simulate.commands import After, Answer, AsJson, Baseline, Config, File, Html, PageLanguage, Sender

Speed = Annotated[float, typer.Option(min=1.0, max=1000.0, help="Recorded seconds per real second.")]
Compare = Annotated[bool, typer.Option("--compare", help="Simulates it too, and shows both side by side.")]


def replay(
    file: File,
    *,
    config: Config = Path("config"),
    speed: Speed = 60.0,
    baseline: Baseline = None,
    answer: Answer = "never",
    after: After = "2h",
    integration: Sender = None,
    compare: Compare = False,
    as_json: AsJson = False,
    html: Html = None,
    language: PageLanguage = "de",
) -> None:
    """Plays a recording through the real services, on a stack of its own with a faster clock.

    The report is the one of `simulate`, made from what the services wrote. With --compare, exit code 1 if the two ways
    differ: in the incidents (kind, community, onset within a quarter of an hour), or in whom a step paged.

    Example: feuerwache replay night.jsonl --baseline night.weeks.csv --speed 120 --compare
    """
    import asyncio  # noqa: PLC0415 - `feuerwache --help` must not wait for the services' libraries

    from rich.console import Console  # noqa: PLC0415

    from feuerwache.cli.simulate.compare import differences, pairs  # noqa: PLC0415
    from feuerwache.cli.simulate.session import prepare, tell, writable  # noqa: PLC0415
    from feuerwache.cli.simulate.simulation import usual_of  # noqa: PLC0415
    from feuerwache.cli.simulate.table import show_pairs  # noqa: PLC0415
    from feuerwache.local.places import checkout  # noqa: PLC0415
    from feuerwache.local.progress import TerminalReporter  # noqa: PLC0415
    from feuerwache.local.replay import Options, Replay  # noqa: PLC0415

    writable(html)
    console, aside = Console(), Console(stderr=True)
    session = prepare(file, config, aside, baseline=baseline, answer=answer, after=after, integration=integration)
    circumstances = session.circumstances
    simulated = session.simulated(aside, processes=None) if compare else None
    options = Options(checkout(), config, baseline, speed, circumstances.answer, circumstances.after)
    usual = usual_of(session.station, circumstances)
    replayed = asyncio.run(
        Replay(options, session.station, TerminalReporter(aside), aside).run(session.name, session.recording, usual)
    )
    if simulated is None:
        tell(replayed, console, as_json=as_json, html=html, language=language)
        return
    found = pairs(simulated, replayed)
    told = differences(found)
    tell(replayed, console if not as_json else Console(quiet=True), as_json=False, html=html, language=language)
    if as_json:
        both = {each.by: each.model_dump(mode="json") for each in (simulated, replayed)}
        typer.echo(json.dumps({**both, "differences": told}, ensure_ascii=False))
    else:
        show_pairs(found, simulated, replayed, console)
    if told:
        raise typer.Exit(1)
