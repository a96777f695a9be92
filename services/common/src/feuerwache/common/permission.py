"""Who may give which command about an incident, a post or an author: tables of roles and commands, pure.

The incidents task and the rules stage refuse by them, and the console and the command line ask before they offer or
write anything, so all say the same. The reasons and the tables for readers stand in docs/roles.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from feuerwache.common.config.people import People, Role
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import (
    AnswerAppeal,
    AnswerForward,
    AppealDecision,
    DecideAuthor,
    DecisionCommand,
    ForwardOverdue,
    ReviewDecision,
)
from feuerwache.common.events.incident import (
    Acknowledge,
    Comment,
    Declare,
    HandOver,
    IncidentCommand,
    Merge,
    Mute,
    NeedHelp,
    Resolve,
    Snooze,
    Split,
    TickPlanStep,
)
from feuerwache.common.events.oncall import OnCallOverridden

#: Why a command is refused: nobody of people.yaml, a room instead of a person, not with this role, too long a snooze.
Reason = Literal["unknown_person", "not_a_person", "role", "snooze_too_long", "service"]

AGENT = frozenset[type]({Acknowledge, Comment, NeedHelp, Snooze, TickPlanStep})
MANAGER = AGENT | frozenset[type]({Resolve, HandOver, Declare, Merge, Split, Mute})
MAY: Mapping[Role, frozenset[type]] = {
    Role.AGENT: AGENT,
    Role.MANAGER: MANAGER,
    Role.HEAD: MANAGER,
    #: Keeps the machinery running and does not speak for the house; see `TECHNICAL`.
    Role.OPERATOR: MANAGER - {Resolve, TickPlanStep},
}
#: What is about the machinery and not about people: an operator works these off and ends them.
TECHNICAL = frozenset({CrisisKind.SILENCE, CrisisKind.NOBODY_REACHED, CrisisKind.DRILL})
#: What our own services may say. They answer for nothing, so they end drills only.
SERVICES = frozenset[type]({Comment, NeedHelp, Declare})

#: Looking at a post is the daily work; whether somebody else's decision or an author stands is for who answers for it.
REVIEWER = frozenset[type]({ReviewDecision, AppealDecision})
DECIDER = REVIEWER | frozenset[type]({AnswerAppeal, DecideAuthor})
DECIDES: Mapping[Role, frozenset[type]] = {
    Role.AGENT: REVIEWER,
    Role.MANAGER: DECIDER,
    Role.HEAD: DECIDER,
    Role.OPERATOR: frozenset(),
}

LONGEST_SNOOZE: Mapping[Role, timedelta | None] = {
    Role.AGENT: timedelta(minutes=30),
    Role.MANAGER: timedelta(hours=24),
    Role.HEAD: None,
    Role.OPERATOR: timedelta(hours=24),
}
#: "For 30 minutes" is a little more by the time it is looked at by another clock.
GRACE = timedelta(minutes=1)


def may(role: Role, command: type, kind: CrisisKind | None) -> bool:
    """Whether this role may give such a command about an incident of this kind (None: about none)."""
    if role is Role.OPERATOR and command in (Resolve, TickPlanStep):
        return kind in TECHNICAL
    return command in MAY[role]


def refusal(command: IncidentCommand, people: People, kind: CrisisKind | None, now: datetime) -> Reason | None:
    """Why this command is not carried out; None when it may be. `kind` is the incident's, None where there is none."""
    actor = command.actor
    if actor.via is Via.SYSTEM:
        drill = isinstance(command, Resolve) and kind is CrisisKind.DRILL
        return None if drill or type(command) in SERVICES else "service"
    role = role_of(actor, people)
    if role is None:
        return "not_a_person" if people.room(actor.person_id) or people.team(actor.person_id) else "unknown_person"
    if not may(role, type(command), kind):
        return "role"
    longest = LONGEST_SNOOZE[role]
    if isinstance(command, Snooze) and longest is not None and command.until - now > longest + GRACE:
        return "snooze_too_long"
    return None


def override_refusal(override: OnCallOverridden, people: People) -> Reason | None:
    """Why this exception to the on-call schedule is not made; None when it may be.

    An agent takes over, is absent and swaps as themselves; whom others stand in for is for a manager, a head or the
    operator to say. Cancelling is the same as making.
    """
    role = role_of(override.actor, people)
    if role is None:
        return "unknown_person"
    own = override.actor.person_id in (override.person_id, override.replaces)
    return None if own or role is not Role.AGENT else "role"


def role_of(actor: Actor, people: People) -> Role | None:
    """The role of the person behind a link, a token, a login or a chat message; None when nobody is known."""
    person = people.person(actor.person_id)
    return None if person is None else person.role


def decision_refusal(command: type, actor: Actor, people: People) -> Reason | None:
    """Why this person's word on a post, an appeal or an author is not given; None when it may be."""
    role = role_of(actor, people)
    if role is None:
        return "not_a_person" if people.room(actor.person_id) or people.team(actor.person_id) else "unknown_person"
    return None if command in DECIDES[role] else "role"


def word_refusal(command: DecisionCommand, people: People) -> Reason | None:
    """Why the rules do not hear this word; None when they do.

    An appeal needs no role: it is its author's right and decides nothing, and whoever brought it was asked for a token
    or a role at the edge. A department's answer needs a person and no role. That a deadline is over is the rules' own.
    """
    match command:
        case AppealDecision() | ForwardOverdue():
            return None
        case AnswerForward(actor=actor):
            return None if role_of(actor, people) is not None else "unknown_person"
        case ReviewDecision() | AnswerAppeal() | DecideAuthor():
            return decision_refusal(type(command), command.actor, people)
