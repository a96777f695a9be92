"""What a page's receipts do: the timeline says who was reached, and a step that reached nobody goes up at once."""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Incident, IncidentState, TimelineEntry
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.escalation.incidents.change import PAGING, Change, noted, remembered, revised, updated
from feuerwache.escalation.incidents.digest import queued
from feuerwache.escalation.incidents.due import at_the_end
from feuerwache.escalation.incidents.ladder import (
    call_next,
    carried_on,
    hold_or_fire,
    in_vain,
    is_first,
    last_page,
    unowned,
)
from feuerwache.escalation.incidents.rungs import longest

#: A claim is no news yet, nor is what is held back for a moment, or no longer needed.
NO_NEWS = frozenset({ReceiptStatus.PENDING, ReceiptStatus.HELD, ReceiptStatus.CLAIMED, ReceiptStatus.WITHDRAWN})
REACHED = frozenset({ReceiptStatus.SENT, ReceiptStatus.DELIVERED})


def receipted(incident: Incident, event: Event[PageReceipt], now: datetime) -> Change | None:
    """The incident after a receipt; None when it says nothing new. A notice of who has it called nobody."""
    receipt = event.data
    if receipt.status in NO_NEWS or receipt.kind != "page" or event.id in incident.receipt_ids:
        return None
    told = noted(
        updated(incident, receipt_ids=remembered(incident.receipt_ids, event.id)),
        now,
        "reached" if receipt.status in REACHED else "not_reached",
        status=receipt.status.value,
        person=receipt.recipient,
        channel=receipt.channel,
        step=receipt.step + 1,
        possible_repeat=receipt.possible_repeat,
    )
    if receipt.page_id in incident.pages and receipt.status in REACHED:
        told = updated(told, reached=True)
    if reached_nobody(incident, receipt):
        if receipt.page_id in incident.pages and not incident.reached:
            told = updated(told, reached=False)
        return revised(incident, went_up(told, receipt, now))
    return revised(incident, Change(told))


def reached_nobody(incident: Incident, receipt: PageReceipt) -> bool:
    """Whether the whole page came to nothing: the notifier says so, or its only target named nobody."""
    if receipt.exhausted:
        return True
    page = last_page(incident)
    return receipt.status is ReceiptStatus.UNREACHABLE and page == (receipt.page_id, 1)


def went_up(incident: Incident, receipt: PageReceipt, now: datetime) -> Change:
    """The next step at once, if this was the present one; a repeat of the whole ladder keeps its distance."""
    if incident.state is IncidentState.ACKNOWLEDGED and handed_to_nobody(incident, receipt):
        return unowned(incident, IncidentState.TRIGGERED, now, now, "hand_over_failed")
    call = call_for_help(incident, receipt)
    if incident.state not in PAGING and call is not None and incident.step is not None:
        page = derived_id("page", incident.incident_id, "need_help", receipt.page_id)
        unheard = noted(incident, now, "help_unheard", call.actor, page=str(page))
        return call_next(unheard, page, now, call.actor.person_id if call.actor else None)
    if incident.state is IncidentState.ACKNOWLEDGED and asked_in_vain(incident, receipt):
        return carried_on(incident, now, now, "no_progress")
    return ladder_went_up(incident, receipt, now)


def ladder_went_up(incident: Incident, receipt: PageReceipt, now: datetime) -> Change:
    present = last_page(incident)
    waits = incident.state in PAGING and incident.due_at is not None and not queued(incident)
    if present is None or receipt.page_id != present[0] or not waits:
        return Change(incident)
    after = skipped(incident)
    if after.step is None:
        return at_the_end(after, now, now)
    return in_vain(after, now) if is_first(after) else hold_or_fire(after, now, now)


def skipped(incident: Incident) -> Incident:
    """To repeat a step that reached nobody at once is in vain: the next one, if there is any."""
    if incident.again == 0 or incident.step is None:
        return incident
    if incident.step + 1 < longest(incident.policy):
        return updated(incident, step=incident.step + 1, again=0)
    more = incident.round - incident.first_round < incident.policy.repeat
    return updated(incident, step=0 if more else None, again=0, round=incident.round + more)


def asked_in_vain(incident: Incident, receipt: PageReceipt) -> bool:
    """Whether the page that asked the present owner again reached nobody."""
    asked = [entry for entry in incident.timeline if entry.what == "asked_again"]
    return incident.asked_at is not None and bool(asked) and asked[-1].detail.get("page") == str(receipt.page_id)


def call_for_help(incident: Incident, receipt: PageReceipt) -> TimelineEntry | None:
    """The call for help that this page carried, if it is the last one of an incident that is not over."""
    calls = [entry for entry in incident.timeline if entry.what in ("help_wanted", "help_unheard")]
    carried = bool(calls) and calls[-1].detail.get("page") == str(receipt.page_id)
    return calls[-1] if carried and incident.state is not IncidentState.RESOLVED else None


def handed_to_nobody(incident: Incident, receipt: PageReceipt) -> bool:
    """Whether the page that told the present owner about the hand-over reached nobody."""
    told = [entry for entry in incident.timeline if entry.what == "handed_over"]
    return (
        bool(told) and told[-1].detail.get("page") == str(receipt.page_id) and incident.owner == told[-1].detail["to"]
    )
