"""What a transition leads to: the incident afterwards, the pages it asks for, and a timeline that stays bounded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.alarm import AlarmRaised, BarRaised
from feuerwache.common.events.base import Event
from feuerwache.common.events.incident import (
    MAX_TIMELINE,
    Incident,
    IncidentCommand,
    IncidentState,
    TimelineEntry,
)
from feuerwache.common.events.page import PageRequested

#: How many ids of applied alarms, commands and receipts an incident remembers, of each.
MAX_REMEMBERED = 200
#: `source` of every event this task writes.
SOURCE = "/escalation/incidents"
#: Longest text in a timeline's line, in characters: the record is bounded, and who wants all of it finds the command.
MAX_DETAIL = 280
#: What a storm repeats: such lines that follow each other share one for each word.
STORM = frozenset({"alarm", "alarm_ended"})

#: The states in which the ladder is climbed: nobody has taken over yet.
PAGING = frozenset({IncidentState.TRIGGERED, IncidentState.REOPENED})


@dataclass(frozen=True, slots=True)
class Change:
    """The incident after a transition, its revision one higher than before, and what is to be sent with it.

    `also`: other incidents that the same transition changed (merged, split off), with revisions of their own.
    `alarms`: what it is itself reason for, to be taken in like every alarm.
    """

    incident: Incident
    pages: tuple[Event[PageRequested], ...] = ()
    bars: tuple[Event[BarRaised], ...] = ()
    also: tuple[Incident, ...] = ()
    alarms: tuple[Event[AlarmRaised], ...] = ()


def updated(incident: Incident, **changes: Any) -> Incident:
    """A copy with these fields; the values are ours and typed, so they are not validated again."""
    return incident.model_copy(update=changes)


def closed(incident: Incident, at: datetime, reason: str, owner: str | None) -> Incident:
    """Resolved: nothing is due any more, whatever it was waiting for."""
    return updated(
        incident,
        state=IncidentState.RESOLVED,
        owner=owner,
        due_at=None,
        snoozed_until=None,
        went_quiet_at=None,
        asked_at=None,
        held=False,
        resolved_at=at,
        resolved_reason=reason,
    )


def noted(
    incident: Incident,
    at: datetime,
    what: str,
    actor: Actor | None = None,
    **detail: str | int | float | bool | None,
) -> Incident:
    """The incident with one more line in its timeline. When it is full, the oldest line but the first goes.

    Alarms and their ends that follow each other directly share a line: a storm must not push out who was called when.
    """
    timeline = list(incident.timeline)
    detail = {name: shortened(value) if isinstance(value, str) else value for name, value in detail.items()}
    if what in STORM:
        former = last_of_storm(timeline, what)
        if former is not None:
            detail["times"] = int(timeline.pop(former).detail.get("times") or 1) + 1
    timeline.append(TimelineEntry(at=at, what=what, actor=actor, detail=detail))
    if len(timeline) > MAX_TIMELINE:
        del timeline[1 : len(timeline) - MAX_TIMELINE + 1]
    return updated(incident, timeline=tuple(timeline))


def last_of_storm(timeline: list[TimelineEntry], what: str) -> int | None:
    """Where among the last lines, as far as only a storm wrote them, the same word stands."""
    for index in range(len(timeline) - 1, -1, -1):
        if timeline[index].what not in STORM:
            return None
        if timeline[index].what == what:
            return index
    return None


def shortened(text: str) -> str:
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"


def remembered(ids: tuple[UUID, ...], new: UUID) -> tuple[UUID, ...]:
    """The ids with one more, the oldest forgotten when there are too many."""
    return (*ids, new)[-MAX_REMEMBERED:]


def revised(before: Incident, change: Change) -> Change:
    """The change with its revision: whatever happened in one transition, it rises by one. Its pages name it."""
    revision = before.revision + 1
    pages = tuple(replace(page, data=page.data.model_copy(update={"revision": revision})) for page in change.pages)
    return replace(change, incident=updated(change.incident, revision=revision), pages=pages)


def refused(incident: Incident, now: datetime, command: IncidentCommand, reason: str) -> Change:
    """The person must hear of it: the timeline says what was asked and why nothing came of it."""
    return Change(noted(incident, now, "refused", command.actor, asked=type(command).__name__, reason=reason))
