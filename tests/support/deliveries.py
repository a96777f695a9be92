"""Pages, readers and incidents for tests of the notifier's book, with nothing in them that does not matter there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from feuerwache.common.config.contact import Contact, EmailContact, NtfyContact, SmsContact, VoiceContact
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentState, TimelineEntry
from feuerwache.common.events.page import PageReceipt, PageRequested, PageSubject
from feuerwache.notifier.delivery.directory import Recipient, slots

NOW = datetime(2026, 11, 14, 20, 0, tzinfo=UTC)
INCIDENT = UUID(int=2)
NUMBER = "+4915112345678"


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def page(severity: Severity = Severity.CRITICAL, **changes: Any) -> PageRequested:
    kind = changes.pop("kind", CrisisKind.VOLUME_BURST)
    about = PageSubject(community="c", community_title="C", kind=kind, severity=severity, onset=NOW)
    base = PageRequested(incident_id=INCIDENT, step=0, targets=(), subject=about, due_at=NOW, revision=1)
    return base.model_copy(update=changes)


def late(after: int) -> dict[str, Any]:
    """A delay as people.yaml has it: left out, or a duration."""
    return {"after": f"{after}s"} if after else {}


def push(after: int = 0) -> NtfyContact:
    return NtfyContact(topic="t", **late(after))


def mail(after: int = 0) -> EmailContact:
    return EmailContact(address="a@x.example", **late(after))


def sms(after: int = 0) -> SmsContact:
    return SmsContact(number=NUMBER, **late(after))


def voice(after: int = 0) -> VoiceContact:
    return VoiceContact(number=NUMBER, **late(after))


def reader(name: str = "anna", *contacts: Contact, **changes: Any) -> Recipient:
    return Recipient(name, name, "de", "Europe/Berlin", slots(contacts or (push(), sms(120), voice(240))), **changes)


def said(receipts: Iterable[PageReceipt]) -> list[str]:
    return [f"{receipt.recipient} {receipt.channel} {receipt.status.value}" for receipt in receipts]


def incident(
    state: IncidentState = IncidentState.ACKNOWLEDGED,
    by: str | None = "jonas",
    *,
    revision: int = 2,
    at: datetime = NOW + timedelta(seconds=60),
    **changes: Any,
) -> Incident:
    """One in this state, by this person's doing."""
    what = {IncidentState.ACKNOWLEDGED: "acknowledged", IncidentState.RESOLVED: "resolved"}.get(state, state.value)
    actor = Actor(person_id=by, via=Via.LINK) if by else None
    base = Incident(
        incident_id=INCIDENT,
        revision=revision,
        shard=0,
        community="c",
        community_title="C",
        kind=CrisisKind.VOLUME_BURST,
        severity=Severity.CRITICAL,
        state=state,
        onset=NOW,
        opened_at=NOW,
        last_alarm_at=NOW,
        policy=FrozenPolicy(policy_id="p", config_hash="h", steps=()),
        step=None,
        owner=by if state is IncidentState.ACKNOWLEDGED else None,
        timeline=(TimelineEntry(at=at, what=what, actor=actor),),
    )
    return base.model_copy(update=changes)


def new_page(**changes: Any) -> tuple[UUID, PageRequested]:
    """A page of an incident of its own."""
    return uuid4(), page(incident_id=uuid4(), **changes)
