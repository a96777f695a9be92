"""What the state of an incident says about a page of it: whether somebody has answered, who, and when. Pure.

Who asks knows the incident by following `incidents.changed.v1`, which may lag behind the pages: so only a state that is
newer than the one that asked for the page counts. What is not known yet stops nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import DeliveryChanged, PageRequested
from feuerwache.notifier.delivery.timetable import NOTICES

#: Reasons of a page while somebody has the incident: only whoever it goes to can answer it.
CALLED_BY = frozenset({"hand_over", "help", "ask_again"})
HANDLED = {
    IncidentState.ACKNOWLEDGED: "acknowledged",
    IncidentState.SNOOZED: "snoozed",
    IncidentState.RESOLVED: "resolved",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`by` None: it ended by itself, or went into another incident; then there is nobody to tell of."""

    what: Literal["taken", "ended"]
    by: str | None
    at: datetime


def calls(page: PageRequested) -> bool:
    """Whether it calls people about one incident, so that an answer ends it."""
    told = page.reason in NOTICES or page.reason == "shift_change" or bool(page.digest)
    return not told and not page.canary and page.channel is None


def answer_of(incident: Incident) -> Answer | None:
    """None while nobody has it."""
    what = HANDLED.get(incident.state)
    if what is None:
        return None
    last = next((entry for entry in reversed(incident.timeline) if entry.what == what), None)
    actor = last.actor.person_id if last is not None and last.actor is not None else None
    at = last.at if last is not None else incident.acknowledged_at or incident.resolved_at or incident.last_alarm_at
    if incident.state is IncidentState.RESOLVED:
        return Answer("ended", actor if incident.merged_into is None else None, at)
    return Answer("taken", actor or incident.owner, at)


def is_answered(delivery: DeliveryChanged, incident: Incident, answer: Answer | None) -> bool:
    """Whether this delivery need not be tried (any more)."""
    page = delivery.page
    if page.reason in CALLED_BY and incident.state is not IncidentState.RESOLVED:
        return has_acted(delivery.recipient, incident, page.due_at)
    if answer is None:
        return False
    return answer.at > delivery.at if page.revision is None else incident.revision > page.revision


def has_acted(person_id: str, incident: Incident, since: datetime) -> bool:
    """Whether this person has said anything about the incident since."""
    return any(
        entry.actor is not None and entry.actor.person_id == person_id and entry.at > since
        for entry in reversed(incident.timeline)
    )
