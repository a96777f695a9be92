"""What burns in the simulation, for the rules: they follow the incidents as the service does. Pure."""

from __future__ import annotations

from uuid import UUID

from feuerwache.common.events.incident import Incident
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fire, Fires


class Burning:
    """`fires` is what is known now; incidents are told in the order of their changes."""

    def __init__(self) -> None:
        self.fires: Fires = NO_FIRES
        self._open: dict[UUID, Fire] = {}

    def learn(self, incident: Incident) -> None:
        known, fire = self._open.pop(incident.incident_id, None), Fire.of(incident)
        if fire is not None:
            self._open[incident.incident_id] = fire
        if fire != known:
            self.fires = Fires.among(self._open.values())
