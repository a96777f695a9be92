"""What the one who leads an incident does on the command line: take over, comment, tick, call for help, hand over,
snooze, resolve.

About a merged incident they go to the one it is part of; resolving does not, as docs/incidents.md says.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from feuerwache.common.events.incident import (
    Acknowledge,
    Comment,
    HandOver,
    NeedHelp,
    Resolve,
    Snooze,
    TickPlanStep,
)
from feuerwache.escalation.incidents.giving import (
    EX_REFUSED,
    EX_USAGE,
    AsJson,
    IncidentId,
    Person,
    Wait,
    actor_of,
    chosen,
    given,
    lasting,
    led,
    now,
    people,
    stopped,
    unknown_person,
)


class Reason(StrEnum):
    HANDLED = "handled"
    CALMED_DOWN = "calmed_down"
    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"
    DRILL = "drill"


def add_to(app: typer.Typer) -> None:
    app.command("ack")(acknowledge)
    app.command("comment")(comment)
    app.command("tick")(tick)
    app.command("help")(need_help)
    app.command("hand-over")(hand_over)
    app.command("snooze")(snooze)
    app.command("resolve")(resolve)


def acknowledge(incident_id: IncidentId, person: Person, wait: Wait = 10.0, as_json: AsJson = False) -> None:
    """Takes an incident over: paging ends, you own it. Exit code 0 once it is yours.

    Example: feuerwache incidents ack 3f2a --as anna.bergmann
    """
    incident, actor = led(incident_id), actor_of(person)
    after = given(incident, Acknowledge(incident_id=incident.incident_id, actor=actor), wait, as_json)
    if after.owner != person:
        raise stopped(f"It was taken over already by {after.owner}.", EX_REFUSED)


def resolve(
    incident_id: IncidentId,
    *,
    person: Person,
    reason: Annotated[Reason, typer.Option(help="Why it is over; false_alarm raises the bar.")] = Reason.HANDLED,
    note: Annotated[str, typer.Option(help="A sentence for the record.")] = "",
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Ends an incident. Exit code 0 once it is on record.

    Example: feuerwache incidents resolve 3f2a --as anna.bergmann --reason calmed_down
    """
    incident, actor = chosen(incident_id), actor_of(person)
    command = Resolve(incident_id=incident.incident_id, actor=actor, reason=reason.value, note=note)
    given(incident, command, wait, as_json)


def comment(
    incident_id: IncidentId,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="What everybody is to read in the timeline; up to 2000 characters.")
    ],
    *,
    person: Person,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Writes a line into the timeline.

    Example: feuerwache incidents comment 3f2a "Quality assurance calls back at 22:30" --as anna.bergmann
    """
    longest = 2000
    if not text.strip() or len(text) > longest:
        raise stopped(f"A comment has 1 to {longest} characters; this one has {len(text.strip())}.", EX_USAGE)
    incident, actor = led(incident_id), actor_of(person)
    command = Comment(incident_id=incident.incident_id, actor=actor, text=text.strip())
    given(incident, command, wait, as_json, command.text)


def tick(
    incident_id: IncidentId,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step's id, as `show` lists it.")],
    *,
    person: Person,
    undo: Annotated[bool, typer.Option("--undo", help="The step is open again.")] = False,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Ticks off a step of the incident's plan.

    Example: feuerwache incidents tick 3f2a facts --as anna.bergmann
    """
    incident, actor = led(incident_id), actor_of(person)
    if incident.plan is None:
        raise stopped("This incident carries no plan.", EX_USAGE)
    ids = [one.id for one in incident.plan.steps]
    if step not in ids:
        raise stopped(f"The plan {incident.plan.plan_id!r} has no step {step!r}; it has: {', '.join(ids)}", EX_USAGE)
    command = TickPlanStep(
        incident_id=incident.incident_id, actor=actor, plan=incident.plan.plan_id, plan_step=step, done=not undo
    )
    given(incident, command, wait, as_json, step, command.done)


def need_help(incident_id: IncidentId, person: Person, wait: Wait = 10.0, as_json: AsJson = False) -> None:
    """Calls the next step of the ladder too; the incident stays where it is.

    Example: feuerwache incidents help 3f2a --as anna.bergmann
    """
    incident, actor = led(incident_id), actor_of(person)
    given(incident, NeedHelp(incident_id=incident.incident_id, actor=actor), wait, as_json)


def hand_over(
    incident_id: IncidentId,
    to: Annotated[str, typer.Argument(metavar="PERSON", help="The new owner's id in people.yaml.")],
    *,
    person: Person,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Gives an incident to somebody else, who is paged at once.

    Example: feuerwache incidents hand-over 3f2a jonas.keller --as anna.bergmann
    """
    if people().person(to) is None:
        raise stopped(unknown_person(to), EX_USAGE)
    incident, actor = led(incident_id), actor_of(person)
    given(incident, HandOver(incident_id=incident.incident_id, actor=actor, to=to), wait, as_json, to)


def snooze(
    incident_id: IncidentId,
    duration: Annotated[str, typer.Argument(metavar="DURATION", help="How long: 15m, 1h30m.")],
    *,
    person: Person,
    wait: Wait = 10.0,
    as_json: AsJson = False,
) -> None:
    """Lets paging rest for a while; then it begins anew.

    Example: feuerwache incidents snooze 3f2a 30m --as anna.bergmann
    """
    length = lasting(duration)
    incident, actor = led(incident_id), actor_of(person)
    command = Snooze(incident_id=incident.incident_id, actor=actor, until=now() + length)
    given(incident, command, wait, as_json, length)
