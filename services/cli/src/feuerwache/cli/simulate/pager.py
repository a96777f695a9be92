"""What the notifier does with a page, and what people do then. Pure.

Targets are resolved at the instant of sending, by schedules and overrides; the service's own ledger says whom to try
where and when: a contact with a delay has its turn at its time, unless somebody has answered until then. Every channel
works here, so a contact without a delay that stands behind another one is never needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Acknowledge, Incident
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import PageReceipt, PageRequested, ReceiptStatus
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.delivery.answer import Answer, answer_of, is_answered
from feuerwache.notifier.delivery.directory import ROOM, Directory
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.ledger import Ledger

SOURCE = "/notifier"


class Pager:
    """`answer`: how long after being reached the first person takes over; None: nobody ever does."""

    def __init__(self, directory: Directory, overrides: Sequence[OnCallOverridden], answer: timedelta | None) -> None:
        self._directory = directory
        self._overrides = overrides
        self._answer = answer
        self._ledger = Ledger()
        self._answering: set[UUID] = set()
        self._due: dict[UUID, datetime] = {}

    @property
    def due_at(self) -> datetime | None:
        """When the next contact has its turn."""
        return min(self._due.values(), default=None)

    def send(self, page: Event[PageRequested], now: datetime) -> list[Event[PageReceipt]]:
        """Everything that goes on record about this page now, in order."""
        recipients, lost = self._directory.resolve(page.data.targets, now, self._overrides)
        return self._sent(self._ledger.request(page.id, page.data, recipients, lost, now), now)

    def due(self, now: datetime) -> list[Event[PageReceipt]]:
        """The contacts whose turn has come."""
        if self.due_at is None or self.due_at > now:
            return []
        entry = Entry()
        self._ledger.due(entry, now)
        return self._sent(entry, now)

    def look(self, incident: Incident, now: datetime) -> list[Event[PageReceipt]]:
        """Takes back what need not be tried any more as the incident stands now."""
        answer = answer_of(incident)
        calls = self._ledger.calls_of(incident.incident_id)
        entry = Entry()
        if over := [one for one in calls if is_answered(one, incident, answer)]:
            self._ledger.answered(entry, over, answer or Answer("taken", None, now), now)
        return self._sent(entry, now)

    def _sent(self, entry: Entry, now: datetime) -> list[Event[PageReceipt]]:
        receipts = list(entry.receipts)
        for claim in entry.claims:
            receipts += self._ledger.settle(claim.delivery_id, Outcome(Result.ACCEPTED), (), now).receipts
        for delivery_id in entry.changes:
            known = self._ledger.get(delivery_id)
            if known is not None and known.status is ReceiptStatus.PENDING and known.due_at is not None:
                self._due[delivery_id] = known.due_at
            else:
                self._due.pop(delivery_id, None)
        return [_event(receipt, now) for receipt in receipts]

    def answers(
        self, receipts: Sequence[Event[PageReceipt]], now: datetime
    ) -> Iterator[tuple[datetime, Event[Acknowledge]]]:
        """When somebody will take over, and with which command: once per incident until `freed`."""
        if self._answer is None:
            return
        for receipt in (event.data for event in receipts):
            person = receipt.recipient
            reached = receipt.status is ReceiptStatus.SENT and person is not None and not person.startswith(ROOM)
            if reached and person is not None and receipt.incident_id not in self._answering:
                self._answering.add(receipt.incident_id)
                command = Acknowledge(incident_id=receipt.incident_id, actor=Actor(person_id=person, via=Via.LINK))
                command_id = derived_id("simulate", "acknowledge", receipt.delivery_id)
                yield now + self._answer, Event(command_id, "/simulate", now + self._answer, command)

    def freed(self, incident_id: UUID) -> None:
        """The answer was given; should the incident come back, the next person reached answers anew."""
        self._answering.discard(incident_id)


def _event(receipt: PageReceipt, now: datetime) -> Event[PageReceipt]:
    return Event(derived_id("receipt", receipt.delivery_id, receipt.attempt, receipt.status), SOURCE, now, receipt)
