"""Follows `incidents.changed.v1`: what burns now, for the rules. A projection in memory, read anew at each start.

It lags the topic by a moment; what the rules saw stands in the evidence of each decision.
"""

from __future__ import annotations

from uuid import UUID

from feuerwache.common.events.incident import Incident
from feuerwache.common.kafka.incidents import IncidentFollower
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fire, Fires


class Burning(IncidentFollower):
    """`fires` is what is known now; it is replaced as a whole, so a batch that took it sees one state throughout."""

    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(settings, metrics.INCIDENTS_UNREADABLE)
        self.fires: Fires = NO_FIRES
        self._open: dict[UUID, tuple[int, Fire]] = {}

    def _revision(self, incident_id: UUID) -> int | None:
        known = self._open.get(incident_id)
        return known[0] if known is not None else None

    def _learn(self, incident: Incident) -> None:
        known, fire = self._open.pop(incident.incident_id, None), Fire.of(incident)
        if fire is not None:
            self._open[incident.incident_id] = incident.revision, fire
        if fire != (known[1] if known is not None else None):
            self._tell()

    def _forget(self, incident_id: UUID) -> None:
        if self._open.pop(incident_id, None) is not None:
            self._tell()

    def _tell(self) -> None:
        self.fires = Fires.among(fire for _, fire in self._open.values())
