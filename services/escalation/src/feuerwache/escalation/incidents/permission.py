"""Who may do what about an incident, as the book asks it: the house's people and the table in `common.permission`."""

from __future__ import annotations

from datetime import datetime

from feuerwache.common import permission
from feuerwache.common.events.incident import Incident, IncidentCommand
from feuerwache.escalation.policy.house import House


def refusal(house: House, command: IncidentCommand, incident: Incident | None, now: datetime) -> str | None:
    """Why the command is refused, in one word for the timeline; None when it may be carried out."""
    kind = incident.kind if incident is not None else None
    return permission.refusal(command, house.people, kind, now)
