"""Whoever has an incident: paging rests while something is heard of them, and they are asked when nothing is.

`ask_again_after` of the policy is frozen into the incident. While somebody has it, `due_at` is when they are asked, and
then, after as long again, when the ladder goes on without them (`due`). Every word of a person about the incident puts
that off. Nothing is asked about what is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import Incident, IncidentState
from feuerwache.common.events.page import PersonTarget, Urgency
from feuerwache.escalation.incidents.change import Change, noted, updated
from feuerwache.escalation.incidents.ladder import last_fired, request


def owned(incident: Incident, person_id: str, now: datetime) -> Incident:
    """Somebody has it: paging ends. Who had taken it over first, and after which step, stays on record."""
    fresh = incident.acknowledged_at is None
    return updated(
        incident,
        state=IncidentState.ACKNOWLEDGED,
        owner=person_id,
        acknowledged_at=now if fresh else incident.acknowledged_at,
        acknowledged_after_step=reached_step(incident) + 1 if fresh else incident.acknowledged_after_step,
        due_at=silent_from(incident, now),
        asked_at=None,
        held=False,
        snoozed_until=None,
        went_quiet_at=None,
    )


def silent_from(incident: Incident, now: datetime) -> datetime | None:
    """When the owner is asked if nothing is heard until then; None where the policy never asks."""
    seconds = incident.policy.ask_again_seconds
    return None if seconds is None or incident.canary else now + timedelta(seconds=seconds)


def heard(incident: Incident, actor: Actor, now: datetime) -> Incident:
    """Somebody is at it: the owner need not be asked for a while."""
    if incident.state is not IncidentState.ACKNOWLEDGED or actor.via is Via.SYSTEM:
        return incident
    return updated(incident, due_at=silent_from(incident, now), asked_at=None)


def ask(incident: Incident, now: datetime) -> Change:
    """The owner is paged once more; quietly about what is low."""
    assert incident.owner is not None
    page = derived_id("page", incident.incident_id, "ask_again", incident.due_at)
    asked = updated(incident, asked_at=now, due_at=silent_from(incident, now))
    asked = noted(asked, now, "asked_again", owner=incident.owner, page=str(page))
    told = request(
        asked,
        page,
        (PersonTarget(person_id=incident.owner),),
        now=now,
        due_at=now,
        deadline=asked.due_at,
        step=max(reached_step(incident), 0),
        urgency=Urgency.QUIET if incident.severity is Severity.LOW else Urgency.URGENT,
        reason="ask_again",
    )
    return Change(asked, (told,))


def reached_step(incident: Incident) -> int:
    """Index of the step that fired last; -1 when none has."""
    fired = last_fired(incident)
    return -1 if fired is None else fired[1]
