"""Which messages called whom to which incidents: what a bare "1" by text message is about, and what a button below a
message that tells of several takes over.

Follows the notifier's own `pages.deliveries.v1`, in which every delivery stands until it has been settled for a day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Call:
    """`message`: the delivery that carries it. `order`: its place among those told in one message."""

    recipient: str
    incident: UUID
    at: datetime
    message: UUID
    order: tuple[datetime, str]


class Paged(Follower):
    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(settings, PAGES_DELIVERIES, "the deliveries", self._taken, self._begin)
        self._known: dict[UUID, Call] = {}

    def messages_to(self, person_ids: Collection[str]) -> list[tuple[str, tuple[UUID, ...]]]:
        """Person and incidents of each message that called any of them, newest first."""
        found = [call for call in self._known.values() if call.recipient in person_ids]
        messages: dict[UUID, list[Call]] = {}
        for call in sorted(found, key=lambda call: call.at, reverse=True):
            messages.setdefault(call.message, []).append(call)
        return [(calls[0].recipient, _incidents(calls)) for calls in messages.values()]

    def told_in(self, message: UUID) -> tuple[UUID, ...]:
        """The incidents this message tells of, by the id of the delivery that carries it; none when it is not known."""
        return _incidents([call for call in self._known.values() if call.message == message])

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
        if change.status not in REACHED or change.page.reason in TOLD_ONLY:
            return
        before = self._known.get(change.delivery_id)
        self._known[change.delivery_id] = Call(
            change.recipient,
            change.page.incident_id,
            before.at if before is not None else change.at,
            change.carrier or change.delivery_id,
            (change.page.due_at, str(change.page_id)),
        )


def _incidents(calls: Sequence[Call]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(call.incident for call in sorted(calls, key=lambda call: call.order)))
