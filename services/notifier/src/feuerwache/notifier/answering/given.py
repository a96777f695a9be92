"""Which answers were given before, by the id of their command, and about which incident each was.

Follows `incidents.commands.v1`, where every answer stands for a year: long after the incident itself is forgotten, a
callback that is posted again is known, and takes over nothing else. Twilio signs no time, so nothing but this tells an
old text message from a new one.
"""

from __future__ import annotations

from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.incident import Acknowledge, NeedHelp, Snooze
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import INCIDENTS_COMMANDS
from feuerwache.common.settings import CommonSettings

#: Source of the commands that come of an answer.
SOURCE = "/notifier/answers"


class Given(Follower):
    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(settings, INCIDENTS_COMMANDS, "the answers given before", self.take, self._begin)
        self._incidents: dict[UUID, UUID] = {}

    def incident_of(self, command_id: UUID) -> UUID | None:
        return self._incidents.get(command_id)

    def _begin(self) -> None:
        self._incidents.clear()

    def take(self, record: Record) -> None:
        try:
            event = record.event()
        except InvalidRecord:
            return  # the incidents task dead-letters it; it is no answer of ours
        if event.source == SOURCE and isinstance(event.data, Acknowledge | NeedHelp | Snooze):
            self._incidents[event.id] = event.data.incident_id
