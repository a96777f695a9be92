"""What one person reads about one incident, ready for the template: words, numbers and times are theirs already.

Pure. Whatever comes from a post or a person is plain text here; the template escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from feuerwache.common.config.plan import Plans
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PageReceipt, ReceiptStatus
from feuerwache.console.page.alarm import AlarmView, alarm_view, incident_title
from feuerwache.console.page.example import ExampleView, examples
from feuerwache.console.page.leading import LeadingView, Order, Sent, leading, refused, under_way
from feuerwache.console.page.plan import PlanView, plan_view
from feuerwache.console.page.plan_wording import PLAN_UI
from feuerwache.console.page.reader import Reader
from feuerwache.console.page.timeline import EntryView, entry, iso
from feuerwache.console.store.reading import Dossier

NO_PLANS = Plans()
Others = tuple[Incident, ...]
OPEN = frozenset({IncidentState.TRIGGERED, IncidentState.REOPENED, IncidentState.SNOOZED})


@dataclass(frozen=True, slots=True)
class ReachedView:
    who: str
    channel: str
    step: str
    status: str
    good: bool | None
    at: str
    at_iso: str
    note: str


@dataclass(frozen=True, slots=True)
class IncidentView:
    """`title` and `lines` say what happened: what; where and since when, how much, who has it.

    `tone` colours the state; the words beside it say the same.
    """

    title: str
    community: str
    severity: str
    lines: tuple[str, str, str]
    state: str
    tone: Literal["burning", "held", "over"]
    pending: str | None
    notice: str | None
    may_acknowledge: bool
    may_resolve: bool
    resolved: bool
    plan: PlanView | None
    leading: LeadingView
    revision: int
    alarm: AlarmView
    examples: tuple[ExampleView, ...]
    reached: tuple[ReachedView, ...]
    timeline: tuple[EntryView, ...]
    reader: str
    zone: str


def view(
    dossier: Dossier, reader: Reader, order: Order | None = None, plans: Plans = NO_PLANS, others: Others = ()
) -> IncidentView:
    """The page. `order`: what the reader has just sent, as far as the incident does not show it yet."""
    incident, words = dossier.incident, reader.words
    sent = order.sent if order is not None else None
    open_still, resolved = incident.state in OPEN, incident.state is IncidentState.RESOLVED
    pending, waiting = None, under_way(incident, order)
    if (sent == "acknowledge" and open_still) or (sent == "resolve" and not resolved):
        pending = words.ui[f"pending_{sent}"] if order is None or order.command_id is None or waiting else None
    elif waiting and sent not in ("acknowledge", "resolve"):
        pending = PLAN_UI[reader.language]["pending_order"]
    lead = leading(dossier, reader, others)
    if pending is not None and sent in ("acknowledge", "resolve"):
        lead = replace(lead, may=frozenset())
    alarm = alarm_view(incident, reader)
    return IncidentView(
        title=incident_title(incident, reader),
        community=incident.community_title,
        severity=words.severity[incident.severity],
        lines=(
            where_and_since(incident, reader),
            alarm.sentence,
            who_has_it(incident, reader),
        ),
        state=words.state[incident.state],
        tone="over" if resolved else "burning" if open_still else "held",
        pending=pending,
        notice=refused(incident, reader, order) or notice(incident, reader, sent),
        may_acknowledge=open_still and "acknowledge" in lead.may,
        may_resolve="resolve" in lead.may,
        resolved=resolved,
        plan=plan_view(
            incident,
            plans,
            reader,
            may_tick="tick" in lead.may,
            waiting=frozenset((order.step,) if order is not None and sent == "tick" and waiting else ()),
        ),
        leading=lead,
        revision=incident.revision,
        alarm=alarm,
        examples=examples(dossier.examples, incident.highlights, reader),
        reached=tuple(reached(dossier.receipts, reader)),
        timeline=tuple(entry(one, reader, incident.plan) for one in reversed(incident.timeline)),
        reader=reader.person.name,
        zone=reader.person.timezone,
    )


def where_and_since(incident: Incident, reader: Reader) -> str:
    ui = reader.words.ui
    line = f"{incident.community_title}, {ui['since'].format(since=reader.time(incident.onset))}."
    extra = [ui["drill"]] if incident.canary else []
    extra += [ui["late"]] if incident.late else []
    return " ".join([line, *extra])


def who_has_it(incident: Incident, reader: Reader) -> str:
    """The third line: who has it since when, or what happens next if nobody takes over."""
    ui = reader.words.ui
    if incident.state is IncidentState.RESOLVED and incident.resolved_at is not None:
        reason = reader.words.reason.get(incident.resolved_reason or "", incident.resolved_reason or "")
        return ui["resolved"].format(at=reader.time(incident.resolved_at), reason=reason)
    if incident.state is IncidentState.ACKNOWLEDGED and incident.acknowledged_at is not None:
        at = reader.time(incident.acknowledged_at)
        mine = incident.owner == reader.person.id
        return (
            ui["owned_by_you"].format(at=at) if mine else ui["owned"].format(owner=reader.name(incident.owner), at=at)
        )
    if incident.state is IncidentState.SNOOZED and incident.snoozed_until is not None:
        return ui["snoozed"].format(until=reader.time(incident.snoozed_until))
    if incident.due_at is None:
        return f"{ui['unowned']} {ui['no_next_step']}"
    if incident.step is None:
        return f"{ui['unowned']} {ui['waiting_last']}"
    return f"{ui['unowned']} {ui['next_step'].format(due=reader.time(incident.due_at))}"


def notice(incident: Incident, reader: Reader, sent: Sent | None) -> str | None:
    """What somebody is told who came too late with the button."""
    ui = reader.words.ui
    if sent == "acknowledge" and incident.state is IncidentState.RESOLVED:
        return ui["already_resolved"]
    other = incident.owner != reader.person.id and incident.acknowledged_at is not None
    if sent == "acknowledge" and incident.state is IncidentState.ACKNOWLEDGED and other:
        assert incident.acknowledged_at is not None
        return ui["already"].format(owner=reader.name(incident.owner), at=reader.time(incident.acknowledged_at))
    return None


def reached(receipts: tuple[PageReceipt, ...], reader: Reader) -> list[ReachedView]:
    """The last word about each delivery, in the order in which they began."""
    order = list(ReceiptStatus)
    last: dict[str, PageReceipt] = {}
    calls = [receipt for receipt in receipts if receipt.kind == "page"]
    for receipt in sorted(calls, key=lambda one: (one.at, order.index(one.status))):
        last[str(receipt.delivery_id)] = receipt
    words = reader.words
    open_ = dict.fromkeys((ReceiptStatus.HELD, ReceiptStatus.CLAIMED, ReceiptStatus.WITHDRAWN))
    good = {ReceiptStatus.SENT: True, ReceiptStatus.DELIVERED: True, **open_}
    return [
        ReachedView(
            who=reader.name(receipt.recipient) if receipt.recipient else words.ui["whole_step"],
            channel=words.channel.get(receipt.channel or "", receipt.channel or ""),
            step=words.ui["step"].format(step=receipt.step + 1),
            status=words.receipt[receipt.status],
            good=good.get(receipt.status, False),
            at=reader.time(receipt.at),
            at_iso=iso(receipt.at),
            note=words.ui["possible_repeat"] if receipt.possible_repeat else "",
        )
        for receipt in last.values()
    ]
