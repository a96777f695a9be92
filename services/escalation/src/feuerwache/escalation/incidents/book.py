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
from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, BarRaised
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import Command, Declare, Incident, Merge, Mute, Split
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.kafka.keys import alarm_shard
from feuerwache.escalation.incidents import alarmed as alarms
from feuerwache.escalation.incidents import commanded as commands
from feuerwache.escalation.incidents import merged as merging
from feuerwache.escalation.incidents.bar import muted
from feuerwache.escalation.incidents.change import Change
from feuerwache.escalation.incidents.digest import digests
from feuerwache.escalation.incidents.due import due, forgettable
from feuerwache.escalation.incidents.index import Index
from feuerwache.escalation.incidents.receipted import receipted
from feuerwache.escalation.policy.house import House


class IncidentBook:
    """All incidents of one shard by id; `index` is kept with them.

    `house` is the configuration under which incidents begin or get worse; who holds the book keeps it current.
    """

    def __init__(self, shard: int, shards: int, house: House, index: Index | None = None) -> None:
        self._shard = shard
        self._shards = shards
        self.house = house
        self._incidents: dict[UUID, Incident] = {}
        self._index = index or Index()

    def __iter__(self) -> Iterator[Incident]:
        return iter(self._incidents.values())

    def __len__(self) -> int:
        return len(self._incidents)

    def restore(self, incident: Incident) -> None:
        self._index.replace(self._incidents.get(incident.incident_id), incident)
        self._incidents[incident.incident_id] = incident

    def forget(self, incident_id: UUID) -> None:
        self._index.replace(self._incidents.pop(incident_id, None), None)

    def apply(self, event: Event[Any], now: datetime) -> Change | None:
        """Takes in one event; None when it changes nothing (a repeat). Raises `InvalidRecord`."""
        change = self._transition(event, now)
        if change is not None:
            self._take(change)
        return change

    def mute(self, event: Event[Mute], now: datetime) -> Event[BarRaised]:
        """The bar that a mute raises; it is about no incident and leaves no state here. Raises `InvalidRecord`."""
        self._check_house_shard(event.data.community)
        return muted(event, now, self.house)

    def due(self, now: datetime) -> list[Change]:
        """Everything that is due now, each incident at most one step further; then the digests that are."""
        changes = [change for incident in self if (change := due(incident, now)) is not None]
        for change in changes:
            self._take(change)
        told = digests(self, now)
        for change in told:
            self._take(change)
        return changes + told

    def forget_ended(self, now: datetime) -> list[UUID]:
        """The incidents that ended long ago; they leave the book."""
        ended = [incident.incident_id for incident in self if forgettable(incident, now)]
        for incident_id in ended:
            self.forget(incident_id)
        return ended

    def _take(self, change: Change) -> None:
        for incident in (change.incident, *change.also):
            self.restore(incident)

    def _transition(self, event: Event[Any], now: datetime) -> Change | None:
        match event.data:
            case AlarmRaised() as alarm:
                return self._alarm(event, alarm, now)
            case AlarmEnded() as ended:
                return self._ended(event, ended, now)
            case Declare() as command:
                return self._declare(event, command, now)
            case Command() as command:
                return self._command(event, self._known(command.incident_id), now)
            case PageReceipt() as receipt if receipt.kind == "notice":
                return None  # it called nobody; a handover mail tells of incidents of other shards too
            case PageReceipt() as receipt:
                return receipted(self._known(receipt.incident_id), event, now)
            case other:
                raise InvalidRecord(f"incidents have no use for {type(other).__name__}")

    def _alarm(self, event: Event[Any], alarm: AlarmRaised, now: datetime) -> Change | None:
        self._check_shard(alarm.community, alarm.brand)
        if self._index.heard(event.id) or self._only_watched(alarm.community):
            return None
        incident = alarms.find(self._incidents, alarm, self._near(alarm))
        if incident is None:
            return alarms.opened(event, now, self._shard, self.house)
        return alarms.alarmed(incident, event, now, self.house)

    def _ended(self, event: Event[Any], ended: AlarmEnded, now: datetime) -> Change | None:
        """An all-clear for what nobody remembers changes nothing."""
        self._check_shard(ended.community, ended.brand)
        if self._index.heard(event.id):
            return None
        incident = alarms.find_burning(self._near(ended), ended)
        return None if incident is None else alarms.ended(incident, event, now)

    def _near(self, alarm: AlarmRaised | AlarmEnded) -> list[Incident]:
        return [self._incidents[incident_id] for incident_id in self._index.near(alarm)]

    def _command(self, event: Event[Any], incident: Incident, now: datetime) -> Change | None:
        match event.data:
            case Merge():
                return merging.merge(self._incidents, incident, event, now, self.house)
            case Split():
                return merging.split(self._incidents, incident, event, now, self.house)
        if incident.merged_into is not None:
            return merging.forward(self._incidents, incident, event, now, self.house)
        return commands.commanded(incident, event, now, self.house)

    def _declare(self, event: Event[Any], command: Declare, now: datetime) -> Change | None:
        if command.incident_id in self._incidents:
            return None
        self._check_house_shard(command.community)
        return commands.declared(event, now, self._shard, self.house)

    def _known(self, incident_id: UUID) -> Incident:
        incident = self._incidents.get(incident_id)
        if incident is None:
            raise InvalidRecord(f"shard {self._shard} knows no incident {incident_id}")
        return incident

    def _only_watched(self, community: str) -> bool:
        """Whether the community is on trial (`dry_run`): its detectors learn, and nobody is paged about it."""
        known = self.house.communities.get(community)
        return known is not None and known.dry_run

    def _check_house_shard(self, community: str) -> None:
        self._check_shard(community, self.house.community(community).brand)

    def _check_shard(self, community: str, brand: str) -> None:
        """A record on the wrong partition would split one fire into two incidents."""
        right = alarm_shard(community, brand, self._shards)
        if right != self._shard:
            of = f"brand {brand!r}" if brand else f"community {community!r}"
            raise InvalidRecord(f"{of} belongs on partition {right}, not {self._shard}")
