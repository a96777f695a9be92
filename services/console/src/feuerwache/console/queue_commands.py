"""`feuerwache decisions queue`: the posts that wait for a human, out of the console's SQL. Neither text nor names."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.console.settings import ConsoleSettings
from feuerwache.console.store.database import opened
from feuerwache.console.store.queue import Waiting, read_queue

app = typer.Typer(no_args_is_help=True, help="What the rules decided about posts.")
DAY_MS = 86_400_000


@app.callback()
def group() -> None:
    """What the rules decided about posts."""


@app.command("queue")
def queue(
    community: Annotated[str, typer.Option(help="Only this community's.")] = "",
    days: Annotated[int, typer.Option(min=1, help="How far back to look for decisions; appeals are all shown.")] = 14,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """What waits for a human, the longest first: on review, held back by a machine, or appealed against.

    Example: feuerwache decisions queue --community morgenrot-forum
    """
    try:
        settings = ConsoleSettings.from_environment()
        since = int(datetime.now(UTC).timestamp() * 1000) - days * DAY_MS
        found = asyncio.run(waiting(settings, since, community or None))
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
    for each in found:
        typer.echo(json.dumps(told(each), ensure_ascii=False) if as_json else line(each))
    if not found and not as_json:
        typer.echo("nothing waits")


async def waiting(settings: ConsoleSettings, since_ms: int, community: str | None) -> list[Waiting]:
    async with opened(settings.database()) as engine:
        return await read_queue(engine, since_ms, community)


def told(one: Waiting) -> dict[str, Any]:
    """As a script reads it; `since` is real time, UTC."""
    decision = one.decision
    return {
        "since": datetime.fromtimestamp(one.since_ms / 1000, UTC).isoformat(),
        "community": one.ref.community,
        "platform": one.ref.platform,
        "post_id": one.ref.post_id,
        "decision_id": one.decision_id,
        "actions": [action.value for action in decision.actions] if decision is not None else [],
        "why": reasons(one),
        "appealed": one.appealed,
        "dry_run": decision is not None and decision.dry_run,
    }


def reasons(one: Waiting) -> list[str]:
    """The rules that held, live ones first; `reports` and `appeal` where these ask for somebody."""
    decision = one.decision
    if decision is None:
        return ["appeal"]
    rules = [hit.rule_id for hit in sorted(decision.rules, key=lambda hit: not hit.decisive) if hit.mode == "live"]
    asked = [*(["appeal"] if one.appealed else []), *(["reports"] if "reports" in decision.evidence.matched else [])]
    return [*asked, *rules]


def line(one: Waiting) -> str:
    parts = told(one)
    marks = "  (only watched)" if parts["dry_run"] else ""
    post = f"{parts['platform']}/{parts['post_id']}"
    why = ", ".join(parts["why"]) or "a human's word"
    return f"{parts['since'][:16]}  {parts['community']}  {post}  {'+'.join(parts['actions']) or '?'}  {why}{marks}"
