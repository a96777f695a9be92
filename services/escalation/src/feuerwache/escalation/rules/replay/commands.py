"""`feuerwache rules replay` and `feuerwache rules shadow`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from feuerwache.common.config.source import ConfigError

if TYPE_CHECKING:
    from feuerwache.escalation.rules.replay.change import Change
    from feuerwache.escalation.rules.replay.gate import Gate

Since = Annotated[str | None, typer.Option("--since", metavar="7d|DATE", help="Where it begins (UTC without a zone).")]
Until = Annotated[str | None, typer.Option("--until", metavar="1d|DATE", help="Where it ends. Default: now.")]
With = Annotated[
    Path, typer.Option("--with", metavar="NEW_DIR", help="The rules to try: a configuration, or a folder of rules.")
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="DIR", help="The present configuration. Default: FEUERWACHE_CONFIG_DIR."),
]
Against = Annotated[
    Path | None,
    typer.Option("--against", metavar="DIR", help="Compare with these rules. Default: what was really decided."),
]
From = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help="Exported posts (JSON lines) instead of Kafka.")
]
Community = Annotated[
    list[str] | None, typer.Option("--community", metavar="ID", help="Only this one; may be repeated.")
]
WarmUp = Annotated[
    str | None, typer.Option("--warm-up", metavar="90d", help="Judge so much before --since, without comparing.")
]
Texts = Annotated[bool, typer.Option("--texts", help="Examples with their text, on the terminal and in --json only.")]
Processes = Annotated[int | None, typer.Option("--processes", min=1, help="How many judge. Default: as many as cores.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Also as a page (without texts).")]
PageLanguage = Annotated[Literal["de", "en"], typer.Option("--language", help="Of the page.")]
FailOn = Annotated[
    list[str] | None,
    typer.Option("--fail-on", metavar='"remove>10"', help="Exit code 3 if it holds; may be repeated."),
]
#: Neither success nor an error: the change is not let through.
SHUT = 3


def add_to(app: typer.Typer) -> None:
    """Hangs both commands below `feuerwache rules`."""
    app.command("replay")(replay)
    app.command("shadow")(shadow)


def replay(
    *,
    candidate: With,
    since: Since = None,
    until: Until = None,
    path: From = None,
    against: Against = None,
    config: Config = None,
    community: Community = None,
    warm_up: WarmUp = None,
    texts: Texts = False,
    processes: Processes = None,
    as_json: AsJson = False,
    html: Html = None,
    language: PageLanguage = "de",
    fail_on: FailOn = None,
) -> None:
    """Tries changed rules on what already passed through Kafka, and says what would change (docs/rules/replay.md).

    Nothing is decided, written or sent by it. Without --since: the last 7 days, or the whole file.

    Example: feuerwache rules replay --since 7d --with config.new --html change.html --fail-on "remove>10"
    """
    from rich.console import Console  # noqa: PLC0415 - `feuerwache --help` must not wait for what it prints with

    from feuerwache.escalation.rules.replay.gate import Gate  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.page import render, writable  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.replaying import Wish  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.replaying import replay as replayed  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.span import Span  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.table import show  # noqa: PLC0415
    from feuerwache.escalation.rules.settings import RulesSettings  # noqa: PLC0415

    gates = [Gate.of(each) for each in fail_on or ()]
    writable(html)
    settings = RulesSettings.from_environment()
    span = None
    if path is None or since is not None or until is not None or warm_up is not None:
        default = "7d" if path is None else "1970-01-01"
        span = Span.of(since or default, until, warm_up, datetime.now(UTC))
    wish = Wish(
        candidate=candidate,
        config=config or settings.config_dir,
        against=against,
        span=span,
        path=path,
        communities=tuple(community or ()),
        texts=texts,
        processes=processes,
    )
    try:
        change = replayed(wish, settings, Console(stderr=True, quiet=as_json))
    except ConfigError as error:
        _say_problems(error, as_json)
        raise typer.Exit(1) from error
    if html is not None:
        html.write_text(render(change, language), "utf-8")
    if as_json:
        typer.echo(change.model_dump_json())
    else:
        show(change, Console())
        rate = f"{change.posts:,} posts in {change.seconds:.1f} s ({change.per_second:,.0f}/s)"
        typer.echo(rate, err=True)
    _pass(gates, change)


def shadow(since: Since = "1d", until: Until = None, community: Community = None, as_json: AsJson = False) -> None:
    """What rules in `mode: shadow` would have done on live traffic: hits, actions, examples.

    Example: feuerwache rules shadow --since 1d
    """
    from rich.console import Console  # noqa: PLC0415 - as above

    from feuerwache.common.settings import CommonSettings  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.shadowing import parts, read_shadow  # noqa: PLC0415
    from feuerwache.escalation.rules.replay.span import Span  # noqa: PLC0415

    span = Span.of(since or "1d", until, None, datetime.now(UTC))
    only = frozenset(community) if community else None
    report = asyncio.run(read_shadow(CommonSettings.from_environment(), span, only))
    if as_json:
        typer.echo(report.model_dump_json())
        return
    console = Console()
    for part in parts(report):
        console.print(part)


def _pass(gates: list[Gate], change: Change) -> None:
    shut = [gate for gate in gates if gate.shut(change)]
    for gate in shut:
        typer.echo(f"feuerwache: --fail-on {gate.text}: it is {gate.figures(change):,}", err=True)
    if shut:
        raise typer.Exit(SHUT)


def _say_problems(error: ConfigError, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"problems": [asdict(problem) for problem in error.problems]}, ensure_ascii=False))
    else:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
