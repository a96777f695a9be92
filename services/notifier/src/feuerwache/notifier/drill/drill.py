"""The drill of one contact: the page that asks for it, and what its receipts say came of it. Pure.

A drill goes the whole way of a page, through the running notifier and the real provider, by one contact alone, at once:
no delay, no quiet hours, no cap and no fallback stand between, so that each contact is tried for itself. It is marked
as a drill in its subject and its text, belongs to no incident, and its link acts for nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from feuerwache.common.config.people import Person
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import PageReceipt, PageRequested, PageSubject, PersonTarget, ReceiptStatus
from feuerwache.notifier.delivery.directory import channel_of, slots

REACHED = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED})
ENDS = REACHED | {ReceiptStatus.FAILED, ReceiptStatus.UNREACHABLE}
COMMUNITY, TITLE = "drill", "Feuerwache"
UNHEARD = "unheard"


@dataclass(frozen=True, slots=True)
class Trial:
    """One contact, by its slot. `status` is that of its last receipt; `unheard` while there is none.

    `seconds` from asking until the provider's answer was on record; `sent` took it over, `delivered` has handed it on.
    """

    page_id: UUID
    person: str
    name: str
    contact: str
    status: str = UNHEARD
    seconds: float | None = None
    reason: str = "the notifier has not answered"

    @property
    def reached(self) -> bool:
        return self.status in REACHED

    @property
    def ended(self) -> bool:
        return self.status in ENDS


def trials(people: Iterable[Person], channel: str | None) -> list[Trial]:
    """Every contact of theirs, or those of one channel (`sms`, or one slot: `sms:2`)."""
    return [
        Trial(uuid4(), person.id, person.name, slot)
        for person in people
        for slot in slots(person.contacts)
        if channel in (None, slot, channel_of(slot))
    ]


def request(trial: Trial, now: datetime) -> PageRequested:
    """The page that asks for it; its incident's id stands for nothing, and no step follows it."""
    return PageRequested(
        incident_id=trial.page_id,
        step=0,
        targets=(PersonTarget(person_id=trial.person),),
        subject=PageSubject(
            community=COMMUNITY, community_title=TITLE, kind=CrisisKind.DRILL, severity=Severity.LOW, onset=now
        ),
        due_at=now,
        channel=trial.contact,
    )


def heard(trial: Trial, receipt: PageReceipt, asked: datetime) -> Trial:
    """The trial after a receipt of its page."""
    seconds = (receipt.at - asked).total_seconds() if receipt.status in ENDS else None
    return replace(trial, status=receipt.status.value, seconds=seconds, reason=receipt.reason)


@dataclass(frozen=True, slots=True)
class Report:
    """`whole`: every contact that was tried has been reached."""

    at: datetime
    trials: Sequence[Trial]

    @property
    def whole(self) -> bool:
        return bool(self.trials) and all(trial.reached for trial in self.trials)

    @property
    def unreached_people(self) -> tuple[str, ...]:
        """Those whom nothing reached: on a bad night nobody would wake them."""
        reached = {trial.person for trial in self.trials if trial.reached}
        return tuple(dict.fromkeys(trial.person for trial in self.trials if trial.person not in reached))

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "whole": self.whole,
            "tried": len(self.trials),
            "reached": sum(trial.reached for trial in self.trials),
            "unreached_people": list(self.unreached_people),
            "contacts": [
                {**asdict(trial), "page_id": str(trial.page_id), "reached": trial.reached} for trial in self.trials
            ],
        }
