"""What an alarm does: begins an incident, joins one that burns already, makes it worse, or brings it back.

What belongs together is one incident: same kind, same brand, and near in time; what burns in another community of the
brand joins as a part. Single posts and feuds are about single people and stay in their community (single posts: with
their rule). While a fire is not resolved, near is `STILL_ON_IT` after its last alarm or acknowledgement: nobody is
paged anew about what a colleague is dealing with, and an incident forgotten since last week hides nothing. After the
resolution, and for single posts, it is `NEAR`. A human's word stands: what was resolved as a false alarm comes back
only when it gets worse, and an alarm from before the resolution brings nothing back. What was merged takes no alarms:
they go to the incident it went into.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import MAX_EXAMPLES, FrozenPolicy, Incident, IncidentState
from feuerwache.escalation.incidents import part, plan
from feuerwache.escalation.incidents.change import PAGING, Change, noted, remembered, revised, shortened, updated
from feuerwache.escalation.incidents.ladder import climb, unowned, worsen
from feuerwache.escalation.incidents.part import RANK
from feuerwache.escalation.policy.house import House

NEAR = timedelta(minutes=60)
STILL_ON_IT = timedelta(hours=6)
#: What is about single people does not spread over a brand.
STAYS_IN_PLACE = frozenset({CrisisKind.SINGLE_POST, CrisisKind.FEUD})

Incidents = Mapping[UUID, Incident]


def root(incidents: Incidents, incident: Incident) -> Incident | None:
    """The incident this one was merged into, in the end; itself when it was not. None when that is forgotten."""
    while incident.merged_into is not None:
        into = incidents.get(incident.merged_into)
        if into is None:
            return None
        incident = into
    return incident


def concerns(incident: Incident, alarm: AlarmRaised) -> bool:
    """Whether the alarm is about the same thing. A live alarm never joins an incident of late ones, which is quiet."""
    if (incident.kind, incident.canary) != (alarm.kind, alarm.canary) or incident.split_from is not None:
        return False
    if incident.late and not alarm.late:
        return False
    if alarm.kind is CrisisKind.SINGLE_POST and alarm.rule_id != incident.rule_id:
        return False
    if incident.community == alarm.community:
        return True
    return alarm.kind not in STAYS_IN_PLACE and incident.brand == alarm.brand != ""


def is_near(incident: Incident, alarm: AlarmRaised) -> bool:
    """Whether the alarm is near enough in time, and no place that somebody's "false alarm" was not about."""
    elsewhere = incident.resolved_reason == "false_alarm" and alarm.community not in part.communities(incident)
    return not elsewhere and incident.onset - NEAR <= alarm.seen_at <= until(incident)


def until(incident: Incident) -> datetime:
    """The instant up to which an alarm belongs to this incident."""
    if incident.resolved_at is not None:
        return max(incident.last_alarm_at, incident.resolved_at) + NEAR
    if incident.kind is CrisisKind.SINGLE_POST:
        return incident.last_alarm_at + NEAR
    return max(incident.last_alarm_at, incident.acknowledged_at or incident.last_alarm_at) + STILL_ON_IT


def find(incidents: Incidents, alarm: AlarmRaised, candidates: Iterable[Incident]) -> Incident | None:
    """The incident this alarm belongs to: the one opened last if several could be meant.

    `candidates` are those of this kind in its community and brand; `incidents` are all, because merging leads further.
    """
    meant = (root(incidents, incident) for incident in candidates if concerns(incident, alarm))
    near = (incident for incident in meant if incident is not None and is_near(incident, alarm))
    return max(near, key=lambda incident: (incident.opened_at, str(incident.incident_id)), default=None)


def find_burning(candidates: Iterable[Incident], ended: AlarmEnded) -> Incident | None:
    """Of these, the incident in which this burns, the one opened last if several do; else where it burnt last."""
    source = part.source_of(ended)
    meant = [
        (over is None, incident.opened_at, str(incident.incident_id), incident)
        for incident in candidates
        for known, over in part.sources(incident)
        if known == source and incident.merged_into is None and incident.split_from is None and not incident.canary
    ]
    return max(meant, key=lambda each: each[:3])[3] if meant else None


