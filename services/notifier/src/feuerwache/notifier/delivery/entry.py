"""What goes on record together: receipts for people and incidents, and the book's own state. One transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.page import DeliveryChanged, PageReceipt, PageRequested, ReceiptStatus
from feuerwache.notifier.channels.channel import Outcome
from feuerwache.notifier.delivery.directory import Unreachable
from feuerwache.notifier.delivery.timetable import NOTICES

DRILL = "drill"


@dataclass(slots=True)
class Entry:
    """`claims`, a part of `changes`, may be sent once all of it is on record; `called_off` need not be tried again."""

    receipts: list[PageReceipt] = field(default_factory=list)
    changes: dict[UUID, DeliveryChanged] = field(default_factory=dict)
    removed: list[UUID] = field(default_factory=list)
    claimed: list[UUID] = field(default_factory=list)
    called_off: list[DeliveryChanged] = field(default_factory=list)

    @property
    def claims(self) -> list[DeliveryChanged]:
        """One for each message that goes out; what is told along is not among them."""
        return [self.changes[one] for one in self.claimed if self.changes[one].status is ReceiptStatus.CLAIMED]

    def say(
        self, change: DeliveryChanged, outcome: Outcome | None = None, *, reason: str = "", exhausted: bool = False
    ) -> None:
        """A receipt of what the delivery has come to."""
        self.receipts.append(
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
                reason=outcome.reason if outcome else reason,
                provider_id=outcome.provider_id if outcome else None,
                possible_repeat=change.possible_repeat,
                exhausted=exhausted,
                kind=kind_of(change.page),
            )
        )

    def say_unreachable(self, page_id: UUID, page: PageRequested, lost: Iterable[Unreachable], now: datetime) -> None:
        for one in lost:
            self.receipts.append(
                PageReceipt(
                    page_id=page_id,
                    delivery_id=delivery_id_of(page_id, one.target, "nobody"),
                    incident_id=page.incident_id,
                    step=page.step,
                    status=ReceiptStatus.UNREACHABLE,
                    at=now,
                    reason=one.reason,
                    kind=kind_of(page),
                )
            )

    def say_canary(self, page_id: UUID, page: PageRequested, now: datetime) -> None:
        """A canary has come all the way; it wakes nobody."""
        self.receipts.append(
            PageReceipt(
                page_id=page_id,
                delivery_id=delivery_id_of(page_id, DRILL, DRILL),
                incident_id=page.incident_id,
                step=page.step,
                channel=DRILL,
                status=ReceiptStatus.DELIVERED,
                at=now,
                reason="a drill ends here",
                kind="drill",
            )
        )


def kind_of(page: PageRequested) -> Literal["page", "notice", "drill"]:
    """A drill of one contact belongs to no incident; the drill of a whole ladder is an incident and has pages."""
    if page.reason in NOTICES or page.reason == "shift_change":
        return "notice"
    return "drill" if page.channel is not None and page.subject.kind is CrisisKind.DRILL else "page"


def delivery_id_of(page_id: UUID, recipient: str, slot: str) -> UUID:
    return derived_id("delivery", page_id, recipient, slot)
