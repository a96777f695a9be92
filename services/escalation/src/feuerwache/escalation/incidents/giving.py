"""What every `feuerwache incidents` command that changes something has in common: who gives it, whether they may,
putting it on record, and waiting until the incident has taken it in.

Whoever can write to the broker with these credentials may give commands; `--as` says on whose behalf, and that person
must stand in `people.yaml`. It is on record as given by token, not by the link in a page.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from feuerwache.common.config.duration import parse
from feuerwache.common.config.people import People, load_people
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.incident import Command, Incident, IncidentCommand
from feuerwache.common.permission import refusal, role_of
from feuerwache.common.settings import CommonSettings
from feuerwache.common.wording.refusal import refusal_text
from feuerwache.escalation.incidents import register

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
IncidentId = Annotated[
    str, typer.Argument(metavar="INCIDENT", help="The id, or as much of its beginning as is unique.")
]
Person = Annotated[
    str, typer.Option("--as", envvar="FEUERWACHE_PERSON", metavar="PERSON", help="Your id in people.yaml.")
]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait until the incident has taken it in.")]
T = TypeVar("T")

#: Exit codes beside 0: refused or not taken in, and a wrong argument.
EX_REFUSED, EX_USAGE = 1, 2
#: Last lines that say that the command came too late to change anything, and what to tell whoever gave it.
TOO_LATE = {
    "already_resolved": "It is resolved already; nothing changed. `feuerwache incidents show {id}` says by whom.",
    "snooze_too_late": "That time has passed already; nothing changed.",
}


def settings() -> CommonSettings:
    return CommonSettings.from_environment()


def now() -> datetime:
    """Civil time, in which incidents live."""
    return settings().clock().now()


def people() -> People:
    return loaded(settings().config_dir)


def loaded(config_dir: Path) -> People:
    try:
        return load_people(config_dir)
    except FeuerwacheError as error:
        raise failed(error) from error


def actor_of(person: str) -> Actor:
    if people().person(person) is None:
        raise stopped(unknown_person(person), EX_USAGE)
    return Actor(person_id=person, via=Via.TOKEN)


def unknown_person(person: str) -> str:
    known = ", ".join(one.id for one in people().people)
    return f"{person!r} does not stand in people.yaml; it names: {known}"


def given(incident: Incident, command: Command, wait: float, as_json: bool, *chosen: object) -> Incident:
    """The incident after the command. `chosen`: what makes it another command than the same verb with other values."""
    allow(command, incident)
    command_id = run(register.give(settings(), incident, command, *chosen))
    after = taken_in(incident, command_id, wait)
    mine = [one for one in after.timeline if one.actor == command.actor and one not in incident.timeline]
    if mine and mine[-1].what == "refused":
        role = role_of(command.actor, people())
        raise stopped(f"Refused: {refusal_text(str(mine[-1].detail.get('reason')), role, 'en')}", EX_REFUSED)
    if mine and mine[-1].what in TOO_LATE:
        raise stopped(TOO_LATE[mine[-1].what].format(id=str(after.incident_id)[:8]), EX_REFUSED)
    typer.echo(after.model_dump_json() if as_json else line(after))
    return after


def taken_in(incident: Incident, command_id: Any, wait: float) -> Incident:
    after = run(register.applied(settings(), incident, command_id, wait))
    if after is None:
        raise stopped(
            f"The command is on record, but no incidents process has taken it in within {wait:g} s: is one running?",
            EX_REFUSED,
        )
    return after


def allow(command: Any, incident: Incident | None) -> None:
    """Ends with a clear word when the incident would refuse it anyway."""
    asked: IncidentCommand = command
    known = people()
    reason = refusal(asked, known, incident.kind if incident is not None else None, now())
    if reason is not None:
        text = refusal_text(reason, role_of(asked.actor, known), "en")
        raise stopped(f"Not sent: {text} Who may do what stands in docs/roles.md.", EX_REFUSED)


def chosen(beginning: str) -> Incident:
    return run(_find(beginning))


def led(beginning: str) -> Incident:
    """The incident that is led: the one this one was merged into, if it was."""
    incidents = run(register.read_incidents(settings()))
    known = {incident.incident_id: incident for incident in incidents}
    try:
        incident = register.chosen(incidents, beginning)
    except FeuerwacheError as error:
        raise failed(error) from error
    while incident.merged_into is not None and incident.merged_into in known:
        typer.echo(f"Merged into {incident.merged_into}, which takes it.", err=True)
        incident = known[incident.merged_into]
    return incident


async def _find(beginning: str) -> Incident:
    return register.chosen(await register.read_incidents(settings()), beginning)


def lasting(text: str) -> timedelta:
    """`30m`, `1h30m`; a wrong one ends with what is right."""
    try:
        duration = parse(text)
    except ValueError as error:
        raise stopped(str(error), EX_USAGE) from error
    assert isinstance(duration, timedelta)
    return duration


def minutes_or_time(text: str, begin: datetime) -> datetime:
    """An instant: a duration from `begin` on, or a time with its zone (2026-11-28T18:00+01:00)."""
    if re.match(r"^\d{4}-", text) is None:
        return begin + lasting(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise stopped(
            f"{text!r} is no time; write 2026-11-28T18:00+01:00 or a duration such as 3h", EX_USAGE
        ) from error
    if at.tzinfo is None:
        raise stopped(f"{text!r} says no zone; write 2026-11-28T18:00+01:00", EX_USAGE)
    return at


def line(incident: Incident) -> str:
    owner = incident.owner or "nobody"
    return (
        f"{str(incident.incident_id)[:8]}  {incident.opened_at:%Y-%m-%d %H:%M}Z  {incident.severity.value:8}  "
        f"{incident.state.value:12}  {incident.kind.value} in {incident.community}  ({owner})"
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except FeuerwacheError as error:
        raise failed(error) from error


def failed(error: FeuerwacheError) -> typer.Exit:
    return stopped(str(error), error.exit_code if isinstance(error, FatalError) else EX_REFUSED)


def stopped(text: str, code: int) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(code)
