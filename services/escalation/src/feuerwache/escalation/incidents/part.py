"""What burns in an incident: where it began, and its parts; each has a detector of its own that says when it is over.

A part is known by community, kind and what it is about. Severity is that of the worst of them, and three communities of
a brand that burn at once are critical as soon as one of them is high: what spreads is the whole house's matter. The
incident is quiet once every detector has said that it is over; a later alarm of any of them ends the quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from feuerwache.common.events.alarm import AlarmEnded, AlarmRaised, CrisisKind, Figures, Highlight, Role
from feuerwache.common.events.decision import Severity
from feuerwache.common.events.incident import MAX_EXAMPLES, Incident, IncidentPart
from feuerwache.common.events.post import PostRef
from feuerwache.escalation.incidents.change import updated

#: So many communities of a brand at once make it critical.
SPREAD = 3
#: Parts an incident carries; then one that is over makes room, or the oldest.
MAX_PARTS = 20
MAX_HIGHLIGHTS = 6
MAX_ABOUT = 200
MAX_WORDS = 10
#: Letters of a word that is said: each part has ten, and the record is bounded.
MAX_WORD = 40
RANK = {Severity.LOW: 0, Severity.HIGH: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class Source:
    """One detector's view, or the posts of one rule: single posts are told apart by their rule, not by their label."""

    community: str
    kind: CrisisKind
    about: str


def source_of(alarm: AlarmRaised | AlarmEnded) -> Source:
    return Source(alarm.community, alarm.kind, "" if alarm.kind is CrisisKind.SINGLE_POST else alarm.about[:MAX_ABOUT])


def head(incident: Incident) -> Source:
    """Where it began."""
    about = "" if incident.kind is CrisisKind.SINGLE_POST else incident.about
    return Source(incident.community, incident.kind, about)


def source_of_part(incident: Incident, part: IncidentPart) -> Source:
    return Source(part.community, part.kind or incident.kind, part.about)


def sources(incident: Incident) -> Iterator[tuple[Source, datetime | None]]:
    """Everything that burns or burnt in it, and when that was over."""
    yield head(incident), incident.ended_at
    for part in incident.parts:
        yield source_of_part(incident, part), part.ended_at


def communities(incident: Incident) -> set[str]:
    return {incident.community, *(part.community for part in incident.parts)}


def titles(incident: Incident) -> tuple[str, ...]:
    """The titles of the other communities in which it burns, each once."""
    others = (part.community_title for part in incident.parts if part.community != incident.community)
    return tuple(dict.fromkeys(others))


def worst(incident: Incident, severity: Severity) -> Severity:
    """The severity with this one added; it never falls."""
    higher = max(incident.severity, severity, key=RANK.__getitem__)
    burning = {source.community for source, ended_at in sources(incident) if ended_at is None}
    return Severity.CRITICAL if higher is Severity.HIGH and len(burning) >= SPREAD else higher


def joined(incident: Incident, alarm: AlarmRaised, title: str) -> Incident:
    """The incident with what the alarm says of its part of it; a new part where it burns for the first time."""
    source = source_of(alarm)
    shown = updated(
        incident,
        alarms=incident.alarms + 1,
        last_alarm_at=max(incident.last_alarm_at, alarm.seen_at),
        onset=min(incident.onset, alarm.onset),
        examples=merged(alarm.examples, incident.examples),
        highlights=highlighted(alarm.highlights, incident.highlights),
    )
    if source == head(incident):
        newest = bool(incident.parts) or alarm.seen_at >= incident.last_alarm_at
        figures = bounded(alarm.figures) if newest else incident.figures
        ended_at = still(incident.ended_at, alarm)
        return settled(updated(shown, figures=figures, ended_at=ended_at))
    former = next((part for part in incident.parts if source_of_part(incident, part) == source), None)
    part = burning_part(incident, alarm, title) if former is None else grown(former, alarm)
    others = [each for each in incident.parts if each is not former]
    return settled(updated(shown, parts=(*made_room(others), part)))


def burning_part(incident: Incident, alarm: AlarmRaised, title: str) -> IncidentPart:
    return IncidentPart(
        community=alarm.community,
        community_title=title,
        severity=alarm.severity,
        onset=alarm.onset,
        last_alarm_at=alarm.seen_at,
        about=source_of(alarm).about,
        figures=bounded(alarm.figures),
        kind=None if alarm.kind is incident.kind else alarm.kind,
    )


def grown(part: IncidentPart, alarm: AlarmRaised) -> IncidentPart:
    return part.model_copy(
        update={
            "severity": max(part.severity, alarm.severity, key=RANK.__getitem__),
            "onset": min(part.onset, alarm.onset),
            "last_alarm_at": max(part.last_alarm_at, alarm.seen_at),
            "figures": bounded(alarm.figures) if alarm.seen_at >= part.last_alarm_at else part.figures,
            "alarms": part.alarms + 1,
            "ended_at": still(part.ended_at, alarm),
        }
    )


def ended(incident: Incident, what: AlarmEnded) -> Incident:
    """The incident with one detector's all-clear. One from before that detector's last alarm ends nothing."""
    source = source_of(what)
    if source == head(incident):
        if not incident.parts and what.ended_at < incident.last_alarm_at:
            return incident
        return settled(updated(incident, ended_at=what.ended_at))
    parts = tuple(
        part.model_copy(update={"ended_at": what.ended_at})
        if source_of_part(incident, part) == source and what.ended_at >= part.last_alarm_at
        else part
        for part in incident.parts
    )
    return settled(updated(incident, parts=parts))


def settled(incident: Incident) -> Incident:
    """The incident with `quiet_since` as its parts say."""
    ends = [ended_at for _, ended_at in sources(incident)]
    over = [ended_at for ended_at in ends if ended_at is not None]
    return updated(incident, quiet_since=max(over) if len(over) == len(ends) else None)


def still(ended_at: datetime | None, alarm: AlarmRaised) -> datetime | None:
    """The end that was told, unless this alarm is later than it."""
    return ended_at if ended_at is not None and alarm.seen_at <= ended_at else None


def made_room(parts: list[IncidentPart]) -> list[IncidentPart]:
    """At most all but one of the parts there may be: what was over first goes, else what was silent longest."""
    if len(parts) < MAX_PARTS:
        return parts
    leaves = min(parts, key=lambda part: (part.ended_at is None, part.ended_at or part.last_alarm_at))
    return [part for part in parts if part is not leaves]


def bounded(figures: Figures) -> Figures:
    words = tuple(word[:MAX_WORD] for word in figures.most_said[:MAX_WORDS])
    return figures if words == figures.most_said else figures.model_copy(update={"most_said": words})


def merged(newer: tuple[PostRef, ...], older: tuple[PostRef, ...]) -> tuple[PostRef, ...]:
    """The newest examples, each once."""
    return tuple(dict.fromkeys((*newer, *older)))[:MAX_EXAMPLES]


def highlighted(newer: tuple[Highlight, ...], older: tuple[Highlight, ...]) -> tuple[Highlight, ...]:
    """The newest of each role, but the posts that started it stay those that were told first."""
    first = [each for each in older if each.role is Role.FIRST] or [each for each in newer if each.role is Role.FIRST]
    newest = [each for each in newer if each.role is not Role.FIRST]
    roles = {each.role for each in newest}
    kept = [each for each in older if each.role is not Role.FIRST and each.role not in roles]
    return tuple([*newest, *kept, *first][:MAX_HIGHLIGHTS])
