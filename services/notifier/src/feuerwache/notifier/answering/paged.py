"""Whom which incident called, newest first: what a bare "1" by text message is about.

Follows the notifier's own `pages.deliveries.v1`, in which every delivery stands until it has been settled for a day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.page import DeliveryChanged, ReceiptStatus
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import PAGES_DELIVERIES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

log = logger(__name__)

#: It was handed to a channel, as far as anybody knows.
REACHED = frozenset({ReceiptStatus.CLAIMED, ReceiptStatus.SENT, ReceiptStatus.DELIVERED, ReceiptStatus.OUTCOME_UNKNOWN})
#: Pages that tell and do not call.
TOLD_ONLY = frozenset({"taken", "ended", "shift_change"})


class Paged(Follower):
    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(settings, PAGES_DELIVERIES, "the deliveries", self._taken, self._begin)
        self._known: dict[UUID, tuple[str, UUID, datetime]] = {}

    def incidents_of(self, person_ids: Collection[str]) -> list[tuple[str, UUID]]:
        """Person and incident of each call to any of them, newest first."""
        found = [entry for entry in self._known.values() if entry[0] in person_ids]
        newest = sorted(found, key=lambda entry: entry[2], reverse=True)
        return list(dict.fromkeys((person, incident) for person, incident, _ in newest))

    def _begin(self) -> None:
        self._known.clear()

    def _taken(self, record: Record) -> None:
        try:
            self.take(record)
        except (InvalidRecord, ValueError) as error:
            # The ledger stops at it loudly; here it only means that one "1" finds nothing.
            log.error("a delivery cannot be read", offset=record.offset, reason=type(error).__name__)

    def take(self, record: Record) -> None:
        """Raises `InvalidRecord`, or `ValueError` for a key that is none."""
        if record.value is None:
            self._known.pop(UUID((record.key or b"").decode()), None)
            return
        change = record.event().data
        if not isinstance(change, DeliveryChanged):
            raise InvalidRecord(f"{change.TYPE} is no state of a delivery")
        if change.status in REACHED and change.page.reason not in TOLD_ONLY:
            self._known.setdefault(change.delivery_id, (change.recipient, change.page.incident_id, change.at))
