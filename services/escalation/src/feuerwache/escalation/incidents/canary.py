"""What becomes of a canary's alarm: a drill for the notifier, and nothing else. Pure.

No incident is opened: one every minute would only be in the way, and the page takes the same road through the same
transaction as that of a fire.
"""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.page import PageReceipt, PageRequested, PageSubject, Urgency
from feuerwache.escalation.incidents.change import SOURCE
from feuerwache.escalation.policy.house import House

#: The notifier's word for where a drill ends; such receipts belong to no incident.
DRILL = "drill"


def passed_on(event: Event[AlarmRaised], now: datetime, house: House) -> Event[PageRequested]:
    """The drill that follows from the alarm; the same alarm again is the same drill. Raises `UnknownCommunity`.

    `due_at` is when the post was written, so that its whole way can be measured.
    """
    alarm = event.data
    page = PageRequested(
        incident_id=derived_id("canary", event.id),
        step=0,
        targets=(),
        urgency=Urgency.QUIET,
        subject=PageSubject(
            community=alarm.community,
            community_title=house.community(alarm.community).title,
            kind=CrisisKind.DRILL,
            severity=alarm.severity,
            onset=alarm.onset,
        ),
        due_at=alarm.onset,
        canary=True,
    )
    return Event(derived_id("canary-page", event.id), SOURCE, now, page, event.traceparent)


def came_back(receipt: PageReceipt) -> bool:
    """Whether it is the receipt of a drill, a canary's or one of a person's contacts."""
    return receipt.channel == DRILL or receipt.kind == "drill"
