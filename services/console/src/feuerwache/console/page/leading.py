"""What one person may do about an incident from its page, and what has become of what they just did. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

from feuerwache.common.events.incident import (
    Acknowledge,
    Comment,
    HandOver,
    Incident,
    IncidentState,
    Merge,
    NeedHelp,
    Resolve,
    Snooze,
    Split,
    TickPlanStep,
)
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.common.permission import LONGEST_SNOOZE, may
from feuerwache.common.wording.refusal import ROLE, refusal_text
from feuerwache.console.page.plan_wording import PLAN_UI, WANTED
from feuerwache.console.page.reader import Reader
from feuerwache.console.store.reading import Dossier, ExamplePost

#: What a button of the page asks for; the last part of the path it posts to.
Sent = Literal["acknowledge", "resolve", "tick", "comment", "help", "hand-over", "snooze", "split", "merge"]
SENT: tuple[Sent, ...] = get_args(Sent)
ASKED: dict[Sent, type] = {
    "acknowledge": Acknowledge,
    "resolve": Resolve,
    "tick": TickPlanStep,
    "comment": Comment,
    "help": NeedHelp,
    "hand-over": HandOver,
    "snooze": Snooze,
    "split": Split,
    "merge": Merge,
}
#: How long a snooze may be chosen to last, in minutes.
SNOOZES = (15, 30, 60, 120, 480)
AN_HOUR = 60
#: So many characters of a post are shown in a list of choices.
SHORT = 70


@dataclass(frozen=True, slots=True)
class Order:
    """What the reader has just sent: which button, the command's id (None: not told), and the step it was about."""

    sent: Sent
    command_id: UUID | None = None
    step: str = ""


@dataclass(frozen=True, slots=True)
class LeadingView:
    """`may`: the buttons this person has. `snoozes`: minutes and their name; `people`: id and name;
    `others`: incidents to merge into, id and name;
    `examples`: place in the incident and beginning of the text. `why_not`: what the role does not allow, in words."""

    may: frozenset[Sent]
    snoozes: tuple[tuple[int, str], ...]
    people: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    examples: tuple[tuple[int, str], ...]
    why_not: str


def leading(dossier: Dossier, reader: Reader, others: tuple[Incident, ...] = ()) -> LeadingView:
    incident = dossier.incident
    over = incident.state is IncidentState.RESOLVED
    role, kind, ui = reader.person.role, incident.kind, PLAN_UI[reader.language]
    allowed = frozenset(sent for sent in SENT if may(role, ASKED[sent], kind))
    wanted = WANTED[reader.language]
    forbidden = [wanted[ASKED[sent].__name__] for sent in SENT if sent not in allowed]
    longest = LONGEST_SNOOZE[role]
    snoozes = [count for count in SNOOZES if longest is None or count * 60 <= longest.total_seconds()]
    why_not = ui["not_allowed"].format(role=ROLE[reader.language][role], list=", ".join(forbidden))
    possible = allowed & {"tick", "comment"} if over else allowed
    return LeadingView(
        may=possible - ({"merge"} if not others else set()) - (set() if len(incident.examples) > 1 else {"split"}),
        snoozes=tuple((count, lasting(count, ui)) for count in snoozes),
        people=tuple(
            (person.id, person.name)
            for person in reader.people.people
            if person.id not in (incident.owner, reader.person.id)
        ),
        others=tuple((str(one.incident_id), named(one, reader)) for one in others),
        examples=tuple((place, beginning(one, reader)) for place, one in enumerate(dossier.examples)),
        why_not=why_not if forbidden and not over else "",
    )


def under_way(incident: Incident, order: Order | None) -> bool:
    """Whether the incident does not show yet what was ordered; without an id nobody can tell."""
    return order is not None and order.command_id is not None and order.command_id not in incident.command_ids


def refused(incident: Incident, reader: Reader, order: Order | None) -> str | None:
    """Why the incident has refused what the reader ordered just now."""
    if order is None or under_way(incident, order):
        return None
    mine = [one for one in incident.timeline if one.actor is not None and one.actor.person_id == reader.person.id]
    if not mine or mine[-1].what != "refused" or mine[-1].detail.get("asked") != ASKED[order.sent].__name__:
        return None
    reason = refusal_text(str(mine[-1].detail.get("reason")), reader.person.role, reader.language)
    return PLAN_UI[reader.language]["refused"].format(reason=reason)


def beginning(one: ExamplePost, reader: Reader) -> str:
    """Enough of a post to tell it from the others; its id where the text is gone."""
    received = one.post.received if one.post is not None else None
    text = reader.text(received) if isinstance(received, PostCreated | PostEdited) else one.ref.post_id
    return text if len(text) <= SHORT else text[:SHORT].rstrip() + " …"


def named(incident: Incident, reader: Reader) -> str:
    kind = reader.words.kind[incident.kind]
    return f"{kind}, {incident.community_title}, {reader.time(incident.onset)}"


def lasting(minutes: int, ui: Mapping[str, str]) -> str:
    if minutes < AN_HOUR:
        return ui["minutes"].format(count=minutes)
    return (ui["hour"] if minutes == AN_HOUR else ui["hours"]).format(count=minutes // AN_HOUR)
