"""Follows `incidents.changed.v1`: what has become of each incident. A projection in memory, read anew at each start.

It says who has an incident, so that nobody is paged on after an answer, and a late answer is told what happened. It
lags the topic by a moment: what must be exact decides the incidents task. Of an incident that has ended only the
newest are kept, so that memory is bounded by what burns; the tombstone of a forgotten one removes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.incidents import IncidentFollower
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier import metrics

#: An answer that comes after so many more incidents have ended is told that its own has ended, too.
MOST_ENDED = 5000
#: An incident that was merged, and again, is followed so far.
MOST_MERGES = 5


class Incidents(IncidentFollower):
    """`get` and `open` say what is known now."""

    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(settings, metrics.INCIDENTS_UNREADABLE)
        self._known: dict[UUID, Incident] = {}
        self._ended: dict[UUID, Incident] = {}
        self._changed = asyncio.Event()

    def get(self, incident_id: UUID) -> Incident | None:
        """As it stands under this id; one that was merged says so itself."""
        return self._known.get(incident_id) or self._ended.get(incident_id)

    def present(self, incident_id: UUID) -> Incident | None:
        """The incident, or the one it became part of."""
        incident = self.get(incident_id)
        for _ in range(MOST_MERGES):
            into = self.get(incident.merged_into) if incident is not None and incident.merged_into else None
            if into is None:
                break
            incident = into
        return incident

    def applied(self, command_id: UUID) -> Incident | None:
        """The incident on which this command has taken effect."""
        every = (*self._known.values(), *self._ended.values())
        return next((one for one in every if command_id in one.command_ids), None)

    def open(self) -> list[Incident]:
        """All that are not resolved."""
        return list(self._known.values())

    def known(self) -> list[Incident]:
        """All that are open, and the newest that have ended."""
        return [*self._known.values(), *self._ended.values()]

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Waits for what holds after some change, for so many real seconds; whether it does now."""
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    await self._changed.wait()
        except TimeoutError:
            return holds()
        return True

    def _revision(self, incident_id: UUID) -> int | None:
        known = self.get(incident_id)
        return known.revision if known is not None else None

    def _learn(self, incident: Incident) -> None:
        self._forget(incident.incident_id)
        ended = incident.state is IncidentState.RESOLVED
        (self._ended if ended else self._known)[incident.incident_id] = incident
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _forget(self, incident_id: UUID) -> None:
        self._known.pop(incident_id, None)
        self._ended.pop(incident_id, None)


async def read_incidents(settings: CommonSettings) -> list[Incident]:
    """The incidents as they are on record now, for a command. Raises `TransientError`."""
    found = Incidents(settings)
    for record in await read_topic(settings, settings.topics().of(INCIDENTS_CHANGED)):
        found.hear(record)
    return found.known()
