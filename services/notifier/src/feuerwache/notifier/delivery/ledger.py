"""The book of all deliveries of one partition: what was claimed, what became of it, what has to be said about it.

Pure: each call takes what happened and the instant, and returns an `Entry` of receipts and state changes that go into
one transaction. What a delivery can go through:

    claimed → sent | delivered | failed                      settled by the channel's answer
    claimed → outcome unknown → claimed (possible repeat)    urgent, after a crash between send and settle
    claimed → outcome unknown                                quiet: rather not at all than twice

A failed delivery claims the person's next contact in the same entry. When the last open delivery of a page fails and
none succeeded, its receipt is marked `exhausted`, so that the incident goes up at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.events.base import derived_id
from feuerwache.common.events.page import DeliveryChanged, PageReceipt, PageRequested, ReceiptStatus, Urgency
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.delivery.directory import Recipient, Unreachable

#: A page that has been settled for so long leaves the book; its receipts stay on record.
KEPT = timedelta(days=1)
GOOD = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED})
#: What the channel says, and what goes on record.
SETTLED = {
    Result.ACCEPTED: ReceiptStatus.SENT,
    Result.DELIVERED: ReceiptStatus.DELIVERED,
    Result.TRANSIENT: ReceiptStatus.FAILED,
    Result.PERMANENT: ReceiptStatus.FAILED,
}
DRILL = "drill"


@dataclass(slots=True)
class Entry:
    """What goes on record together. `claims`, a part of `changes`, may be sent once it is."""

    receipts: list[PageReceipt] = field(default_factory=list)
    changes: dict[UUID, DeliveryChanged] = field(default_factory=dict)
    removed: list[UUID] = field(default_factory=list)

    @property
    def claims(self) -> list[DeliveryChanged]:
        return [change for change in self.changes.values() if change.status is ReceiptStatus.CLAIMED]


def delivery_id_of(page_id: UUID, recipient: str, slot: str) -> UUID:
    return derived_id("delivery", page_id, recipient, slot)


def claim_of(page_id: UUID, page: PageRequested, recipient: str, slot: str, now: datetime) -> DeliveryChanged:
    """The first claim of a delivery."""
    return DeliveryChanged(
        delivery_id=delivery_id_of(page_id, recipient, slot),
        page_id=page_id,
        revision=1,
        recipient=recipient,
        channel=slot,
        status=ReceiptStatus.CLAIMED,
        attempt=1,
        at=now,
        page=page,
    )


class Ledger:
    """State of one partition; changed by each call, so it runs ahead of the commit as a handler may."""

    def __init__(self) -> None:
        self._deliveries: dict[UUID, DeliveryChanged] = {}
        self._of_page: dict[UUID, set[UUID]] = defaultdict(set)

    def restore(self, change: DeliveryChanged) -> None:
        self._deliveries[change.delivery_id] = change
        self._of_page[change.page_id].add(change.delivery_id)

    def forget(self, delivery_id: UUID) -> None:
        change = self._deliveries.pop(delivery_id, None)
        if change is not None:
            self._of_page[change.page_id].discard(delivery_id)
            if not self._of_page[change.page_id]:
                del self._of_page[change.page_id]

    def get(self, delivery_id: UUID) -> DeliveryChanged | None:
        return self._deliveries.get(delivery_id)

    def claimed(self) -> list[DeliveryChanged]:
        """Everything that was, or may have been, handed to a channel and is not settled."""
        return [change for change in self._deliveries.values() if change.status is ReceiptStatus.CLAIMED]

    def request(
        self,
        page_id: UUID,
        page: PageRequested,
        recipients: Iterable[Recipient],
        lost: Iterable[Unreachable],
        now: datetime,
    ) -> Entry:
        """A page has come: claims the first contact of everybody it means. The same page again changes nothing."""
        entry = Entry()
        if page_id in self._of_page:
            return entry
        if page.canary:
            entry.receipts.append(_drill_receipt(page_id, page, now))
            return entry
        for unreachable in lost:
            entry.receipts.append(_unreachable_receipt(page_id, page, unreachable, now))
        for recipient in recipients:
            self._claim(entry, claim_of(page_id, page, recipient.id, next(iter(recipient.contacts)), now))
        if not entry.changes and entry.receipts:
            entry.receipts[-1] = entry.receipts[-1].model_copy(update={"exhausted": True})
        return entry

    def settle(self, delivery_id: UUID, outcome: Outcome, following: str | None, now: datetime) -> Entry:
        """The channel has answered. `following` is the person's next contact, should this one have failed."""
        entry = Entry()
        before = self._deliveries[delivery_id]
        change = self._change(entry, before, now, status=SETTLED[outcome.result])
        if change.status not in GOOD and following is not None:
            self._receipt(entry, change, outcome)
            self._claim(entry, claim_of(change.page_id, change.page, change.recipient, following, now))
        else:
            self._receipt(entry, change, outcome, exhausted=self._exhausted(change.page_id))
        return entry

    def outcome_unknown(self, delivery_id: UUID, now: datetime) -> Entry:
        """It was claimed by a process that is gone. Urgent pages are claimed again, as a possible repeat."""
        entry = Entry()
        unknown = self._change(entry, self._deliveries[delivery_id], now, status=ReceiptStatus.OUTCOME_UNKNOWN)
        self._receipt(entry, unknown, Outcome(Result.TRANSIENT, "the process ended between sending and settling"))
        if unknown.page.urgency is Urgency.URGENT:
            again = self._change(
                entry,
                unknown,
                now,
                status=ReceiptStatus.CLAIMED,
                attempt=unknown.attempt + 1,
                possible_repeat=True,
            )
            self._receipt(entry, again, None)
        return entry

    def expire(self, now: datetime) -> Entry:
        """Takes pages out of the book that have long been settled, all of their deliveries together."""
        entry = Entry()
        for delivery_ids in list(self._of_page.values()):
            changes = [self._deliveries[delivery_id] for delivery_id in delivery_ids]
            if all(change.status is not ReceiptStatus.CLAIMED and change.at + KEPT < now for change in changes):
                entry.removed.extend(sorted(delivery_ids))
        for delivery_id in entry.removed:
            self.forget(delivery_id)
        return entry

    def _claim(self, entry: Entry, change: DeliveryChanged) -> None:
        self._keep(entry, change)
        self._receipt(entry, change, None)

    def _change(self, entry: Entry, before: DeliveryChanged, now: datetime, **values: object) -> DeliveryChanged:
        change = before.model_copy(update={"revision": before.revision + 1, "at": now, **values})
        self._keep(entry, change)
        return change

    def _keep(self, entry: Entry, change: DeliveryChanged) -> None:
        self.restore(change)
        entry.changes[change.delivery_id] = change

    def _exhausted(self, page_id: UUID) -> bool:
        """Every delivery of the page has failed for good; one that may have arrived counts as arrived."""
        return all(self._deliveries[one].status is ReceiptStatus.FAILED for one in self._of_page[page_id])

    def _receipt(
        self, entry: Entry, change: DeliveryChanged, outcome: Outcome | None, *, exhausted: bool = False
    ) -> None:
        entry.receipts.append(
            PageReceipt(
                page_id=change.page_id,
                delivery_id=change.delivery_id,
                incident_id=change.page.incident_id,
                step=change.page.step,
                recipient=change.recipient,
                channel=change.channel,
                status=change.status,
                at=change.at,
                attempt=change.attempt,
                reason=outcome.reason if outcome else "",
                provider_id=outcome.provider_id if outcome else None,
                possible_repeat=change.possible_repeat,
                exhausted=exhausted,
            )
        )


def _unreachable_receipt(page_id: UUID, page: PageRequested, lost: Unreachable, now: datetime) -> PageReceipt:
    return PageReceipt(
        page_id=page_id,
        delivery_id=delivery_id_of(page_id, lost.target, "nobody"),
        incident_id=page.incident_id,
        step=page.step,
        status=ReceiptStatus.UNREACHABLE,
        at=now,
        reason=lost.reason,
    )


def _drill_receipt(page_id: UUID, page: PageRequested, now: datetime) -> PageReceipt:
    """A canary has come all the way; it wakes nobody."""
    return PageReceipt(
        page_id=page_id,
        delivery_id=delivery_id_of(page_id, DRILL, DRILL),
        incident_id=page.incident_id,
        step=page.step,
        channel=DRILL,
        status=ReceiptStatus.DELIVERED,
        at=now,
        reason="a drill ends here",
    )
