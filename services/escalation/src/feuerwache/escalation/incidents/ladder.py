"""The ladder of a policy as an incident climbs it: which step fires next, when, and what a step asks for.

A step that is overdue when its turn comes waits for the next look at the clock (`due`), a moment later: by then the
batch it stands in is read, and with it who took the incident over meanwhile, or that the fire is out.

Which steps hold is a matter of the time (`rungs`): what is not for it is passed over. `incident.step` and `due_at` are
state, so time that passed while nothing ran is not lost: the step that is due fires
once, says how late it is, and the next one keeps its distance from *that* moment. A page's id is derived from incident,
round and step: whatever is repeated, a step pages once.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from feuerwache.common.events.alarm import AlarmRaised
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import FiredStep, FrozenPolicy, Incident, IncidentState, PolicyStep
from feuerwache.common.events.page import PageRequested, PageSubject, Target, Urgency
from feuerwache.escalation.incidents.change import SOURCE, Change, noted, updated
from feuerwache.escalation.incidents.part import titles
from feuerwache.escalation.incidents.rungs import longest, quiet_until, rungs, upcoming
from feuerwache.escalation.incidents.unreached import unreached

#: So long are quiet news gathered until they go out as one digest.
DIGEST_AFTER = timedelta(minutes=15)
#: How many pages of the present ladder are remembered: whose receipts say that somebody was reached.
MAX_PAGES = 50
#: A step is called late when it fired this long after its time: an outage, not the pulse of the loop.
LATE_AFTER = timedelta(minutes=2)


def page_id(incident_id: UUID, climbed: int, step: int, again: int = 0) -> UUID:
    """Id of the page of one step (index from 0) in one round, and of its repeats."""
    return derived_id("page", incident_id, climbed, step, *((again,) if again else ()))


def last_fired(incident: Incident) -> tuple[int, int] | None:
    """Round and index of the step that fired last in the present ladder; None before the first one."""
    if incident.fired is not None:
        return incident.fired.round, incident.fired.step
    last = len(incident.policy.steps) - 1
    if incident.step is None:
        return (incident.round, last) if last >= 0 else None
    if incident.step > 0:
        return (incident.round, incident.step - 1)
    return (incident.round - 1, last) if incident.round > incident.first_round else None


def last_page(incident: Incident) -> tuple[UUID, int] | None:
    """Page of the step that fired last in the present ladder, and how many targets it named."""
    if incident.fired is not None:
        return incident.fired.page, incident.fired.targets
    fired = last_fired(incident)  # of an incident on record from before `fired` was
    if fired is None:
        return None
    return page_id(incident.incident_id, *fired), len(incident.policy.steps[fired[1]].targets)


def is_first(incident: Incident) -> bool:
    """Whether the next step begins a round: the first one of all, or a repeat of the whole ladder."""
    return incident.step == 0 and incident.again == 0


def fire(incident: Incident, now: datetime, due_at: datetime) -> Change:
    """Fires the step that is next at this time and sets the time of the one after it; with none left, `through`."""
    following = upcoming(incident, now)
    if following is None:
        return through(incident, now, due_at)
    climbed, index, step = following
    again = incident.again if (climbed, index) == (incident.round, incident.step) else 0
    page = page_id(incident.incident_id, climbed, index, again)
    fired = climbed_on(updated(incident, round=climbed, step=index, again=again), now, step, page)
    late = now - due_at if now - due_at >= LATE_AFTER else timedelta(0)
    told = request(
        updated(incident, round=climbed),
        page,
        step.targets,
        now=now,
        due_at=due_at,
        deadline=announced(fired),
        step=index,
        urgency=step.urgency,
        late=late,
    )
    fired = noted(
        fired,
        now,
        "paged",
        step=index + 1,
        round=climbed - incident.first_round,
        late_seconds=late.total_seconds(),
        again=again,
    )
    return Change(fired, (told,))


def announced(fired: Incident) -> datetime | None:
    """When somebody else is called unless somebody takes over; None if that was the end of the ladder."""
    due_at = fired.due_at
    follows = due_at is not None and (fired.policy.last_resort or upcoming(fired, due_at) is not None)
    return due_at if follows else None


def climbed_on(incident: Incident, now: datetime, step: PolicyStep, page: UUID) -> Incident:
    """After `step`, which fired now as the incident's present one: the next one, and its time."""
    index = incident.step
    assert index is not None
    fired = FiredStep(page=page, round=incident.round, step=index, targets=len(step.targets))
    after = updated(
        incident,
        fired=fired,
        pages=(*incident.pages, page)[-MAX_PAGES:],
        held=False,
        due_at=now + timedelta(seconds=step.wait_seconds),
    )
    if incident.again < step.repeat:
        return updated(after, again=incident.again + 1)
    if index + 1 < longest(incident.policy):
        return updated(after, step=index + 1, again=0)
    if incident.round - incident.first_round < incident.policy.repeat:
        return updated(after, step=0, again=0, round=incident.round + 1)
    return updated(after, step=None, again=0)


