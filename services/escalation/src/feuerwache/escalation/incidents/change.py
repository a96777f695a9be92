"""What a transition leads to: the incident afterwards, the pages it asks for, and a timeline that stays bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import MAX_TIMELINE, Incident, IncidentState, TimelineEntry
from feuerwache.common.events.page import PageRequested

#: How many ids of applied alarms, commands and receipts an incident remembers, of each.
MAX_REMEMBERED = 200
#: `source` of every event this task writes.
SOURCE = "/escalation/incidents"

#: The states in which the ladder is climbed: nobody has taken over yet.
PAGING = frozenset({IncidentState.TRIGGERED, IncidentState.REOPENED})


@dataclass(frozen=True, slots=True)
class Change:
    """The incident after a transition, its revision one higher than before, and the pages to be sent."""

    incident: Incident
    pages: tuple[Event[PageRequested], ...] = ()


def updated(incident: Incident, **changes: Any) -> Incident:
    """A copy with these fields; the values are ours and typed, so they are not validated again."""
    return incident.model_copy(update=changes)


def noted(
    incident: Incident,
    at: datetime,
    what: str,
    actor: Actor | None = None,
    **detail: str | int | float | bool | None,
) -> Incident:
    """The incident with one more line in its timeline. When it is full, the oldest line but the first goes.

    Alarms that follow each other directly share a line: a storm of them must not push out who was called when.
    """
    timeline = incident.timeline
    if what == "alarm" and timeline and timeline[-1].what == "alarm":
        detail["times"] = int(timeline[-1].detail.get("times") or 1) + 1
        timeline = timeline[:-1]
    timeline = (*timeline, TimelineEntry(at=at, what=what, actor=actor, detail=detail))
    if len(timeline) > MAX_TIMELINE:
        timeline = (timeline[0], *timeline[len(timeline) - MAX_TIMELINE + 1 :])
    return updated(incident, timeline=timeline)


def remembered(ids: tuple[UUID, ...], new: UUID) -> tuple[UUID, ...]:
    """The ids with one more, the oldest forgotten when there are too many."""
    return (*ids, new)[-MAX_REMEMBERED:]


def revised(before: Incident, change: Change) -> Change:
    """The change with its revision: whatever happened in one transition, it rises by one."""
    return Change(updated(change.incident, revision=before.revision + 1), change.pages)
