"""What became of an answer, in the words and the zone of whoever gave it. Pure, from the incident as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.config.people import People, Person
from feuerwache.common.events.incident import Acknowledge, Incident, IncidentCommand, IncidentState, NeedHelp, Snooze
from feuerwache.common.vocabulary import Language
from feuerwache.common.wording.numeral import NO_BREAK, span
from feuerwache.common.wording.sentence import title
from feuerwache.common.wording.tongue import TONGUES
from feuerwache.notifier.answering.wording import WORDS

#: Lines of the timeline after which the incident is its owner's.
TAKEN = frozenset({"acknowledged", "handed_over"})
LEAST_MINUTES = 1 / 60


def what_of(incident: Incident, language: Language) -> str:
    """ "Welle der Empörung, Morgenrot auf Facebook"."""
    called = title(incident.kind, incident.about, incident.rule_title, TONGUES[language])
    return f"{called}, {incident.community_title}"


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told, and when; `people` gives names to others."""

    person: Person
    people: People
    now: datetime


def told(command: IncidentCommand, before: Incident, after: Incident, listener: Listener) -> str:
    """`before`: as it was known when the answer came; `after`: as it stands once the command has taken effect."""
    person, people, now = listener.person, listener.people, listener.now
    words = WORDS[person.language]
    what = what_of(after, person.language)
    if after.state is IncidentState.RESOLVED:
        return ended(after, listener)
    if isinstance(command, NeedHelp):
        return words.helped.format(what=what)
    if isinstance(command, Snooze):
        return words.snoozed.format(time=hour(command.until, person), what=what)
    if isinstance(command, Acknowledge) and after.owner not in (None, person.id):
        return words.theirs.format(owner=name(after.owner, people), span=ago(taken_at(after), now, person), what=what)
    again = before.owner == person.id and before.state is IncidentState.ACKNOWLEDGED
    return (words.still_yours if again else words.yours).format(what=what)


def ended(incident: Incident, listener: Listener) -> str:
    person, people, now = listener.person, listener.people, listener.now
    words, what = WORDS[person.language], what_of(incident, person.language)
    since = ago(incident.resolved_at or now, now, person)
    if incident.owner is None:
        return words.ended.format(span=since, what=what)
    return words.ended_by.format(owner=name(incident.owner, people), span=since, what=what)


def line(incident: Incident, listener: Listener) -> str:
    """For everybody in the room who sees the message: who has it, or that it is over; empty while nobody has."""
    person, people = listener.person, listener.people
    words = WORDS[person.language]
    if incident.state is IncidentState.RESOLVED:
        return words.line_ended.format(time=hour(incident.resolved_at or incident.opened_at, person))
    if incident.state is IncidentState.ACKNOWLEDGED and incident.owner is not None:
        return words.line_owner.format(owner=name(incident.owner, people), time=hour(taken_at(incident), person))
    return ""


def several(mine: Sequence[str], others: Sequence[str], language: Language) -> str:
    """ "1 von 2 übernommen. Bereits von Jonas Keller übernommen, …: … Ihnen gehört jetzt: …" """
    words, count = WORDS[language], len(mine) + len(others)
    first = (words.several if others else words.several_all).format(mine=len(mine), count=count)
    return " ".join([first, *others, words.several_yours.format(what="; ".join(mine))])


def several_lines(whats: Sequence[str], lines: Sequence[str]) -> str:
    """For everybody; empty while one of the incidents has nobody. The same word for all of them stands once."""
    if not all(lines):
        return ""
    if len(set(lines)) == 1:
        return lines[0]
    return "\n".join(f"{what}: {line}" for what, line in zip(whats, lines, strict=True))


def taken_at(incident: Incident) -> datetime:
    """Since when the present owner has it."""
    taken = [entry.at for entry in incident.timeline if entry.what in TAKEN]
    return taken[-1] if taken else incident.acknowledged_at or incident.opened_at


def name(person_id: str | None, people: People) -> str:
    known = people.person(person_id or "")
    return known.name if known is not None else person_id or "?"


def ago(at: datetime, now: datetime, person: Person) -> str:
    minutes = max((now - at).total_seconds() / 60, LEAST_MINUTES)
    return span(minutes, TONGUES[person.language], dative=True).replace(NO_BREAK, " ")


def hour(at: datetime, person: Person) -> str:
    return at.astimezone(ZoneInfo(person.timezone)).strftime(TONGUES[person.language].time)
