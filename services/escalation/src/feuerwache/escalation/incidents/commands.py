"""`feuerwache incidents`: looking at what burns, and everything people may do about it.

Reading stands here; what changes something stands in `leading_commands` and `brigade_commands`.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feuerwache.common.events.incident import IncidentState
from feuerwache.escalation.incidents import brigade_commands, leading_commands, register
from feuerwache.escalation.incidents.giving import AsJson, IncidentId, chosen, line, run, settings

HELP = """Incidents: what burns, who has it, taking over, leading, resolving.

On a night shift: `list`, then `show 3f2a` (as much of the id as is unique), `ack 3f2a --as YOU`, work off the plan with
`tick`, call `help` when you need somebody, `resolve` at the end. Who may do what stands in docs/roles.md.
"""
app = typer.Typer(no_args_is_help=True, help=HELP)


@app.command("list")
def list_incidents(
    every: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False, as_json: AsJson = False
) -> None:
    """Every incident that is not resolved, the newest first.

    Example: feuerwache incidents list --json | jq '.[] | select(.state == "triggered") | .community'
    """
    incidents = run(register.read_incidents(settings()))
    shown = [incident for incident in incidents if every or incident.state is not IncidentState.RESOLVED]
    if as_json:
        typer.echo(json.dumps([incident.model_dump(mode="json") for incident in shown], ensure_ascii=False))
        return
    for incident in shown:
        typer.echo(line(incident))
    typer.echo(f"{len(shown)} incidents", err=True)


@app.command("show")
def show(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """One incident with its numbers, its plan and its timeline.

    Example: feuerwache incidents show 3f2a
    """
    incident = chosen(incident_id)
    if as_json:
        typer.echo(incident.model_dump_json())
        return
    typer.echo(line(incident))
    for name, value in incident.figures.model_dump(mode="json", exclude_none=True).items():
        if value:
            typer.echo(f"  {name}: {', '.join(value) if isinstance(value, list) else value}")
    for part in incident.parts:
        over = f", quiet since {part.ended_at:%H:%M}Z" if part.ended_at else ""
        about = f" about {part.about!r}" if part.about else ""
        typer.echo(f"  also in {part.community}{about}: {part.severity.value}, {part.figures.posts} posts{over}")
    for ref in incident.examples:
        typer.echo(f"  example: {ref.post_id}")
    ticked = {tick.step for tick in incident.ticks}
    for step in incident.plan.steps if incident.plan is not None else ():
        typer.echo(f"  [{'x' if step.id in ticked else ' '}] {step.id}: {step.title.get('en', step.id)}")
    for entry in incident.timeline:
        who = f" by {entry.actor.person_id}" if entry.actor else ""
        detail = ", ".join(f"{name} {value}" for name, value in entry.detail.items() if value not in (None, ""))
        typer.echo(f"  {entry.at:%Y-%m-%d %H:%M:%SZ}  {entry.what}{who}{': ' + detail if detail else ''}")


leading_commands.add_to(app)
brigade_commands.add_to(app)