def through(incident: Incident, now: datetime, due_at: datetime) -> Change:
    """The ladder is at its end and nobody has it: that is said, and before it is, the last resort is paged.

    When not one of its pages got through, an alarm says so (`nobody_reached`).
    """
    ended, alarms = said_unreached(updated(incident, step=None, again=0, held=False, due_at=None), now)
    if incident.resorted or not incident.policy.last_resort:
        return Change(noted(ended, now, "nobody_answered"), alarms=alarms)
    resting = now + timedelta(seconds=incident.policy.last_resort_wait_seconds)
    return replace(resorted(updated(ended, due_at=resting), now, due_at), alarms=alarms)


def in_vain(incident: Incident, now: datetime) -> Change:
    """A whole climb got through to nobody, and the ladder is to be climbed again: that is said, and the last resort is
    paged, at once and not when all repeats are through. These keep their time: phones may be back by then.
    """
    if incident.resorted or incident.reached is not False or quiet_until(incident.policy, now) is not None:
        return Change(incident)
    told, alarms = said_unreached(incident, now)
    return replace(resorted(told, now, now) if incident.policy.last_resort else Change(told), alarms=alarms)


def said_unreached(incident: Incident, now: datetime) -> tuple[Incident, tuple[Event[AlarmRaised], ...]]:
    """With the alarm, when it is known of every page that none got through."""
    if incident.reached is not False:
        return incident, ()
    told = noted(updated(incident, reached=None), now, "nobody_reached", last_resort=incident.resorted)
    return told, unreached(incident, now)


def resorted(incident: Incident, now: datetime, due_at: datetime) -> Change:
    """Pages the last resort; what comes next, and when, is left as it is."""
    policy = incident.policy
    page = derived_id("page", incident.incident_id, incident.round, "last_resort")
    targets, step = policy.last_resort, longest(policy)
    ended = updated(
        incident,
        resorted=True,
        fired=FiredStep(page=page, round=incident.round, step=step, targets=len(targets)),
        pages=(*incident.pages, page)[-MAX_PAGES:],
    )
    late = now - due_at if now - due_at >= LATE_AFTER else timedelta(0)
    urgency = Urgency.QUIET if incident.severity is Severity.LOW else Urgency.URGENT
    told = request(
        ended, page, targets, now=now, due_at=due_at, step=step, urgency=urgency, late=late, reason="last_resort"
    )
    return Change(noted(ended, now, "last_resort", late_seconds=late.total_seconds()), (told,))


def hold_or_fire(incident: Incident, now: datetime, due_at: datetime) -> Change:
    """`fire`; in quiet hours it waits for the digest at their end."""
    end = quiet_until(incident.policy, now)
    return fire(incident, now, due_at) if end is None else held(incident, now, end)


def held(incident: Incident, now: datetime, end: datetime) -> Change:
    """It waits for the digest at the end of quiet hours, which goes to whoever its next step names then."""
    return Change(noted(updated(incident, due_at=end, held=True), now, "held", until=end.isoformat()))


