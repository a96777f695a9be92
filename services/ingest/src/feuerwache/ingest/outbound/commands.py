"""`feuerwache outbound …`: how decisions get to the platforms, going on after a pause, and a test of the line."""

from __future__ import annotations

import asyncio
import getpass
import json
import ssl
from collections.abc import Coroutine
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import uuid4

import typer

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.source import ConfigError
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.http.guard import AddressGuard
from feuerwache.ingest.integration import Integration, load_senders
from feuerwache.ingest.outbound import pauses
from feuerwache.ingest.outbound.outcome import Kind, Outcome
from feuerwache.ingest.outbound.outlet import Webhook
from feuerwache.ingest.outbound.settings import OutboundSettings
from feuerwache.ingest.outbound.status import Status, statuses

outbound = typer.Typer(no_args_is_help=True, help="Decisions on their way to the platforms.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Name = Annotated[str, typer.Argument(metavar="INTEGRATION", help="Its id in config/integrations.yaml.")]
T = TypeVar("T")


@outbound.command("status")
def status(as_json: AsJson = False) -> None:
    """Cursor, lag, what waits for another try, and what is paused, for each integration. Exit code 1 if one is paused.

    Example: FEUERWACHE_KAFKA_BOOTSTRAP=kafka:9092 feuerwache outbound status
    """
    settings = _settings()
    found = _run(statuses(settings, list(_integrations(settings).values())))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        for one in found:
            typer.echo(_line(one))
        if not found:
            typer.echo("No integration has `outbound` in config/integrations.yaml.")
    raise typer.Exit(1 if any(one.paused for one in found) else 0)


@outbound.command("resume")
def resume(
    name: Name,
    actor: Annotated[str | None, typer.Option("--as", metavar="PERSON", help="Who resumes it (default: you).")] = None,
) -> None:
    """Goes on with an integration that its platform's 410 Gone has paused: nothing was dropped meanwhile.

    Example: feuerwache outbound resume morgenrot-forum
    """
    settings = _settings()
    _known(settings, name)
    who = Actor(person_id=actor or getpass.getuser(), via=Via.TOKEN)
    _run(pauses.say(settings, SystemClock(), name, "", paused=False, actor=who))
    typer.echo(f"{name} goes on.")


@outbound.command("test")
def test(name: Name, as_json: AsJson = False) -> None:
    """Sends a signed `feuerwache.test` event to the webhook, which asks for nothing, and says what it answered.

    Example: feuerwache outbound test morgenrot-forum
    """
    settings = _settings()
    outlet = _known(settings, name).outbound
    webhook = None if outlet is None else outlet.webhook
    if webhook is None:
        _fail(f"{name} has no webhook in config/integrations.yaml")
    outcome = _run(_tested(settings, name, webhook))
    if as_json:
        said = {"integration": name, "outcome": outcome.kind, "status": outcome.word.status}
        typer.echo(json.dumps({**said, "reason": outcome.reason or outcome.word.reason}, ensure_ascii=False))
    else:
        typer.echo(" ".join(filter(None, [f"{name}: {outcome.kind}", outcome.reason or outcome.word.reason])))
    raise typer.Exit(0 if outcome.kind is Kind.TAKEN else 1)


async def _tested(settings: OutboundSettings, name: str, webhook: Webhook) -> Outcome:
    from feuerwache.ingest.outbound.webhook import WebhookPlatform  # noqa: PLC0415 - an HTTP client, for this alone

    tls = ssl.create_default_context()
    if settings.http_ca_file is not None:
        tls.load_verify_locations(settings.http_ca_file)
    platform = WebhookPlatform(lambda: webhook, AddressGuard(settings.http_allow), SystemClock(), tls)
    try:
        return await platform.test(str(uuid4()), {"integration": name})
    finally:
        await platform.close()


def _line(one: Status) -> str:
    if not one.webhook:
        return f"{one.integration}  gRPC stream only"
    begun = ",".join("-" if at is None else str(at) for at in one.cursor.values())
    parts = [one.integration, f"lag {one.lag}", f"parked {one.parked}", f"cursor {begun}"]
    if one.oldest_ms is not None:
        parts.append(f"oldest {datetime.fromtimestamp(one.oldest_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC")
    if one.paused is not None:
        parts.append(f"PAUSED ({one.paused}); go on with: {pauses.command(one.integration)}")
    if one.last_error:
        parts.append(f"last error: {one.last_error}")
    return "  ".join(parts)


def _settings() -> OutboundSettings:
    try:
        return OutboundSettings.from_environment()
    except FatalError as error:
        _fail(str(error), error.exit_code)


def _integrations(settings: OutboundSettings) -> dict[str, Integration]:
    try:
        known = load_senders(settings.config_dir).integrations.integrations
    except ConfigError as error:
        _fail(str(error))
    return {one.id: one for one in known}


def _known(settings: OutboundSettings, name: str) -> Integration:
    known = _integrations(settings)
    if name not in known:
        _fail(f"no integration {name!r} in config/integrations.yaml; there is: {', '.join(known)}")
    return known[name]


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        _fail(str(error), error.exit_code if isinstance(error, FatalError) else 1)


def _fail(reason: str, code: int = 1) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(code)
