"""What people's commands do to an incident; docs/incidents.md has the table of all states and inputs.

Each command takes effect once. What comes too late is noted and changes nothing; what the person may not do, or what
cannot be done, is noted as `refused` with its reason, so that whoever asked can read it. Commands for an incident that
was merged into another one go there; see `merged` for which.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import (
    Acknowledge,
    Comment,
    Declare,
    HandOver,
    Incident,
    IncidentCommand,
    IncidentState,
    NeedHelp,
    Resolve,
    Snooze,
    TickPlanStep,
)
from feuerwache.common.events.page import PersonTarget
from feuerwache.escalation.incidents import permission, plan
from feuerwache.escalation.incidents.bar import false_alarm
from feuerwache.escalation.incidents.change import PAGING, Change, closed, noted, refused, remembered, revised, updated
from feuerwache.escalation.incidents.ladder import call_next, climb, fire, request
from feuerwache.escalation.incidents.owner import heard, owned, reached_step
from feuerwache.escalation.incidents.part import MAX_ABOUT
from feuerwache.escalation.policy.house import House


def declared(event: Event[Declare], now: datetime, shard: int, house: House) -> Change:
    """An incident somebody declares by hand, under the id they chose. Raises `InvalidRecord` when they may not."""
    command = event.data
    community = house.community(command.community)
    reason = permission.refusal(house, command, None, now)
    if reason is not None:
        raise InvalidRecord(f"{command.actor.person_id} may not declare an incident: {reason}")
    incident = Incident(
        incident_id=command.incident_id,
        revision=0,
        shard=shard,
        community=command.community,
        community_title=community.title,
        brand=community.brand,
        kind=CrisisKind.DECLARED,
        about=" ".join(command.note.split())[:MAX_ABOUT],
        severity=command.severity,
        state=IncidentState.TRIGGERED,
        onset=event.time,
        opened_at=now,
        last_alarm_at=event.time,
        policy=house.freeze(command.community, command.severity, CrisisKind.DECLARED),
        plan=plan.freeze(house, command.community, CrisisKind.DECLARED),
        step=0,
        alarms=0,
        command_ids=(event.id,),
        canary=community.canary,
    )
    incident = noted(incident, now, "declared", command.actor, severity=command.severity.value, note=command.note)
    return climb(incident, now, event.time)


def commanded(incident: Incident, event: Event[IncidentCommand], now: datetime, house: House) -> Change | None:
    """The incident after a command; None when it was applied before."""
    if event.id in incident.command_ids:
        return None
    known = updated(incident, command_ids=remembered(incident.command_ids, event.id))
    change = obeyed(known, event, now, house)
    if not was_refused(known, change.incident):
        change = replace(change, incident=heard(change.incident, event.data.actor, now))
    return revised(incident, change)


def was_refused(before: Incident, after: Incident) -> bool:
    return after.timeline[-1] is not before.timeline[-1] and after.timeline[-1].what == "refused"


def obeyed(incident: Incident, event: Event[IncidentCommand], now: datetime, house: House) -> Change:
    command = event.data
    reason = permission.refusal(house, command, incident, now)
    if reason is not None:
        return refused(incident, now, command, reason)
    late = incident.state is IncidentState.RESOLVED
    match command:
        case Acknowledge() | Resolve() | Snooze() | HandOver() | NeedHelp() if late:
            change = Change(noted(incident, now, "already_resolved", command.actor, asked=type(command).__name__))
        case Acknowledge():
            change = acknowledged(incident, command, now)
        case Resolve():
            change = resolved(incident, event, command, now)
        case Snooze():
            change = snoozed(incident, command, now)
        case HandOver() if house.people.person(command.to) is None:
            change = refused(incident, now, command, "unknown_recipient")
        case HandOver():
            change = handed_over(incident, event, command, now)
        case NeedHelp():
            change = helped(incident, event, command, now)
        case Comment():
            change = Change(noted(incident, now, "comment", command.actor, text=command.text))
        case TickPlanStep():
            ticked = plan.ticked(incident, command, now)
            change = refused(incident, now, command, ticked) if isinstance(ticked, str) else Change(ticked)
        case _:
            raise InvalidRecord(f"{type(command).__name__} is not about one incident alone")
    return change


def acknowledged(incident: Incident, command: Acknowledge, now: datetime) -> Change:
    if incident.state is IncidentState.ACKNOWLEDGED:
        return Change(noted(incident, now, "already_acknowledged", command.actor, owner=incident.owner))
    taken = owned(incident, command.actor.person_id, now)
    return Change(noted(taken, now, "acknowledged", command.actor, after_step=taken.acknowledged_after_step))


def resolved(incident: Incident, event: Event[IncidentCommand], command: Resolve, now: datetime) -> Change:
    """The end. A false alarm raises the bar of the detectors that were wrong."""
    ended = closed(incident, now, command.reason, incident.owner or command.actor.person_id)
    bars = false_alarm(incident, event.id, command, now) if command.reason == "false_alarm" else ()
    return Change(noted(ended, now, "resolved", command.actor, reason=command.reason, note=command.note), bars=bars)


def snoozed(incident: Incident, command: Snooze, now: datetime) -> Change:
    """Paging rests until then; afterwards the ladder begins anew, because nobody knows who still has it."""
    if command.until <= now:
        return Change(noted(incident, now, "snooze_too_late", command.actor, until=command.until.isoformat()))
    resting = updated(incident, state=IncidentState.SNOOZED, snoozed_until=command.until, due_at=command.until)
    resting = updated(resting, went_quiet_at=None, held=False, asked_at=None)
    return Change(noted(resting, now, "snoozed", command.actor, until=command.until.isoformat()))


def handed_over(incident: Incident, event: Event[IncidentCommand], command: HandOver, now: datetime) -> Change:
    """The new owner is told by a page; if that reaches nobody, the ladder begins anew (`receipted`)."""
    page = derived_id("page", incident.incident_id, "hand_over", event.id)
    given = owned(incident, command.to, now)
    given = noted(given, now, "handed_over", command.actor, to=command.to, page=str(page))
    target = PersonTarget(person_id=command.to)
    step, by = max(reached_step(incident), 0), command.actor.person_id
    told = request(given, page, (target,), now=now, due_at=now, step=step, reason="hand_over", by=by)
    return Change(given, (told,))


def helped(incident: Incident, event: Event[IncidentCommand], command: NeedHelp, now: datetime) -> Change:
    """The next layer is called too; if that reaches nobody, the one after it (`receipted`).

    With the ladder at its end, its last step is called once more.
    """
    page = derived_id("page", incident.incident_id, "need_help", event.id)
    asked = noted(incident, now, "help_wanted", command.actor, page=str(page))
    if not asked.policy.steps:
        return Change(asked)
    if asked.state in PAGING and asked.step is not None:
        return fire(asked, now, now)
    return call_next(asked, page, now, command.actor.person_id)
