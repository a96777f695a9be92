"""Follows `incidents.changed.v1`: what burns now, for the rules. A projection in memory, read anew at each start.

It lags the topic by a moment; what the rules saw stands in the evidence of each decision.
"""

from __future__ import annotations

from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.incident import IncidentChanged
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.escalation.rules import metrics
from feuerwache.escalation.rules.community.fire import NO_FIRES, Fire, Fires

log = logger(__name__)


class Burning(Follower):
    """`fires` is what is known now; it is replaced as a whole, so a batch that took it sees one state throughout."""

    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(settings, INCIDENTS_CHANGED, "the incidents", self.hear, self._begin)
        self.fires: Fires = NO_FIRES
        self._open: dict[UUID, tuple[int, Fire | None]] = {}

    def hear(self, record: Record) -> None:
        """Takes the record; what is no incident is counted and passed over."""
        try:
            self.take(record)
        except InvalidRecord as error:
            # A reader without offsets cannot dead-letter it; the others must hold all the same.
            metrics.INCIDENTS_UNREADABLE.inc()
            log.error("an incident cannot be read", offset=record.offset, reason=str(error))

    def take(self, record: Record) -> None:
        """Raises `InvalidRecord` for what is no incident."""
        if record.value is None:
            self._forget(record.key)
            return
        change = record.event().data
        if not isinstance(change, IncidentChanged):
            raise InvalidRecord(f"{change.TYPE} is no incident")
        incident = change.incident
        before = self._open.get(incident.incident_id)
        if before is not None and before[0] > incident.revision:
            return  # read again from the beginning after the connection broke
        fire = Fire.of(incident)
        if fire is None:
            self._open.pop(incident.incident_id, None)
        else:
            self._open[incident.incident_id] = incident.revision, fire
        if fire != (before[1] if before is not None else None):
            self._tell()

    def _forget(self, key: bytes | None) -> None:
        try:
            forgotten = self._open.pop(UUID((key or b"").decode()), None)
        except ValueError as error:
            raise InvalidRecord("a tombstone without the id of an incident") from error
        if forgotten is not None:
            self._tell()

    def _begin(self) -> None:
        """Read anew from the beginning: what is known holds until it is told otherwise."""
        metrics.INCIDENTS_UNREADABLE.set(0)

    def _tell(self) -> None:
        self.fires = Fires.among(fire for _, fire in self._open.values() if fire is not None)
