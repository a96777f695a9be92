"""Pages of one partition: claim in a transaction, send outside of any, settle in a transaction.

    handle      pages come in        → claimed receipts, state and offsets in one transaction
                it did not arrive    → failed, the contact claimed that comes next: a provider's later word
    committed   they are on record   → the desk starts to send
    tick        channels have said   → receipts and state, the next contact claimed where one failed
                a time has come      → the contact claimed whose turn it is
                somebody has it      → what has not gone out is withdrawn, and whoever was paged is told

A handler made anew finds claims without an answer in its state. What the desk of this process knows of goes on; the
rest was sent, or not, by a process that is gone: outcome unknown, said on the next tick.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.page import DeliveryChanged, DeliveryFailed, PageRequested, ReceiptStatus
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record
from feuerwache.notifier.channels.channel import Outcome, permanent
from feuerwache.notifier.delivery.desk import Claim
from feuerwache.notifier.delivery.entry import Entry
from feuerwache.notifier.delivery.followup import FollowUp
from feuerwache.notifier.delivery.job import written
from feuerwache.notifier.delivery.ledger import Ledger
from feuerwache.notifier.delivery.office import Office
from feuerwache.notifier.delivery.pending import Pending
from feuerwache.notifier.delivery.records import recorded
from feuerwache.notifier.delivery.together import told
from feuerwache.notifier.handover import Handovers

EXPIRE_EVERY_SECONDS = 60.0


class DeliveryHandler:
    """One partition of `pages.requested.v1` with its state in `pages.deliveries.v1`."""

    def __init__(self, partition: int, office: Office) -> None:
        self._partition = partition
        self._office = office
        self._directory = office.directory()
        self._ledger = Ledger(office.pace)
        self._in_flight: dict[UUID, Claim] = {}
        self._unknown: list[UUID] = []
        self._reported: list[DeliveryFailed] = []
        self._pending = Pending()
        self._followup = FollowUp(self._ledger, office)
        self._handovers = Handovers(partition, office.shards)
        self._expired_at = office.clock.monotonic()

    async def restore(self, record: Record) -> None:
        if record.value is None:
            self._ledger.forget(UUID((record.key or b"").decode()))
            return
        change = record.event().data
        if not isinstance(change, DeliveryChanged):
            raise InvalidRecord(f"{change.TYPE} is no state of a delivery")
        self._ledger.restore(change)

    async def start(self, committed: dict[str, int | None]) -> None:  # noqa: ARG002 - the state says it all
        for change in self._ledger.claimed():
            claim = (change.delivery_id, change.attempt)
            if self._office.desk.knows(claim):
                self._in_flight[change.delivery_id] = claim
            else:
                self._unknown.append(change.delivery_id)

    async def handle(self, records: Sequence[Record]) -> Output:
        self._directory = self._office.directory()
        entry = Entry()
        dead_letters: list[DeadLetter] = []
        for record in records:
            try:
                event = record.event()
                if not isinstance(event.data, PageRequested | DeliveryFailed):
                    raise InvalidRecord(f"{event.type} is no request for a page, and no failure of one")
            except InvalidRecord as error:
                dead_letters.append(DeadLetter.of(record, error))
                continue
            if isinstance(event.data, DeliveryFailed):
                self._reported.append(event.data)
            else:
                self._enter(entry, event.id, event.data)
        self._followup.look_for_answers(entry, self._directory)
        self._ledger.due(entry, self._now())
        return Output([*self._record(entry), *self._reported_failures()], dead_letters)

    async def tick(self) -> Output:
        self._directory = self._office.directory()
        outgoing: list[Outgoing] = []
        unknown, self._unknown = self._unknown, []
        for delivery_id in unknown:
            outgoing += self._outcome_unknown(delivery_id)
        for delivery_id, claim in list(self._in_flight.items()):
            outgoing += self._settle_if_sent(delivery_id, claim)
        outgoing += self._reported_failures()
        entry = Entry()
        self._followup.look_for_answers(entry, self._directory)
        self._followup.tell_alarms(entry, self._directory)
        self._hand_over(entry)
        self._ledger.due(entry, self._now())
        outgoing += self._record(entry)
        if self._office.clock.monotonic() - self._expired_at > EXPIRE_EVERY_SECONDS:
            self._expired_at = self._office.clock.monotonic()
            outgoing += self._record(self._ledger.expire(self._now(), self._followup.lasts))
            self._followup.forget()
        return Output(outgoing)

    async def committed(self) -> None:
        pending, self._pending = self._pending, Pending()
        pending.release(self._office)

    async def close(self) -> None:
        """What is being sent goes on at the desk; whoever has the partition next finds the claim."""

    def _enter(self, entry: Entry, page_id: UUID, page: PageRequested) -> None:
        now = self._now()
        recipients, lost = self._directory.resolve(page.targets, now, self._office.overrides())
        if not self._ledger.enter(entry, page_id, page, recipients, lost=lost, now=now):
            return
        self._followup.paged(page.incident_id)
        age = (now - page.due_at).total_seconds()
        (self._pending.canaries if page.canary else self._pending.lateness).append(age)

    def _hand_over(self, entry: Entry) -> None:
        """At a change of shifts; the ledger knows which mails have been. A mail that told of half of what is open could
        not be mended, so it waits until everything is known."""
        office, schedules, known = self._office, self._directory.schedules, self._office.known()
        if known is None:
            return
        for page_id, page in self._handovers.due(schedules, office.overrides(), known, self._now()):
            self._enter(entry, page_id, page)

    def _outcome_unknown(self, delivery_id: UUID) -> Iterable[Outgoing]:
        known = self._ledger.get(delivery_id)
        if known is None or known.status is not ReceiptStatus.CLAIMED:
            return ()  # its provider has told meanwhile that it failed
        return self._record(self._ledger.outcome_unknown(delivery_id, self._now()))

    def _settle_if_sent(self, delivery_id: UUID, claim: Claim) -> Iterable[Outgoing]:
        outcome = self._office.desk.outcome(claim)
        change = self._ledger.get(delivery_id)
        if outcome is None or change is None:
            return ()
        del self._in_flight[delivery_id]
        self._pending.settled.append(claim)
        return self._settle(change, outcome)

    def _reported_failures(self) -> list[Outgoing]:
        """What providers have said since. One that is faster than its own answer to us waits for that: a few ticks, or
        an unknown outcome, after which an urgent page is sent again anyway."""
        reported, self._reported = self._reported, []
        outgoing: list[Outgoing] = []
        for one in reported:
            change = self._ledger.get(one.delivery_id)
            if one.delivery_id in self._in_flight:
                self._reported.append(one)
            elif change is not None:
                following, outcome = self._following(change), permanent(one.reason)
                failed = self._ledger.failed_after_all(one.delivery_id, one.attempt, outcome, following, self._now())
                outgoing += self._record(failed)
        return outgoing

    def _settle(self, change: DeliveryChanged, outcome: Outcome) -> list[Outgoing]:
        following = self._following(change)
        return self._record(self._ledger.settle(change.delivery_id, outcome, following, self._now()))

    def _following(self, change: DeliveryChanged) -> Sequence[str]:
        recipient = self._directory.recipient(change.recipient)
        return recipient.following(change.channel, change.page, self._now()) if recipient is not None else ()

    def _record(self, entry: Entry) -> list[Outgoing]:
        """The entry as records; its claims get ready to be sent once these are committed."""
        outgoing = recorded(entry, self._partition, self._office.topics, self._now())
        self._pending.add(entry)
        for change in entry.claims:
            outgoing += self._prepare(change)
        return outgoing

    def _prepare(self, change: DeliveryChanged) -> list[Outgoing]:
        """Gets the claim ready. If the configuration no longer knows the contact, it has failed already."""
        recipient = self._directory.recipient(change.recipient)
        if recipient is None or change.channel not in recipient.contacts:
            return self._settle(change, permanent("the contact is not in people.yaml any more"))
        page = told(self._ledger.told_in(change.delivery_id))
        job = written(change, page, recipient, self._partition, office=self._office, directory=self._directory)
        self._pending.jobs.append(job)
        self._in_flight[change.delivery_id] = job.claim
        return []

    def _now(self) -> datetime:
        return self._office.clock.now()
