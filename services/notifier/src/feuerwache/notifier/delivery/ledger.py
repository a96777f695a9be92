"""The book of all deliveries of one partition: what was claimed, what became of it, what has to be said about it.

Pure: each call takes what happened and the instant, and returns an `Entry` of receipts and state changes that go into
one transaction. What a delivery can go through:

    pending → claimed                                        its time has come, or a contact before it has failed
    pending → held → claimed                                 too many pages to one reader: told in one digest
    pending | held → withdrawn                               somebody has answered
    claimed → sent | delivered | failed                      settled by the channel's answer
    sent | outcome unknown → failed                          the provider says later that it did not arrive
    claimed → withdrawn                                      somebody has answered between two tries
    claimed → outcome unknown → claimed (possible repeat)    urgent, after a crash between send and settle
    claimed → outcome unknown                                quiet, or answered meanwhile: rather not at all than twice

Times are state: what is pending and overdue after an outage is claimed at the next look, and what follows it keeps its
distance. A failed delivery brings the person's next contact forward, in the same entry. When the last open delivery of
a page fails and none succeeded, its receipt is marked `exhausted`, so that the incident goes up at once.

Pages to one reader that are claimed together are one message: the first delivery carries the others, and what the
channel says of it holds for all of them (`pace` says what goes together and what is held back).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.events.page import DeliveryChanged, PageRequested, ReceiptStatus, Urgency
from feuerwache.notifier.channels.channel import Outcome, Result
from feuerwache.notifier.delivery.alarm import keeps_alarm
from feuerwache.notifier.delivery.answer import Answer, calls
from feuerwache.notifier.delivery.directory import Recipient, Unreachable, channel_of
from feuerwache.notifier.delivery.entry import DRILL, Entry, delivery_id_of
from feuerwache.notifier.delivery.pace import Pace
from feuerwache.notifier.delivery.timetable import ALARMS_AGAIN
from feuerwache.notifier.delivery.together import MAX_TOGETHER, goes_together

__all__ = ["DRILL", "KEPT", "Entry", "Ledger", "delivery_id_of"]

#: A page that has been settled for so long leaves the book; its receipts stay on record.
KEPT = timedelta(days=1)
#: What is overdue by more than this was: an outage. The contacts after it keep their distance.
LATE = timedelta(seconds=30)
GOOD = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED})
WAITING = frozenset({ReceiptStatus.PENDING, ReceiptStatus.HELD})
OPEN = WAITING | {ReceiptStatus.CLAIMED}
#: Whoever has one of these may have read it.
MAY_HAVE_ARRIVED = GOOD | {ReceiptStatus.CLAIMED, ReceiptStatus.OUTCOME_UNKNOWN}
#: What the channel says, and what goes on record.
SETTLED = {
    Result.ACCEPTED: ReceiptStatus.SENT,
    Result.DELIVERED: ReceiptStatus.DELIVERED,
    Result.TRANSIENT: ReceiptStatus.FAILED,
    Result.PERMANENT: ReceiptStatus.FAILED,
    Result.WITHDRAWN: ReceiptStatus.WITHDRAWN,
}


class Ledger:
    """State of one partition; changed by each call, so it runs ahead of the commit as a handler may.

    Without a `pace` nothing is put together and nothing held back.
    """

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace
        self._deliveries: dict[UUID, DeliveryChanged] = {}
        self._of_page: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self._unanswered: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self._carried: defaultdict[UUID, set[UUID]] = defaultdict(set)
        self._waiting: set[UUID] = set()
        self._alarms: defaultdict[UUID, set[UUID]] = defaultdict(set)

    def restore(self, change: DeliveryChanged) -> None:
        self.forget(change.delivery_id)
        self._deliveries[change.delivery_id] = change
        self._of_page[change.page_id].add(change.delivery_id)
        if calls(change.page) and not change.answered:
            self._unanswered[change.page.incident_id].add(change.delivery_id)
        if change.status in WAITING:
            self._waiting.add(change.delivery_id)
        if change.carrier is not None:
            self._carried[change.carrier].add(change.delivery_id)
        if keeps_alarm(change):
            self._alarms[change.page.incident_id].add(change.delivery_id)
        if self._pace and counts(change):
            self._pace.note(change.recipient, change.channel, (change.delivery_id, change.attempt), change.at)

    def forget(self, delivery_id: UUID) -> None:
        change = self._deliveries.pop(delivery_id, None)
        if change is None:
            return
        self._waiting.discard(delivery_id)
        for index, key in (
            (self._of_page, change.page_id),
            (self._unanswered, change.page.incident_id),
            (self._carried, change.carrier),
            (self._alarms, change.page.incident_id),
        ):
            if key is not None and key in index:
                index[key].discard(delivery_id)
                if not index[key]:
                    del index[key]

    def get(self, delivery_id: UUID) -> DeliveryChanged | None:
        return self._deliveries.get(delivery_id)

    def claimed(self) -> list[DeliveryChanged]:
        """Every message that was, or may have been, handed to a channel and is not settled."""
        return [one for one in self._deliveries.values() if one.status is ReceiptStatus.CLAIMED and not one.carrier]

    def told_in(self, delivery_id: UUID) -> list[DeliveryChanged]:
        """The delivery and those it carries, in the order of their pages."""
        carried = [self._deliveries[one] for one in self._carried.get(delivery_id, ())]
        return [self._deliveries[delivery_id], *sorted(carried, key=lambda one: (one.page.due_at, str(one.page_id)))]

    def unanswered(self) -> Collection[UUID]:
        """Incidents of which an answer would end something, or somebody would have to be told of it."""
        return self._unanswered.keys()

    def alarmed(self) -> Collection[UUID]:
        """Incidents of which a system keeps an alarm, as far as is known."""
        return self._alarms.keys()

    def alarms_of(self, incident_id: UUID) -> list[DeliveryChanged]:
        """What opened an alarm of this incident in such a system, the newest last."""
        found = [self._deliveries[one] for one in self._alarms.get(incident_id, ())]
        return sorted(found, key=lambda one: (one.page.due_at, str(one.delivery_id)))

    def calls_of(self, incident_id: UUID) -> list[DeliveryChanged]:
        """What calls somebody to this incident and has not been answered."""
        return [self._deliveries[one] for one in sorted(self._unanswered.get(incident_id, ()))]

    def request(
        self,
        page_id: UUID,
        page: PageRequested,
        recipients: Iterable[Recipient],
        lost: Iterable[Unreachable],
        now: datetime,
    ) -> Entry:
        """A page has come and what is due goes out at once: `enter` and `due` in one."""
        entry = Entry()
        self.enter(entry, page_id, page, recipients, lost=lost, now=now)
        self.due(entry, now)
        return entry

    def enter(
        self,
        entry: Entry,
        page_id: UUID,
        page: PageRequested,
        recipients: Iterable[Recipient],
        *,
        lost: Iterable[Unreachable] = (),
        now: datetime,
    ) -> bool:
        """Puts every contact that has a time of its own into the book. False: the page is there already."""
        if page_id in self._of_page:
            return False
        if page.canary:
            entry.say_canary(page_id, page, now)
            return True
        entered, nobody = False, list(lost)
        for recipient in recipients:
            turns = [(turn.slot, turn.at) for turn in recipient.turns(page, now)]
            if not turns and page.channel is not None:
                nobody.append(Unreachable(recipient.id, f"{recipient.id} has no contact {page.channel}"))
            for slot, at in turns:
                if at is not None:
                    self._open(entry, page_id, page, (recipient.id, slot), at=at, now=now)
                    entered = True
        entry.say_unreachable(page_id, page, nobody, now)
        if not entered and nobody:
            entry.receipts[-1] = entry.receipts[-1].model_copy(update={"exhausted": True})
        return True

    def due(self, entry: Entry, now: datetime) -> None:
        """Claims everything whose time has come."""
        ready: list[UUID] = []
        overdue = [(one.due_at, delivery) for delivery in self._waiting if (one := self._deliveries[delivery]).due_at]
        for due_at, delivery in sorted(overdue):
            current = self._deliveries[delivery]
            if due_at > now or current.due_at != due_at:
                continue  # its turn comes later, now that another one is late
            ready.append(delivery)
            if now - due_at > LATE and current.status is ReceiptStatus.PENDING:
                self._keep_distance(entry, current, now - due_at, now)
        self._launch(entry, ready, now)

    def settle(self, delivery_id: UUID, outcome: Outcome, following: Sequence[str], now: datetime) -> Entry:
        """The channel has answered. `following` are the recipient's other contacts, next first."""
        entry = Entry()
        brought: list[UUID] = []
        for before in self.told_in(delivery_id):
            change = self._change(entry, before, now, status=SETTLED[outcome.result])
            if change.status is not ReceiptStatus.FAILED or change.answered:
                entry.say(change, outcome)
                continue
            slot = next((one for one in following if self._is_left(change, one)), None)
            if slot is None:
                entry.say(change, outcome, exhausted=self._exhausted(change.page_id))
            else:
                entry.say(change, outcome)
                contact = (change.recipient, slot)
                brought.append(self._open(entry, change.page_id, change.page, contact, at=now, now=now))
        self._launch(entry, brought, now)
        return entry

    def failed_after_all(
        self, delivery_id: UUID, attempt: int, outcome: Outcome, following: Sequence[str], now: datetime
    ) -> Entry:
        """The provider had taken this attempt over and says now that it did not arrive; said again, nothing changes."""
        known = self._deliveries.get(delivery_id)
        if known is None or known.attempt != attempt or known.status not in MAY_HAVE_ARRIVED:
            return Entry()
        return self.settle(delivery_id, outcome, following, now)

    def outcome_unknown(self, delivery_id: UUID, now: datetime) -> Entry:
        """It was claimed by a process that is gone. Urgent pages are claimed again, as a possible repeat."""
        entry = Entry()
        again: list[DeliveryChanged] = []
        for before in self.told_in(delivery_id):
            unknown = self._change(entry, before, now, status=ReceiptStatus.OUTCOME_UNKNOWN)
            entry.say(unknown, reason="the process ended between sending and settling")
            if unknown.page.urgency is Urgency.URGENT and not unknown.answered:
                again.append(unknown)
        if again:
            self._claim(entry, again, now, possible_repeat=True)
        return entry

    def answered(self, entry: Entry, deliveries: Iterable[DeliveryChanged], answer: Answer, now: datetime) -> set[str]:
        """Somebody has answered these. What has not gone out is withdrawn; returns who may have read one of them."""
        reason = f"{answer.by} has {answer.what} it" if answer.by else "it is over"
        readers: set[str] = set()
        for one in deliveries:
            if one.status in WAITING:
                withdrawn = self._change(entry, one, now, status=ReceiptStatus.WITHDRAWN, answered=True, due_at=None)
                entry.say(withdrawn, reason=reason)
                continue
            # `at` stays: it says when this delivery came to what it is.
            changed = self._change(entry, one, one.at, answered=True)
            if one.status in MAY_HAVE_ARRIVED:
                readers.add(one.recipient)
            if one.status is ReceiptStatus.CLAIMED:
                carrier = self._deliveries[one.carrier or one.delivery_id]
                if all(each.answered for each in self.told_in(carrier.delivery_id)):
                    entry.called_off.append(changed if one.carrier is None else carrier)
        return readers

    def expire(self, now: datetime, lasts: Callable[[UUID], bool] = lambda _: False) -> Entry:
        """Takes pages out of the book that have long been settled, all of their deliveries together. What has opened
        an alarm in another system stays while the incident `lasts`: that system has to be told of the end."""
        entry = Entry()
        for delivery_ids in list(self._of_page.values()):
            changes = [self._deliveries[delivery_id] for delivery_id in delivery_ids]
            if any(channel_of(one.channel) in ALARMS_AGAIN and lasts(one.page.incident_id) for one in changes):
                continue
            if all(change.status not in OPEN and change.at + KEPT < now for change in changes):
                entry.removed.extend(sorted(delivery_ids))
        for delivery_id in entry.removed:
            self.forget(delivery_id)
        return entry

    def _open(
        self, entry: Entry, page_id: UUID, page: PageRequested, contact: tuple[str, str], *, at: datetime, now: datetime
    ) -> UUID:
        """A contact gets its time, or has it moved."""
        delivery_id = delivery_id_of(page_id, *contact)
        known = self._deliveries.get(delivery_id)
        if known is not None:
            self._change(entry, known, now, due_at=at)
            return delivery_id
        new = DeliveryChanged(
            delivery_id=delivery_id,
            page_id=page_id,
            revision=1,
            recipient=contact[0],
            channel=contact[1],
            status=ReceiptStatus.PENDING,
            attempt=1,
            at=now,
            page=page,
            due_at=at,
        )
        self._keep(entry, new)
        return delivery_id

    def _is_left(self, failed: DeliveryChanged, slot: str) -> bool:
        known = self._deliveries.get(delivery_id_of(failed.page_id, failed.recipient, slot))
        return known is None or known.status in WAITING

    def _keep_distance(self, entry: Entry, overdue: DeliveryChanged, late: timedelta, now: datetime) -> None:
        for one in list(self._of_page[overdue.page_id]):
            later = self._deliveries[one]
            same = later.recipient == overdue.recipient and later.status is ReceiptStatus.PENDING
            if same and later.due_at and overdue.due_at and later.due_at > overdue.due_at:
                self._change(entry, later, now, due_at=later.due_at + late)

    def _launch(self, entry: Entry, ready: Sequence[UUID], now: datetime) -> None:
        """Claims what is ready, as the pace of each reader and channel allows."""
        readers: defaultdict[tuple[str, str], list[DeliveryChanged]] = defaultdict(list)
        for delivery in (self._deliveries[one] for one in ready):
            if goes_together(delivery):
                readers[delivery.recipient, delivery.channel].append(delivery)
            else:
                self._claim(entry, [delivery], now)
        for (recipient, slot), group in readers.items():
            until = self._pace.gathers_until(recipient, slot, now) if self._pace else None
            if any(one.status is ReceiptStatus.HELD for one in group):
                self._claim_together(entry, group, now, held=True)
            elif self._pace and self._pace.is_full(recipient, slot, now):
                self._hold(entry, group, now, self._held_until(recipient, slot, now))
            elif until is not None:
                for one in group:
                    self._change(entry, one, one.at, due_at=until)
            else:
                self._claim_together(entry, group, now)

    def _held_until(self, recipient: str, slot: str, now: datetime) -> datetime:
        """With those that are held back for them already, or after the usual time."""
        assert self._pace is not None
        held = [
            one.due_at
            for one in (self._deliveries[waiting] for waiting in self._waiting)
            if (one.recipient, one.channel) == (recipient, slot) and one.status is ReceiptStatus.HELD and one.due_at
        ]
        return max(now, min(held)) if held else now + self._pace.limits.hold

    def _hold(self, entry: Entry, group: Iterable[DeliveryChanged], now: datetime, until: datetime) -> None:
        for one in group:
            held = self._change(entry, one, now, status=ReceiptStatus.HELD, due_at=until, held=True)
            entry.say(held, reason="too many pages in a short time: it comes with others in one message")

    def _claim_together(
        self, entry: Entry, group: Sequence[DeliveryChanged], now: datetime, *, held: bool = False
    ) -> None:
        size = MAX_TOGETHER if held or (self._pace and self._pace.limits.gather) else 1
        for first in range(0, len(group), size):
            self._claim(entry, group[first : first + size], now, held=held)

    def _claim(self, entry: Entry, group: Sequence[DeliveryChanged], now: datetime, **values: object) -> None:
        """One message: the first delivery carries the others."""
        leader = group[0].delivery_id
        for one in group:
            attempt = one.attempt + 1 if one.status is ReceiptStatus.OUTCOME_UNKNOWN else one.attempt
            claimed = self._change(
                entry,
                one,
                now,
                status=ReceiptStatus.CLAIMED,
                attempt=attempt,
                due_at=None,
                carrier=None if one.delivery_id == leader else leader,
                **values,
            )
            entry.say(claimed)
        entry.claimed.append(leader)

    def _change(self, entry: Entry, before: DeliveryChanged, now: datetime, **values: object) -> DeliveryChanged:
        current = self._deliveries[before.delivery_id]
        change = current.model_copy(update={"revision": current.revision + 1, "at": now, **values})
        self._keep(entry, change)
        return change

    def _keep(self, entry: Entry, change: DeliveryChanged) -> None:
        self.restore(change)
        entry.changes[change.delivery_id] = change

    def _exhausted(self, page_id: UUID) -> bool:
        """Every delivery of the page has failed for good; one that may have arrived counts as arrived."""
        return all(self._deliveries[one].status is ReceiptStatus.FAILED for one in self._of_page[page_id])


def counts(change: DeliveryChanged) -> bool:
    """Whether it is a message that may have reached somebody and is to be paced."""
    return change.status in MAY_HAVE_ARRIVED and change.carrier is None and goes_together(change)
