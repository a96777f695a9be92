"""Two incidents that are one, and one that is two: merging, splitting, and commands for what was merged.

The merged one ends as a duplicate and points to where it went; its alarms go there from then on, and so do commands of
people who act on its old link. Ending it is not among them: who resolves a duplicate has not said that the other one is
over.
What is split off belongs to whoever split it: nobody is paged for it, and alarms stay with where it came from.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import (
    MAX_EXAMPLES,
    Acknowledge,
    Comment,
    HandOver,
    Incident,
    IncidentCommand,
    IncidentPart,
    IncidentState,
    Merge,
    NeedHelp,
    Snooze,
    Split,
    TickPlanStep,
)
from feuerwache.escalation.incidents import part, permission
from feuerwache.escalation.incidents.alarmed import Incidents, acted, policy_for, root
from feuerwache.escalation.incidents.change import (
    MAX_REMEMBERED,
    Change,
    closed,
    noted,
    refused,
    remembered,
    revised,
    updated,
)
from feuerwache.escalation.incidents.commanded import commanded
from feuerwache.escalation.incidents.owner import silent_from
from feuerwache.escalation.incidents.part import RANK
from feuerwache.escalation.policy.house import House

#: What an incident remembers of the ones that went into it.
MAX_MERGED = 50
FORWARDED = (Acknowledge, Snooze, HandOver, NeedHelp, Comment, TickPlanStep)


def merge(incidents: Incidents, incident: Incident, event: Event[Merge], now: datetime, house: House) -> Change | None:
    """`incident` goes into another one of this shard. None when that was done before."""
    command = event.data
    if event.id in incident.command_ids:
        return None
    known = updated(incident, command_ids=remembered(incident.command_ids, event.id))
    named = incidents.get(command.into)
    into = None if named is None else root(incidents, named)
    reason = permission.refusal(house, command, incident, now) or why_not(incident, into)
    if reason is not None or into is None:
        return revised(incident, refused(known, now, command, reason or "unknown_target"))
    over = closed(known, incident.resolved_at or now, "duplicate", incident.owner or command.actor.person_id)
    over = noted(updated(over, merged_into=into.incident_id), now, "merged", command.actor, into=str(into.incident_id))
    over = updated(over, revision=incident.revision + 1)
    after = noted(taken_in(into, incident), now, "merged_from", command.actor, origin=str(incident.incident_id))
    severity = part.worst(after, incident.severity)
    worse = RANK[severity] > RANK[into.severity]
    if worse:
        after = noted(
            updated(after, severity=severity), now, "worsened", severity=severity.value, before=into.severity.value
        )
    change = Change(after)
    if into.state is not IncidentState.RESOLVED:
        policy = policy_for(after, incident.community, house) if worse else into.policy
        change = acted(into, after, now, now, policy, worse=worse)
    change = revised(into, change)
    return replace(change, also=(over,))


def why_not(incident: Incident, into: Incident | None) -> str | None:
    """Why it cannot be merged, in one word; None when it can. What another shard holds is unknown here."""
    if incident.merged_into is not None:
        return "already_merged"
    if into is None:
        return "unknown_target"
    reasons = {
        "same_incident": incident.incident_id == into.incident_id,
        "other_nature": incident.canary != into.canary or (into.late and not incident.late),
        "other_brand": incident.community != into.community and not (incident.brand == into.brand != ""),
        "target_resolved": into.state is IncidentState.RESOLVED and incident.state is not IncidentState.RESOLVED,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def taken_in(into: Incident, incident: Incident) -> Incident:
    """The target with what the other one knew."""
    parts = list(into.parts)
    known = {source for source, _ in part.sources(into)}
    for each in parts_of(incident):
        if part.source_of_part(into, each) not in known:
            kind = None if each.kind is into.kind else each.kind
            parts = [*part.made_room(parts), each.model_copy(update={"kind": kind})]
    return part.settled(
        updated(
            into,
            parts=tuple(parts),
            alarms=into.alarms + incident.alarms,
            alarm_ids=(*incident.alarm_ids, *into.alarm_ids)[-MAX_REMEMBERED:],
            onset=min(into.onset, incident.onset),
            last_alarm_at=max(into.last_alarm_at, incident.last_alarm_at),
            examples=part.merged(into.examples, incident.examples),
            highlights=part.highlighted(into.highlights, incident.highlights),
            merged_from=(*into.merged_from, incident.incident_id)[-MAX_MERGED:],
        )
    )


def parts_of(incident: Incident) -> list[IncidentPart]:
    """Where it began and its parts, as parts of another one; what no alarm told of burns nowhere."""
    others = [each.model_copy(update={"kind": each.kind or incident.kind}) for each in incident.parts]
    if incident.alarms == 0:
        return others
    source = part.head(incident)
    began = IncidentPart(
        community=incident.community,
        community_title=incident.community_title,
        severity=incident.severity,
        onset=incident.onset,
        last_alarm_at=incident.last_alarm_at,
        about=source.about,
        figures=incident.figures,
        alarms=incident.alarms,
        ended_at=incident.ended_at,
        kind=incident.kind,
    )
    return [began, *others]


def split(incidents: Incidents, incident: Incident, event: Event[Split], now: datetime, house: House) -> Change | None:
    """The named posts become an incident of their own, which belongs to who split it. None when it was done before."""
    command = event.data
    if event.id in incident.command_ids:
        return None
    known = updated(incident, command_ids=remembered(incident.command_ids, event.id))
    reason = permission.refusal(house, command, incident, now) or why_whole(incidents, incident, command)
    if reason is not None:
        return revised(incident, refused(known, now, command, reason))
    rest = updated(
        known,
        examples=tuple(ref for ref in incident.examples if ref not in command.examples),
        highlights=tuple(each for each in incident.highlights if each.ref not in command.examples),
    )
    rest = noted(rest, now, "split", command.actor, into=str(command.new_incident_id), posts=len(command.examples))
    return Change(revised(incident, Change(rest)).incident, also=(split_off(incident, event.id, command, now),))


def why_whole(incidents: Incidents, incident: Incident, command: Split) -> str | None:
    """Why it cannot be split, in one word."""
    if incident.merged_into is not None:
        return "already_merged"
    if incident.state is IncidentState.RESOLVED:
        return "already_resolved"
    if command.new_incident_id in incidents:
        return "id_taken"
    if not 0 < len(command.examples) <= MAX_EXAMPLES:
        return "no_posts" if not command.examples else "too_many_posts"
    if any(ref.community not in part.communities(incident) for ref in command.examples):
        return "foreign_posts"
    return None


def split_off(incident: Incident, cause: UUID, command: Split, now: datetime) -> Incident:
    place = command.examples[0].community
    title = next((each.community_title for each in incident.parts if each.community == place), incident.community_title)
    new = Incident(
        incident_id=command.new_incident_id,
        revision=0,
        shard=incident.shard,
        community=place,
        community_title=title,
        brand=incident.brand,
        kind=incident.kind,
        severity=incident.severity,
        state=IncidentState.ACKNOWLEDGED,
        onset=incident.onset,
        opened_at=now,
        last_alarm_at=incident.last_alarm_at,
        policy=incident.policy,
        step=0 if incident.policy.steps else None,
        examples=tuple(dict.fromkeys(command.examples)),
        rule_id=incident.rule_id,
        rule_title=incident.rule_title,
        about=incident.about,
        owner=command.actor.person_id,
        acknowledged_at=now,
        acknowledged_after_step=0,
        alarms=0,
        command_ids=(cause,),
        canary=incident.canary,
        plan=incident.plan,
        split_from=incident.incident_id,
    )
    new = updated(new, due_at=silent_from(new, now))
    return noted(new, now, "split_from", command.actor, origin=str(incident.incident_id))


def forward(
    incidents: Incidents, incident: Incident, event: Event[IncidentCommand], now: datetime, house: House
) -> Change | None:
    """A command for what was merged, to where it went. None when it was given before."""
    into = root(incidents, incident)
    if event.id in incident.command_ids:
        return None
    if into is None or not isinstance(event.data, FORWARDED):
        return commanded(incident, event, now, house)
    known = updated(incident, command_ids=remembered(incident.command_ids, event.id))
    asked, to = type(event.data).__name__, str(into.incident_id)
    passed = revised(incident, Change(noted(known, now, "forwarded", event.data.actor, asked=asked, to=to))).incident
    change = commanded(into, event, now, house)
    if change is None:
        return Change(passed)
    return replace(change, also=(*change.also, passed))
