"""The incidents of one shard, and the one place where alarms, commands, receipts and time meet them.

Pure: it is handed the time and the configuration, and answers with changes. What it refuses is `InvalidRecord`, and
then nothing in it has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import Command, Declare, Incident, Mute
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.kafka.keys import shard_of
from feuerwache.escalation.incidents import alarmed as alarms
from feuerwache.escalation.incidents import commanded as commands
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.incidents.due import due, forgettable
from feuerwache.escalation.incidents.receipted import receipted
from feuerwache.escalation.policy.house import House


class IncidentBook:
    """All incidents of one shard by id.

    `house` is the configuration under which incidents begin or get worse; who holds the book keeps it current.
    """

    def __init__(self, shard: int, shards: int, house: House) -> None:
        self._shard = shard
        self._shards = shards
        self.house = house
        self._incidents: dict[UUID, Incident] = {}

    def __iter__(self) -> Iterator[Incident]:
        return iter(self._incidents.values())

    def __len__(self) -> int:
        return len(self._incidents)

    def restore(self, incident: Incident) -> None:
        self._incidents[incident.incident_id] = incident

    def forget(self, incident_id: UUID) -> None:
        self._incidents.pop(incident_id, None)

    def apply(self, event: Event[Any], now: datetime) -> Change | None:
        """Takes in one event; None when it changes nothing (a repeat). Raises `InvalidRecord`."""
        change = self._transition(event, now)
        if change is not None:
            self.restore(change.incident)
        return change

    def due(self, now: datetime) -> list[Change]:
        """Everything that is due now, each incident at most one step further."""
        changes = [change for incident in self if (change := due(incident, now)) is not None]
        for change in changes:
            self.restore(change.incident)
        return changes

    def forget_ended(self, now: datetime) -> list[UUID]:
        """The incidents that ended long ago; they leave the book."""
        ended = [incident.incident_id for incident in self if forgettable(incident, now)]
        for incident_id in ended:
            self.forget(incident_id)
        return ended

    def _transition(self, event: Event[Any], now: datetime) -> Change | None:
        match event.data:
            case AlarmRaised() as alarm:
                return self._alarm(event, alarm, now)
            case Declare() as command:
                return self._declare(event, command, now)
            case Mute():
                raise InvalidRecord("Mute is not supported before the issue on incident leadership")
            case Command() as command:
                return commands.commanded(self._known(command.incident_id), event, now)
            case PageReceipt() as receipt:
                return receipted(self._known(receipt.incident_id), event, now)
            case other:
                raise InvalidRecord(f"incidents have no use for {type(other).__name__}")

    def _alarm(self, event: Event[Any], alarm: AlarmRaised, now: datetime) -> Change | None:
        self._check_shard(alarm.community)
        if any(event.id in incident.alarm_ids for incident in self):
            return None
        incident = alarms.find(self, alarm)
        if incident is None:
            return alarms.opened(event, now, self._shard, self.house)
        return alarms.alarmed(incident, event, now, self.house)

    def _declare(self, event: Event[Any], command: Declare, now: datetime) -> Change | None:
        self._check_shard(command.community)
        if command.incident_id in self._incidents:
            return None
        return commands.declared(event, now, self._shard, self.house)

    def _known(self, incident_id: UUID) -> Incident:
        incident = self._incidents.get(incident_id)
        if incident is None:
            raise InvalidRecord(f"shard {self._shard} knows no incident {incident_id}")
        return incident

    def _check_shard(self, community: str) -> None:
        """A record on the wrong partition would split one fire into two incidents."""
        right = shard_of(community, self._shards)
        if right != self._shard:
            raise InvalidRecord(f"community {community!r} belongs on partition {right}, not {self._shard}")
