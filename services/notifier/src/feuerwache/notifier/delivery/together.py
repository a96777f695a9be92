"""Several pages to one reader as one message: which may go together, and the page that tells of all of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.page import DeliveryChanged, DigestEntry, PageRequested, Urgency
from feuerwache.notifier.delivery.answer import CALLED_BY, calls
from feuerwache.notifier.delivery.directory import channel_of

#: As many as a digest of the incidents' own tells of: a message stays below 256 kB.
MAX_TOGETHER = 25
#: Places each entry names.
MAX_PLACES = 5
#: Systems that keep one alarm per incident: they get every page by itself, and want no mercy.
MACHINES = frozenset({"webhook", "pagerduty", "alertmanager"})
RANK = {severity: rank for rank, severity in enumerate(Severity)}


def goes_together(delivery: DeliveryChanged) -> bool:
    """Urgent calls to people; what one colleague wants of another, drills and digests go by themselves."""
    page = delivery.page
    return (
        calls(page)
        and page.urgency is Urgency.URGENT
        and page.reason not in CALLED_BY
        and page.subject.kind is not CrisisKind.DRILL
        and channel_of(delivery.channel) not in MACHINES
    )


def told(deliveries: Sequence[DeliveryChanged]) -> PageRequested:
    """The page as it is written: itself, or one that tells of all, the worst one first and as its subject."""
    first = deliveries[0].page
    held = any(one.held for one in deliveries)
    if len(deliveries) == 1 and not held:
        return first
    pages = sorted((one.page for one in deliveries), key=lambda page: RANK[page.subject.severity], reverse=True)
    worst = pages[0]
    why: Literal["held", "together"] = "held" if held else "together"
    return first.model_copy(
        update={
            "incident_id": worst.incident_id,
            "subject": worst.subject,
            "late_seconds": max(page.late_seconds for page in pages),
            "digest": tuple(_entry(page, why) for page in pages),
        }
    )


def _entry(page: PageRequested, why: Literal["held", "together"]) -> DigestEntry:
    short = {"examples": (), "highlights": (), "parts": page.subject.parts[:MAX_PLACES]}
    return DigestEntry(incident_id=page.incident_id, subject=page.subject.model_copy(update=short), why=why)
