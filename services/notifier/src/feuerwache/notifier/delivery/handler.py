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

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.config.plan import Helpline
from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import (
    DeliveryChanged,
    DeliveryFailed,
    PageReceipt,
    PageRequested,
    PageSubject,
    ReceiptStatus,
    Urgency,
)
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.record import DeadLetter, Outgoing, Output, Record
from feuerwache.common.kafka.topics import PAGES_DELIVERIES, PAGES_RECEIPTS, TopicNames
from feuerwache.notifier import metrics
from feuerwache.notifier.channels.channel import Delivery, Outcome, permanent
from feuerwache.notifier.delivery.alarm import key_of, words
from feuerwache.notifier.delivery.answer import CALLED_BY, Answer, answer_of, is_answered
from feuerwache.notifier.delivery.desk import Claim, Desk, Job
from feuerwache.notifier.delivery.directory import Directory, Recipient, channel_of
from feuerwache.notifier.delivery.ledger import Entry, Ledger
from feuerwache.notifier.delivery.pace import Pace
from feuerwache.notifier.delivery.together import told
from feuerwache.notifier.handover import Handovers
from feuerwache.notifier.message.render import Reader, render

SOURCE = "/notifier"
EXPIRE_EVERY_SECONDS = 60.0
#: Retrying a page that names no deadline, and the least and most that any page is retried for, in real seconds.
WITHOUT_DEADLINE = timedelta(minutes=5)
LEAST_SECONDS = 1.0
MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Office:
    """What the handlers of all partitions share. `link(incident, person)` is the personal way to the incident page.

    `directory` and `overrides` say what holds now.
    `helplines` are the numbers to give to somebody in distress, if the crisis plan for such a case names any.
    `clock_factor`: how much faster civil time runs than real time; it turns a step's wait into real seconds.
    `incidents` says what is known of an incident; without it nobody ever answers. `pace` of all partitions together.
    `reference(about, recipient, channel)` is what a button or a digit hands back; empty where no answer is heard. It is
    about an incident, or about all that are told in the message of a delivery.
    `known` are the incidents of which a handover mail may tell, None while not all are known; `shards` is how many
    partitions share the mails.
    `canary_home` is told how old (seconds of event time) a canary was when its receipt was on record.
    """

    directory: Callable[[], Directory]
    desk: Desk
    clock: Clock
    topics: TopicNames
    link: Callable[[UUID, str | None], str]
    overrides: Callable[[], Sequence[OnCallOverridden]] = tuple
    clock_factor: float = 1.0
    helplines: Callable[[PageSubject], Sequence[Helpline]] = lambda _: ()
    canary_home: Callable[[float], None] = lambda _: None
    incidents: Callable[[UUID], Incident | None] = lambda _: None
    pace: Pace | None = None
    reference: Callable[[UUID, str, str], str] = lambda *_: ""
    known: Callable[[], Sequence[Incident] | None] = tuple
    shards: int = 8


