"""One try to hand a parcel to its platform, and what follows from it for the record: receipts, parked again, or dead.

`Settled` is what a courier writes in its transaction. An attempt itself writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import AppealChanged, DecisionMade
from feuerwache.common.http.retry import backoff
from feuerwache.common.kafka.deadletters import to_outgoing
from feuerwache.common.kafka.record import DeadLetter, Outgoing
from feuerwache.common.logging import logger
from feuerwache.ingest.outbound.capability import Translation, translate
from feuerwache.ingest.outbound.document import APPEAL_TYPE, appeal_document, document
from feuerwache.ingest.outbound.office import Office, stage_of
from feuerwache.ingest.outbound.outcome import Kind, Outcome, Word
from feuerwache.ingest.outbound.outlet import Outlet
from feuerwache.ingest.outbound.parcel import Parcel
from feuerwache.ingest.outbound.platform import Handover
from feuerwache.ingest.outbound.receipt import Receipts

#: As `error_class` of a dead letter.
UNDELIVERABLE = "Undeliverable"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """`parked` is the parcel as it waits for another try; None: it has come to its end."""

    outgoing: tuple[Outgoing, ...] = ()
    parked: Parcel | None = None


async def attempt(parcel: Parcel, office: Office) -> Settled:
    """Hands it over if the platform takes anything now. Raises nothing for what the other side does."""
    integration = office.integration()
    outlet = integration.outbound
    if outlet is None:
        return Settled(parked=parcel)
    translation = _translation(parcel, outlet)
    if not translation.asked and isinstance(parcel.event.data, DecisionMade):
        office.count("not_supported")
        return Settled(tuple(_receipts(parcel, translation, None, office)))
    if not office.admits(parcel.id):
        due = office.now_ms() + int(office.valve.seconds_left(office.clock.monotonic()) * 1000)
        return Settled(parked=parcel.put_off(due, office.valve.paused or office.valve.reason))
    return await _deliver(parcel, outlet, translation, office)


def _translation(parcel: Parcel, outlet: Outlet) -> Translation:
    """What the platform is asked to do: nothing by an appeal, which it only passes on."""
    match parcel.event.data:
        case DecisionMade() as decision:
            return translate(decision.actions or (decision.action,), outlet.can, outlet.instead)
        case AppealChanged():
            return translate((), outlet.can)


def _handover(parcel: Parcel, outlet: Outlet, translation: Translation) -> Handover:
    match parcel.event.data:
        case DecisionMade() as decision:
            data = document(parcel.id, decision, translation, shadow=outlet.shadow, skipped=parcel.skipped)
            return Handover(parcel.id, data)
        case AppealChanged() as appeal:
            return Handover(parcel.id, appeal_document(parcel.id, appeal), APPEAL_TYPE)


async def _deliver(parcel: Parcel, outlet: Outlet, translation: Translation, office: Office) -> Settled:
    handover = _handover(parcel, outlet, translation)
    try:
        with office.metrics.call_seconds.labels(office.id).time():
            outcome = await office.platform.deliver(handover)
    except BaseException:
        office.valve.released(parcel.id)
        raise
    match outcome.kind:
        case Kind.TAKEN | Kind.REFUSED:
            office.valve.answered(parcel.id)
            office.count(outcome.kind.value)
            age = (office.now_ms() - parcel.record.timestamp_ms) / 1000
            office.metrics.age.labels(office.id).observe(max(0.0, age))
            return Settled(tuple(_receipts(parcel, translation, outcome, office)))
        case Kind.GONE:
            office.valve.released(parcel.id)
            office.count("gone")
            await office.pause(outcome.reason)
            return Settled(parked=parcel.put_off(office.now_ms(), outcome.reason))
        case Kind.RETRY:
            return _again_or_never(parcel, translation, outcome, office)


def _again_or_never(parcel: Parcel, translation: Translation, outcome: Outcome, office: Office) -> Settled:
    limits = office.limits
    was_open = not office.valve.closed
    office.valve.failed(parcel.id, office.clock.monotonic(), outcome.reason, outcome.retry_after)
    if was_open and office.valve.closed:
        log.warning("the platform is left alone", integration=office.id, reason=outcome.reason)
    office.count("retried")
    wait = backoff(parcel.tries + 1, outcome.retry_after, first=limits.first, longest=limits.longest)
    tried = parcel.tried(office.now_ms(), timedelta(seconds=wait), outcome.reason)
    if not tried.expired(office.now_ms(), limits.patience):
        return Settled(parked=tried)
    office.count("expired")
    hours = limits.patience / timedelta(hours=1)
    reason = f"not delivered to {office.id} within {hours:g} h, {tried.tries} tries; the last one: {outcome.reason}"
    log.error("given up", integration=office.id, id=str(parcel.id), reason=reason)
    letter = to_outgoing(DeadLetter(parcel.record, UNDELIVERABLE, reason), stage_of(office.id))
    failed = Outcome(Kind.RETRY, Word("failed", reason), outcome.words)
    return Settled((*_receipts(parcel, translation, failed, office), letter))


def _receipts(parcel: Parcel, translation: Translation, outcome: Outcome | None, office: Office) -> Iterator[Outgoing]:
    """None of an appeal, which asks for no action."""
    event = parcel.event
    if isinstance(event.data, DecisionMade):
        now, partition = office.clock.now(), parcel.record.partition
        made = Event(event.id, event.source, event.time, event.data, event.traceparent)
        yield from Receipts(made, partition, office.id, office.names, now).of(translation, outcome)