def climb(incident: Incident, now: datetime, due_at: datetime, policy: FrozenPolicy | None = None) -> Change:
    """Begins a ladder at its first step: at once; a moment later if that is overdue; with the next digest if the
    incident came from late events; after quiet hours if they hold. A canary's incident has none: it pages nobody.
    """
    ladder = policy or incident.policy
    if incident.canary:
        ladder = ladder.model_copy(update={"steps": (), "instead": (), "last_resort": ()})
    begun = incident.round if last_fired(incident) is None else incident.round + 1
    incident = updated(
        incident,
        policy=ladder,
        round=begun,
        first_round=begun,
        went_quiet_at=None,
        again=0,
        fired=None,
        pages=(),
        reached=None,
        held=False,
        resorted=False,
    )
    if not ladder.steps:
        return Change(updated(incident, step=None, due_at=None))
    incident = updated(incident, step=0)
    end = quiet_until(ladder, now)
    if end is not None:
        return held(incident, now, end)
    if incident.late:
        return Change(updated(incident, due_at=now + DIGEST_AFTER))
    if now - due_at >= LATE_AFTER:
        return Change(updated(incident, due_at=due_at))
    return fire(incident, now, due_at)


def worsen(incident: Incident, now: datetime, policy: FrozenPolicy) -> Change:
    """Takes the ladder of a higher severity while nobody has taken over.

    Whoever the new ladder would page just as the old one did is not paged again: the incident keeps its place and only
    the wait may become shorter. Otherwise, when the old ladder is at its end, and when it waited for the end of quiet
    hours, the new one begins at once.
    """
    if incident.held or incident.resorted:
        return climb(incident, now, now, policy)
    fired = last_fired(incident)
    if fired is None and incident.due_at is not None:
        return Change(updated(incident, policy=policy))
    if fired is not None and incident.due_at is not None and incident.round == incident.first_round == fired[0]:
        place, ladder = fired[1] + 1, rungs(policy, now)
        done, known = paged(rungs(incident.policy, now)[:place]), paged(ladder[:place])
        present = ladder[place - 1] if place < len(ladder) else None
        if done == known and present is not None:
            sooner = min(incident.due_at, now + timedelta(seconds=present.wait_seconds))
            repeating = incident.step == fired[1] and incident.again <= present.repeat
            step, again = (incident.step, incident.again) if repeating else (place, 0)
            return Change(updated(incident, policy=policy, step=step, again=again, due_at=sooner))
    return climb(incident, now, now, policy)


def paged(steps: tuple[PolicyStep | None, ...]) -> list[tuple[tuple[Target, ...], Urgency] | None]:
    """Whom these steps page, and how."""
    return [None if step is None else (step.targets, step.urgency) for step in steps]


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
    return climb(freed(incident, state, now, what), now, due_at, policy)


def carried_on(incident: Incident, now: datetime, due_at: datetime, what: str) -> Change:
    """Whoever has it is silent: the ladder goes on where it stood when they took over; if it was through, it begins
    anew.
    """
    alone = freed(incident, IncidentState.TRIGGERED, now, what)
    return climb(alone, now, due_at) if upcoming(alone, now) is None else hold_or_fire(alone, now, due_at)


def freed(incident: Incident, state: IncidentState, now: datetime, what: str) -> Incident:
    """Without an owner; who that was is noted."""
    alone = updated(
        incident,
        state=state,
        owner=None,
        acknowledged_at=None,
        acknowledged_after_step=None,
        resolved_at=None,
        resolved_reason=None,
        snoozed_until=None,
        asked_at=None,
    )
    return noted(alone, now, what, owner=incident.owner)


def call_next(incident: Incident, page: UUID, now: datetime, by: str | None) -> Change:
    """Calls the next step (there must be steps) to help whoever has it, or the last one once more; no wait begins."""
    steps = incident.policy.steps
    ladder = [(index, step) for index, step in enumerate(rungs(incident.policy, now)) if step is not None]
    ladder = ladder or list(enumerate(steps))
    left = [(index, step) for index, step in ladder if incident.step is not None and index >= incident.step]
    index, step = left[0] if left else ladder[-1]
    called = updated(incident, step=left[1][0] if len(left) > 1 else None, again=0)
    return Change(called, (request(called, page, step.targets, now=now, due_at=now, step=index, reason="help", by=by),))


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
    reason: Literal["step", "hand_over", "help", "last_resort", "ask_again"] = "step",
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
