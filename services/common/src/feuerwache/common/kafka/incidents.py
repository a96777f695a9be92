"""Follows `incidents.changed.v1`: every service that must know what has become of incidents begins here.

A record that is no incident is counted and passed over; an older revision than the one known is left alone, because
the topic is read again from its beginning after a broken connection.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from uuid import UUID

from prometheus_client import Gauge

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.incident import Incident, IncidentChanged
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

log = logger(__name__)


class IncidentFollower(Follower, ABC):
    """`unreadable` counts what is no incident since the last reading from the beginning."""

    def __init__(self, settings: CommonSettings, unreadable: Gauge) -> None:
        super().__init__(settings, INCIDENTS_CHANGED, "the incidents", self.hear, lambda: unreadable.set(0))
        self._unreadable = unreadable

    def hear(self, record: Record) -> None:
        """Takes the record; what is no incident is counted and passed over."""
        try:
            self.take(record)
        except InvalidRecord as error:
            # A reader without offsets cannot dead-letter it; the others must hold all the same.
            self._unreadable.inc()
            log.error("an incident cannot be read", offset=record.offset, reason=str(error))

    def take(self, record: Record) -> None:
        """Raises `InvalidRecord` for what is no incident."""
        if record.value is None:
            self._forget(_id_of(record.key))
            return
        change = record.event().data
        if not isinstance(change, IncidentChanged):
            raise InvalidRecord(f"{change.TYPE} is no incident")
        known = self._revision(change.incident.incident_id)
        if known is None or known <= change.incident.revision:
            self._learn(change.incident)

    @abstractmethod
    def _revision(self, incident_id: UUID) -> int | None:
        """Of the incident as it is known; None where it is not."""

    @abstractmethod
    def _learn(self, incident: Incident) -> None:
        """It stands like this now."""

    @abstractmethod
    def _forget(self, incident_id: UUID) -> None:
        """It is gone from the record."""


def _id_of(key: bytes | None) -> UUID:
    try:
        return UUID((key or b"").decode())
    except ValueError as error:
        raise InvalidRecord("a tombstone without the id of an incident") from error
