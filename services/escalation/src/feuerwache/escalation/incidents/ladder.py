"""The ladder of a policy as an incident climbs it: which step fires next, when, and what a step asks for.

A step that is overdue when its turn comes waits for the next look at the clock (`due`), a moment later: by then the
batch it stands in is read, and with it who took the incident over meanwhile, or that the fire is out.

`incident.step` and `due_at` are state, so time that passed while nothing ran is not lost: the step that is due fires
once, says how late it is, and the next one keeps its distance from *that* moment. A page's id is derived from incident,
round and step: whatever is repeated, a step pages once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import FrozenPolicy, Incident, IncidentState
from feuerwache.common.events.page import PageRequested, PageSubject, Target, Urgency
from feuerwache.escalation.incidents.change import SOURCE, Change, noted, updated
from feuerwache.escalation.incidents.part import titles

#: So long are quiet news gathered until they go out as one digest.
DIGEST_AFTER = timedelta(minutes=15)
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
    fired = climbed_on(incident, now)
    late = now - due_at if now - due_at >= LATE_AFTER else timedelta(0)
    page = request(
        incident,
        page_id(incident.incident_id, incident.round, index),
        step.targets,
        now=now,
        due_at=due_at,
        deadline=None if fired.step is None else fired.due_at,
        step=index,
        urgency=step.urgency,
        late=late,
    )
    fired = noted(
        fired,
        now,
        "paged",
        step=index + 1,
        round=incident.round - incident.first_round,
        late_seconds=late.total_seconds(),
    )
    return Change(fired, (page,))


def climbed_on(incident: Incident, now: datetime) -> Incident:
    """One step further, and the time of the step after it."""
    index = incident.step
    assert index is not None
    wait = timedelta(seconds=incident.policy.steps[index].wait_seconds)
    if index + 1 < len(incident.policy.steps):
        return updated(incident, step=index + 1, due_at=now + wait)
    if incident.round - incident.first_round < incident.policy.repeat:
        return updated(incident, step=0, round=incident.round + 1, due_at=now + wait)
    return updated(incident, step=None, due_at=now + wait)


def climb(incident: Incident, now: datetime, due_at: datetime, policy: FrozenPolicy | None = None) -> Change:
    """Begins a ladder at its first step: at once; a moment later if that is overdue; with the next digest if the
    incident came from late events. A canary's incident has none: it pages nobody.
    """
    ladder = policy or incident.policy
    if incident.canary:
        ladder = ladder.model_copy(update={"steps": ()})
    begun = incident.round if last_fired(incident) is None else incident.round + 1
    incident = updated(incident, policy=ladder, round=begun, first_round=begun, went_quiet_at=None)
    if not ladder.steps:
        return Change(updated(incident, step=None, due_at=None))
    incident = updated(incident, step=0)
    if incident.late:
        return Change(updated(incident, due_at=now + DIGEST_AFTER))
    if now - due_at >= LATE_AFTER:
        return Change(updated(incident, due_at=due_at))
    return fire(incident, now, due_at)


def worsen(incident: Incident, now: datetime, policy: FrozenPolicy) -> Change:
    """Takes the ladder of a higher severity while nobody has taken over.

    Whoever the new ladder would page just as the old one did is not paged again: the incident keeps its place and only
    the wait may become shorter. Otherwise, and when the old ladder is at its end, the new one begins at once.
    """
    fired = last_fired(incident)
    if fired is None and incident.due_at is not None:
        return Change(updated(incident, policy=policy))
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


def call_next(incident: Incident, page: UUID, now: datetime, by: str | None) -> Change:
    """Calls the next step (there must be steps) to help whoever has it, or the last one once more; no wait begins."""
    steps = incident.policy.steps
    index = len(steps) - 1 if incident.step is None else incident.step
    following = index + 1 if index + 1 < len(steps) else None
    called = updated(incident, step=following)
    targets = steps[index].targets
    return Change(called, (request(called, page, targets, now=now, due_at=now, step=index, reason="help", by=by),))


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
    reason: Literal["step", "hand_over", "help"] = "step",
    by: str | None = None,
) -> Event[PageRequested]:
    """One page of this incident, as the notifier gets it."""
    data = PageRequested(
        incident_id=incident.incident_id,
        step=step,
        round=incident.round,
        targets=targets,
        urgency=urgency,
        subject=subject_of(incident),
        due_at=due_at,
        deadline=deadline,
        late_seconds=late.total_seconds(),
        canary=incident.canary,
        reason=reason,
        by=by,
        revision=incident.revision,
    )
    return Event(id=event_id, source=SOURCE, time=now, data=data)


def subject_of(incident: Incident) -> PageSubject:
    """What a page tells of the incident. It carries no text of a post."""
    return PageSubject(
        community=incident.community,
        community_title=incident.community_title,
        parts=titles(incident),
        kind=incident.kind,
        severity=incident.severity,
        onset=incident.onset,
        figures=incident.figures,
        examples=incident.examples,
        highlights=incident.highlights,
        about=incident.about,
        rule_title=incident.rule_title,
    )
