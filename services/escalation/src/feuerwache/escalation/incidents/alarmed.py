"""What an alarm does: begins an incident, joins one that burns already, makes it worse, or brings it back.

What belongs together is one incident: same community and kind (for single posts also the same rule), and near in time.
While a fire is not resolved, that is `STILL_ON_IT` after its last alarm or acknowledgement: nobody is paged anew about
what a colleague is dealing with, and an incident forgotten since last week hides nothing. After the resolution, and for
single posts, it is `NEAR`. A human's word stands: what was resolved as a false alarm comes
back only when it gets worse, and an alarm from before the resolution brings nothing back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import MAX_EXAMPLES, Incident, IncidentState
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.incidents.change import PAGING, Change, noted, remembered, revised, updated
from feuerwache.escalation.incidents.ladder import climb, unowned, worsen
from feuerwache.escalation.policy.house import House

NEAR = timedelta(minutes=60)
STILL_ON_IT = timedelta(hours=6)
RANK = {Severity.LOW: 0, Severity.HIGH: 1, Severity.CRITICAL: 2}


def belongs(incident: Incident, alarm: AlarmRaised) -> bool:
    """Whether the alarm is about the same fire. A live alarm never joins an incident of late ones, which is quiet."""
    same = (incident.community, incident.kind, incident.canary) == (alarm.community, alarm.kind, alarm.canary)
    if not same or incident.merged_into is not None or (incident.late and not alarm.late):
        return False
    if alarm.kind is CrisisKind.SINGLE_POST and alarm.rule_id != incident.rule_id:
        return False
    return incident.onset - NEAR <= alarm.seen_at <= until(incident)


def until(incident: Incident) -> datetime:
    """The instant up to which an alarm belongs to this incident."""
    if incident.resolved_at is not None:
        return max(incident.last_alarm_at, incident.resolved_at) + NEAR
    if incident.kind is CrisisKind.SINGLE_POST:
        return incident.last_alarm_at + NEAR
    return max(incident.last_alarm_at, incident.acknowledged_at or incident.last_alarm_at) + STILL_ON_IT


def find(incidents: Iterable[Incident], alarm: AlarmRaised) -> Incident | None:
    """The incident this alarm belongs to: the one opened last if several could be meant."""
    return max(
        (incident for incident in incidents if belongs(incident, alarm)),
        key=lambda incident: (incident.opened_at, str(incident.incident_id)),
        default=None,
    )


def opened(event: Event[AlarmRaised], now: datetime, shard: int, house: House) -> Change:
    """A new incident; its first step fires at once. Raises `InvalidRecord` for an unknown community."""
    alarm = event.data
    community = house.community(alarm.community)
    incident = Incident(
        incident_id=derived_id("incident", event.id),
        revision=0,
        shard=shard,
        community=alarm.community,
        community_title=community.title,
        kind=alarm.kind,
        severity=alarm.severity,
        state=IncidentState.TRIGGERED,
        onset=alarm.onset,
        opened_at=now,
        last_alarm_at=alarm.seen_at,
        policy=house.freeze(alarm.community, alarm.severity, late=alarm.late),
        step=0,
        figures=alarm.figures,
        examples=alarm.examples[:MAX_EXAMPLES],
        rule_title=alarm.rule_title,
        rule_id=alarm.rule_id,
        alarm_ids=(event.id,),
        late=alarm.late,
        canary=alarm.canary,
    )
    incident = noted(incident, now, "triggered", severity=alarm.severity.value, posts=alarm.figures.posts)
    return climb(incident, now, alarm.seen_at)


def alarmed(incident: Incident, event: Event[AlarmRaised], now: datetime, house: House) -> Change:
    """The incident after one more alarm. (Whether it is a repeat, the book knows: it asks all incidents.)"""
    alarm = event.data
    worse = RANK[alarm.severity] > RANK[incident.severity]
    joined = updated(
        incident,
        alarms=incident.alarms + 1,
        alarm_ids=remembered(incident.alarm_ids, event.id),
        last_alarm_at=max(incident.last_alarm_at, alarm.seen_at),
        onset=min(incident.onset, alarm.onset),
        severity=alarm.severity if worse else incident.severity,
        figures=alarm.figures if alarm.seen_at >= incident.last_alarm_at else incident.figures,
        examples=merged(alarm.examples, incident.examples),
    )
    joined = noted(joined, now, "alarm", severity=alarm.severity.value, posts=alarm.figures.posts)
    if worse:
        joined = noted(joined, now, "worsened", severity=alarm.severity.value, before=incident.severity.value)
    return revised(incident, acted(joined, alarm, now, house, worse=worse))


def acted(incident: Incident, alarm: AlarmRaised, now: datetime, house: House, *, worse: bool) -> Change:
    """What follows from the state the alarm found: nothing, the next ladder, or the incident comes back."""
    policy = house.freeze(incident.community, incident.severity, late=incident.late) if worse else incident.policy
    if incident.state is IncidentState.RESOLVED:
        before_the_end = incident.resolved_at is not None and alarm.seen_at <= incident.resolved_at
        if before_the_end or (incident.resolved_reason == "false_alarm" and not worse):
            return Change(incident)
        return unowned(incident, IncidentState.REOPENED, now, alarm.seen_at, "reopened", policy=policy)
    if worse and incident.state is IncidentState.SNOOZED:
        return unowned(incident, IncidentState.TRIGGERED, now, now, "snooze_ended", policy=policy)
    if worse and incident.state in PAGING and not incident.canary:
        return worsen(incident, now, policy)
    return Change(incident)


def merged(newer: tuple[PostRef, ...], older: tuple[PostRef, ...]) -> tuple[PostRef, ...]:
    """The newest examples, each once."""
    return tuple(dict.fromkeys((*newer, *older)))[:MAX_EXAMPLES]