@dataclass(slots=True)
class _Pending:
    """What happens once the last output is on record."""

    jobs: list[Job] = field(default_factory=list)
    settled: list[Claim] = field(default_factory=list)
    called_off: list[Claim] = field(default_factory=list)
    receipts: list[PageReceipt] = field(default_factory=list)
    told_along: list[str] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    canaries: list[float] = field(default_factory=list)


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
        self._pending = _Pending()
        self._looked_at: dict[UUID, int] = {}
        self._alarms_at: dict[UUID, tuple[int, int]] = {}
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
        self._look_for_answers(entry)
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
        self._look_for_answers(entry)
        self._tell_alarms(entry)
        self._hand_over(entry)
        self._ledger.due(entry, self._now())
        outgoing += self._record(entry)
        if self._office.clock.monotonic() - self._expired_at > EXPIRE_EVERY_SECONDS:
            self._expired_at = self._office.clock.monotonic()
            outgoing += self._record(self._ledger.expire(self._now(), self._lasts))
            self._alarms_at = {one: self._alarms_at[one] for one in self._alarms_at if one in self._ledger.alarmed()}
            self._looked_at = {one: self._looked_at[one] for one in self._looked_at if one in self._ledger.unanswered()}
        return Output(outgoing)

    async def committed(self) -> None:
        pending, self._pending = self._pending, _Pending()
        for claim in pending.settled:
            self._office.desk.settled(claim)
        for job in pending.jobs:
            self._office.desk.start(job)
        for claim in pending.called_off:
            self._office.desk.call_off(claim)
        for age in pending.canaries:
            self._office.canary_home(age)
        _count(pending)

    async def close(self) -> None:
        """What is being sent goes on at the desk; whoever has the partition next finds the claim."""

    def _enter(self, entry: Entry, page_id: UUID, page: PageRequested) -> None:
        now = self._now()
        recipients, lost = self._directory.resolve(page.targets, now, self._office.overrides())
        if not self._ledger.enter(entry, page_id, page, recipients, lost=lost, now=now):
            return
        self._looked_at.pop(page.incident_id, None)
        age = (now - page.due_at).total_seconds()
        (self._pending.canaries if page.canary else self._pending.lateness).append(age)

    def _look_for_answers(self, entry: Entry) -> None:
        """Asks what has become of the incidents whose pages may still go out, or may have woken somebody."""
        for incident_id in list(self._ledger.unanswered()):
            incident = self._office.incidents(incident_id)
            if incident is None or self._looked_at.get(incident_id) == incident.revision:
                continue
            self._looked_at[incident_id] = incident.revision
            answer = answer_of(incident)
            over = [one for one in self._ledger.calls_of(incident_id) if is_answered(one, incident, answer)]
            if over:
                said = answer or Answer("taken", None, self._now())
                readers = self._ledger.answered(entry, over, said, self._now())
                self._tell(entry, incident, said, over[-1].page, readers)

    def _tell(self, entry: Entry, incident: Incident, answer: Answer, page: PageRequested, readers: set[str]) -> None:
        """Whoever was paged hears, once, quietly and by nothing that rings, that nothing is left to do."""
        others = [self._directory.recipient(one) for one in sorted(readers - {answer.by, incident.owner})]
        if answer.by is None or page.reason in CALLED_BY:
            return
        notice = PageRequested(
            incident_id=incident.incident_id,
            step=page.step,
            round=page.round,
            targets=(),
            urgency=Urgency.QUIET,
            subject=page.subject,
            due_at=self._now(),
            reason=answer.what,
            by=answer.by,
            revision=incident.revision,
        )
        notice_id = derived_id("notice", incident.incident_id, answer.what, answer.at.isoformat())
        self._ledger.enter(entry, notice_id, notice, [one for one in others if one is not None], now=self._now())

    def _tell_alarms(self, entry: Entry) -> None:
        """Systems that keep an alarm hear by the same contact who has it, and that it is over; what is still being
        sent is waited for, or it would open the alarm again."""
        for incident_id in list(self._ledger.alarmed()):
            incident, opened = self._office.incidents(incident_id), self._ledger.alarms_of(incident_id)
            if incident is None or self._alarms_at.get(incident_id) == (incident.revision, len(opened)):
                continue
            if any(one.status is ReceiptStatus.CLAIMED for one in opened):
                continue
            self._alarms_at[incident_id] = incident.revision, len(opened)
            for page_id, recipient_id, page in words(incident, opened):
                recipient = self._directory.recipient(recipient_id)
                if recipient is not None and page.channel in recipient.contacts:
                    self._ledger.enter(entry, page_id, page, [recipient], now=self._now())

    def _lasts(self, incident_id: UUID) -> bool:
        incident = self._office.incidents(incident_id)
        return incident is not None and incident.state is not IncidentState.RESOLVED

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
        outgoing = [self._receipt(receipt) for receipt in entry.receipts]
        outgoing += [self._state(change) for change in entry.changes.values()]
        name = self._office.topics.of(PAGES_DELIVERIES)
        outgoing += [Outgoing(name, self._partition, str(gone).encode(), None) for gone in entry.removed]
        self._pending.receipts += entry.receipts
        along = (one for one in entry.changes.values() if one.carrier and one.status is ReceiptStatus.CLAIMED)
        self._pending.told_along += [channel_of(one.channel) for one in along if not one.answered]
        self._pending.called_off += [(change.delivery_id, change.attempt) for change in entry.called_off]
        for change in entry.claims:
            outgoing += self._prepare(change)
        return outgoing

    def _prepare(self, change: DeliveryChanged) -> list[Outgoing]:
        """Gets the claim ready. If the configuration no longer knows the contact, it has failed already."""
        recipient = self._directory.recipient(change.recipient)
        if recipient is None or change.channel not in recipient.contacts:
            return self._settle(change, permanent("the contact is not in people.yaml any more"))
        job = self._job(change, recipient)
        self._pending.jobs.append(job)
        self._in_flight[change.delivery_id] = job.claim
        return []

    def _job(self, change: DeliveryChanged, recipient: Recipient) -> Job:
        page = told(self._ledger.told_in(change.delivery_id))
        drill = page.channel is not None  # it has no incident that anybody could act on
        person = recipient.id if recipient.personal and not drill else None
        reader = Reader(
            recipient.name,
            recipient.language,
            recipient.timezone,
            self._office.link(page.incident_id, person),
            person is not None,
            {entry.incident_id: self._office.link(entry.incident_id, person) for entry in page.digest},
            preview=recipient.preview,
            reference="" if drill else self._reference(page, change),
        )
        return Job(
            claim=(change.delivery_id, change.attempt),
            channel=channel_of(change.channel),
            delivery=Delivery(
                change.delivery_id,
                page.incident_id,
                recipient.contacts[change.channel],
                urgent=page.urgency is Urgency.URGENT,
                attempt=change.attempt,
                shard=self._partition,
                alarm=key_of(page, self._office.incidents(page.incident_id)),
            ),
            message=render(
                change.page_id,
                page,
                reader,
                possible_repeat=change.possible_repeat,
                helplines=self._office.helplines(page.subject),
                by=self._name(page.by),
                names=self._name,
            ),
            seconds=patience(page, self._now(), self._office.clock_factor, recipient.left(change.channel)),
        )

    def _reference(self, page: PageRequested, change: DeliveryChanged) -> str:
        about = change.delivery_id if page.digest else page.incident_id
        return self._office.reference(about, change.recipient, channel_of(change.channel))

    def _name(self, person_id: str | None) -> str:
        known = self._directory.recipient(person_id) if person_id else None
        return known.name if known is not None else person_id or ""

    def _receipt(self, receipt: PageReceipt) -> Outgoing:
        cause = derived_id("receipt", receipt.delivery_id, receipt.attempt, receipt.status)
        name = self._office.topics.of(PAGES_RECEIPTS)
        return Outgoing.of(name, self._partition, shard_key(self._partition), self._event(cause, receipt))

    def _state(self, change: DeliveryChanged) -> Outgoing:
        cause = derived_id("delivery-changed", change.delivery_id, change.revision)
        name = self._office.topics.of(PAGES_DELIVERIES)
        return Outgoing.of(name, self._partition, str(change.delivery_id).encode(), self._event(cause, change))

    def _event(self, event_id: UUID, payload: Payload) -> Event[Payload]:
        return Event(event_id, SOURCE, self._now(), payload)

    def _now(self) -> datetime:
        return self._office.clock.now()