def opened(event: Event[AlarmRaised], now: datetime, shard: int, house: House) -> Change:
    """A new incident; its first step fires at once. Raises `UnknownCommunity`."""
    alarm = event.data
    community = house.community(alarm.community)
    incident = Incident(
        incident_id=derived_id("incident", event.id),
        revision=0,
        shard=shard,
        community=alarm.community,
        community_title=community.title,
        brand=alarm.brand,
        kind=alarm.kind,
        severity=alarm.severity,
        state=IncidentState.TRIGGERED,
        onset=alarm.onset,
        opened_at=now,
        last_alarm_at=alarm.seen_at,
        policy=house.freeze(alarm.community, alarm.severity, alarm.kind, late=alarm.late),
        plan=plan.freeze(house, alarm.community, alarm.kind, alarm.about, alarm.rule_id),
        step=0,
        figures=part.bounded(alarm.figures),
        examples=alarm.examples[:MAX_EXAMPLES],
        highlights=part.highlighted(alarm.highlights, ()),
        about=alarm.about[: part.MAX_ABOUT],
        rule_title={language: shortened(title) for language, title in alarm.rule_title.items()},
        rule_id=alarm.rule_id,
        alarm_ids=(event.id,),
        late=alarm.late,
        canary=alarm.canary,
    )
    incident = noted(incident, now, "triggered", severity=alarm.severity.value, posts=alarm.figures.posts)
    return climb(incident, now, alarm.seen_at)


def alarmed(incident: Incident, event: Event[AlarmRaised], now: datetime, house: House) -> Change:
    """The incident after one more alarm. (Whether it is a repeat, the book knows: it asks all incidents.)

    Raises `UnknownCommunity`: a community that was deleted raises no new alarms.
    """
    alarm = event.data
    community = house.community(alarm.community)
    after = part.joined(incident, alarm, community.title)
    after = updated(after, alarm_ids=remembered(incident.alarm_ids, event.id))
    values: dict[str, str | int | None] = {"severity": alarm.severity.value, "posts": alarm.figures.posts}
    if alarm.community not in part.communities(incident):
        after = noted(after, now, "part_joined", None, community=community.title, **values)
    else:
        after = noted(after, now, "alarm", None, **values)
    severity = part.worst(after, alarm.severity)
    worse = RANK[severity] > RANK[incident.severity]
    if worse:
        after = noted(
            updated(after, severity=severity), now, "worsened", severity=severity.value, before=incident.severity.value
        )
    policy = policy_for(after, alarm.community, house) if worse else incident.policy
    return revised(incident, acted(incident, after, alarm.seen_at, now, policy, worse=worse))


def policy_for(incident: Incident, community: str, house: House) -> FrozenPolicy:
    """The ladder for what it has become: of its own community, of this one if that was deleted, else the old one."""
    known = [where for where in (incident.community, community) if house.communities.get(where) is not None]
    return house.freeze(known[0], incident.severity, incident.kind, late=incident.late) if known else incident.policy


def acted(
    before: Incident, incident: Incident, seen_at: datetime, now: datetime, policy: FrozenPolicy, *, worse: bool
) -> Change:
    """What follows from the state the alarm found: nothing, the next ladder, or the incident comes back."""
    if incident.state is IncidentState.RESOLVED:
        before_the_end = incident.resolved_at is not None and seen_at <= incident.resolved_at
        if before_the_end or (incident.resolved_reason == "false_alarm" and not worse):
            return Change(incident)
        return unowned(incident, IncidentState.REOPENED, now, seen_at, "reopened", policy=policy)
    if worse and incident.state is IncidentState.SNOOZED:
        return unowned(incident, IncidentState.TRIGGERED, now, now, "snooze_ended", policy=policy)
    if incident.state not in PAGING or incident.canary:
        return Change(incident)
    if before.went_quiet_at is not None and (worse or incident.quiet_since is None):
        return climb(noted(incident, now, "flared_up"), now, seen_at, policy)
    return worsen(incident, now, policy) if worse else Change(incident)


def ended(incident: Incident, event: Event[AlarmEnded], now: datetime) -> Change:
    """The incident after a detector's all-clear: it is noted, and quiet begins when it was the last one."""
    after = updated(part.ended(incident, event.data), alarm_ids=remembered(incident.alarm_ids, event.id))
    return revised(incident, Change(noted(after, now, "alarm_ended", peak=event.data.peak)))
