"""The ladder of a policy as an incident climbs it: which step fires next, when, and what a step asks for.

`incident.step` and `due_at` are state, so time that passed while nothing ran is not lost: the step that is due fires
once, says how late it is, and the next one keeps its distance from *that* moment. A page's id is derived from incident,
round and step: whatever is repeated, a step pages once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentState
from feuerwache.common.events.page import PageRequested, PageSubject, Target, Urgency
from feuerwache.escalation.incidents.change import SOURCE, Change, noted, updated

#: A step is called late when it fired this long after its time: an outage, not the pulse of the loop.
LATE_AFTER = timedelta(minutes=2)


def page_id(incident_id: UUID, climbed: int, step: int) -> UUID:
    """Id of the page of one step (index from 0) in one round."""
    return derived_id("page", incident_id, climbed, step)


def last_fired(incident: Incident) -> tuple[int, int] | None:
    """Round and index of the step that fired last in the present ladder; None before the first one."""
    last = len(incident.policy.steps) - 1
    if incident.step is None:
        return (incident.round, last) if last >= 0 else None
    if incident.step > 0:
        return (incident.round, incident.step - 1)
    return (incident.round - 1, last) if incident.round > incident.first_round else None


def is_first(incident: Incident) -> bool:
    """Whether the next step begins a round: the first one of all, or a repeat of the whole ladder."""
    return incident.step == 0


def fire(incident: Incident, now: datetime, due_at: datetime) -> Change:
    """Fires the step that is next (there must be one) and sets the time of the one after it."""
    index = incident.step
    assert index is not None
    step = incident.policy.steps[index]
    following: int | None = index + 1
    climbed = incident.round
    if following == len(incident.policy.steps):
        again = incident.round - incident.first_round < incident.policy.repeat
        following, climbed = (0, incident.round + 1) if again else (None, incident.round)
    next_due = now + timedelta(seconds=step.wait_seconds)
    late = now - due_at if now - due_at >= LATE_AFTER else timedelta(0)
    page = request(
        incident,
        page_id(incident.incident_id, incident.round, index),
        step.targets,
        now=now,
        due_at=due_at,
        deadline=None if following is None else next_due,
        step=index,
        urgency=step.urgency,
        late=late,
    )
    fired = updated(incident, step=following, round=climbed, due_at=next_due)
    fired = noted(
        fired,
        now,
        "paged",
        step=index + 1,
        round=incident.round - incident.first_round,
        late_seconds=late.total_seconds(),
    )
    return Change(fired, (page,))


def climb(incident: Incident, now: datetime, due_at: datetime, policy: FrozenPolicy | None = None) -> Change:
    """Begins a ladder at its first step, at once. A canary's incident has none: it pages nobody."""
    ladder = policy or incident.policy
    if incident.canary:
        ladder = ladder.model_copy(update={"steps": ()})
    begun = incident.round if last_fired(incident) is None else incident.round + 1
    incident = updated(incident, policy=ladder, round=begun, first_round=begun)
    if not ladder.steps:
        return Change(updated(incident, step=None, due_at=None))
    return fire(updated(incident, step=0), now, due_at)


def worsen(incident: Incident, now: datetime, policy: FrozenPolicy) -> Change:
    """Takes the ladder of a higher severity while nobody has taken over.

    Whoever the new ladder would page just as the old one did is not paged again: the incident keeps its place and only
    the wait may become shorter. Otherwise, and when the old ladder is at its end, the new one begins at once.
    """
    fired = last_fired(incident)
    if fired is not None and incident.due_at is not None and incident.round == incident.first_round == fired[0]:
        place = fired[1] + 1
        done = [(step.targets, step.urgency) for step in incident.policy.steps[:place]]
        if done == [(step.targets, step.urgency) for step in policy.steps[:place]] and place < len(policy.steps):
            sooner = min(incident.due_at, now + timedelta(seconds=policy.steps[place - 1].wait_seconds))
            return Change(updated(incident, policy=policy, step=place, due_at=sooner))
    return climb(incident, now, now, policy)


def unowned(
    incident: Incident,
    state: IncidentState,
    now: datetime,
    due_at: datetime,
    what: str,
    *,
    policy: FrozenPolicy | None = None,
) -> Change:
    """Nobody has the incident (any more): whoever had it is noted, and the ladder begins anew."""
    freed = updated(
        incident,
        state=state,
        owner=None,
        acknowledged_at=None,
        acknowledged_after_step=None,
        resolved_at=None,
        resolved_reason=None,
        snoozed_until=None,
    )
    return climb(noted(freed, now, what, owner=incident.owner), now, due_at, policy)


def request(
    incident: Incident,
    event_id: UUID,
    targets: tuple[Target, ...],
    *,
    now: datetime,
    due_at: datetime,
    step: int,
    deadline: datetime | None = None,
    urgency: Urgency = Urgency.URGENT,
    late: timedelta = timedelta(0),
) -> Event[PageRequested]:
    """One page of this incident, as the notifier gets it. It carries no text of a post."""
    subject = PageSubject(
        community=incident.community,
        community_title=incident.community_title,
        kind=incident.kind,
        severity=incident.severity,
        onset=incident.onset,
        figures=incident.figures,
        examples=incident.examples,
        rule_title=incident.rule_title,
    )
    data = PageRequested(
        incident_id=incident.incident_id,
        step=step,
        round=incident.round,
        targets=targets,
        urgency=urgency,
        subject=subject,
        due_at=due_at,
        deadline=deadline,
        late_seconds=late.total_seconds(),
        canary=incident.canary,
    )
    return Event(id=event_id, source=SOURCE, time=now, data=data)
