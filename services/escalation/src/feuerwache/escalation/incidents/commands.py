"""`feuerwache incidents list | show | ack | resolve`.

Whoever can write to the broker with these credentials may give commands; `--as` says on whose behalf, and that person
must stand in `people.yaml`. It is on record as given by token, not by the link in a page.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer

from feuerwache.common.config.people import load_people
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import Acknowledge, Command, Incident, IncidentState, Resolve
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.incidents import register

app = typer.Typer(no_args_is_help=True, help="Incidents: what burns, who has it, taking over, resolving.")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
IncidentId = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="The id, or as much of its beginning as is unique.")
]
Person = Annotated[
    str, typer.Option("--as", envvar="FEUERWACHE_PERSON", metavar="PERSON", help="Your id in people.yaml.")
]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait until the incident has taken it in.")]
T = TypeVar("T")


class Reason(StrEnum):
    HANDLED = "handled"
    CALMED_DOWN = "calmed_down"
    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"
    DRILL = "drill"


@app.command("list")
def list_incidents(
    every: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False, as_json: AsJson = False
) -> None:
    """Every incident that is not resolved, the newest first.

    Example: feuerwache incidents list --json | jq '.[] | select(.state == "triggered") | .community'
    """
    incidents = _run(register.read_incidents(CommonSettings.from_environment()))
    shown = [incident for incident in incidents if every or incident.state is not IncidentState.RESOLVED]
    if as_json:
        typer.echo(json.dumps([incident.model_dump(mode="json") for incident in shown], ensure_ascii=False))
        return
    for incident in shown:
        typer.echo(_line(incident))
    typer.echo(f"{len(shown)} incidents", err=True)


@app.command("show")
def show(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """One incident with its numbers and its timeline.

    Example: feuerwache incidents show 3f2a
    """
    incident = _chosen(incident_id)
    if as_json:
        typer.echo(incident.model_dump_json())
        return
    typer.echo(_line(incident))
    for name, value in incident.figures.model_dump(mode="json", exclude_none=True).items():
        if value:
            typer.echo(f"  {name}: {', '.join(value) if isinstance(value, list) else value}")
    for entry in incident.timeline:
        who = f" by {entry.actor.person_id}" if entry.actor else ""
        detail = ", ".join(f"{name} {value}" for name, value in entry.detail.items() if value not in (None, ""))
        typer.echo(f"  {entry.at:%Y-%m-%d %H:%M:%SZ}  {entry.what}{who}{': ' + detail if detail else ''}")


@app.command("ack")
def acknowledge(incident_id: IncidentId, person: Person, wait: Wait = 10.0, as_json: AsJson = False) -> None:
    """Takes an incident over: paging ends, you own it. Exit code 0 once it is yours.

    Example: feuerwache incidents ack 3f2a --as anna.bergmann
    """
    incident, actor = _chosen(incident_id), _actor(person)
    after = _given(incident, Acknowledge(incident_id=incident.incident_id, actor=actor), wait, as_json)
    if after.owner != person:
        typer.echo(f"It was taken over already by {after.owner}.", err=True)
        raise typer.Exit(1)


@app.command("resolve")
def resolve(
    incident_id: IncidentId,
    *,
    person: Person,
    reason: Annotated[Reason, typer.Option(help="Why it is over.")] = Reason.HANDLED,
    note: Annotated[str, typer.Option(help="A sentence for the record.")] = "",
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Ends an incident. Exit code 0 once it is on record.

    Example: feuerwache incidents resolve 3f2a --as anna.bergmann --reason calmed_down
    """
    incident, actor = _chosen(incident_id), _actor(person)
    command = Resolve(incident_id=incident.incident_id, actor=actor, reason=reason.value, note=note)
    _given(incident, command, wait, as_json)


def _given(incident: Incident, command: Command, wait: float, as_json: bool) -> Incident:
    settings = CommonSettings.from_environment()
    command_id = _run(register.give(settings, incident, command))
    after = _run(register.applied(settings, incident, command_id, wait))
    if after is None:
        typer.echo(
            f"The command is on record, but no incidents process has taken it in within {wait:g} s: is one running?",
            err=True,
        )
        raise typer.Exit(1)
    typer.echo(after.model_dump_json() if as_json else _line(after))
    return after


def _chosen(beginning: str) -> Incident:
    return _run(_find(beginning))


async def _find(beginning: str) -> Incident:
    return register.chosen(await register.read_incidents(CommonSettings.from_environment()), beginning)


def _actor(person: str) -> Actor:
    try:
        known = load_people(CommonSettings.from_environment().config_dir).person(person)
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
    if known is None:
        typer.echo(f"{person!r} does not stand in people.yaml", err=True)
        raise typer.Exit(2)
    return Actor(person_id=person, via=Via.TOKEN)


def _line(incident: Incident) -> str:
    owner = incident.owner or "nobody"
    return (
        f"{str(incident.incident_id)[:8]}  {incident.opened_at:%Y-%m-%d %H:%M}Z  {incident.severity.value:8}  "
        f"{incident.state.value:12}  {incident.kind.value} in {incident.community}  ({owner})"
    )


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code if isinstance(error, FatalError) else 1) from error