def patience(page: PageRequested, now: datetime, clock_factor: float, contacts_left: int) -> float:
    """Real seconds for which transient failures of one contact are retried: a fair share of the step's time."""
    until = page.deadline if page.deadline is not None else now + WITHOUT_DEADLINE
    seconds = (until - now).total_seconds() / clock_factor / contacts_left
    return min(max(seconds, LEAST_SECONDS), MOST_SECONDS)


def _count(pending: _Pending) -> None:
    for seconds in pending.lateness:
        metrics.LATENESS.observe(max(0.0, seconds))
    repeats = {receipt.delivery_id for receipt in pending.receipts if receipt.possible_repeat}
    for channel in pending.told_along:
        metrics.TOGETHER.labels(channel).inc()
    for receipt in pending.receipts:
        channel = channel_of(receipt.channel or "none")
        if receipt.status in metrics.SETTLED:
            counter = metrics.NOTICES if receipt.kind == "notice" else metrics.DELIVERIES
            counter.labels(channel, receipt.status.value).inc()
        elif receipt.status in metrics.PUT_OFF:
            metrics.PUT_OFF[receipt.status].labels(channel).inc()
        elif receipt.status is ReceiptStatus.OUTCOME_UNKNOWN:
            metrics.OUTCOME_UNKNOWN.labels(channel, "yes" if receipt.delivery_id in repeats else "no").inc()
        elif receipt.status is ReceiptStatus.UNREACHABLE:
            metrics.UNREACHABLE.inc()
        if receipt.exhausted:
            metrics.EXHAUSTED.inc()
