"""Who may do what: the whole table, so that a change of it is a change of this test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from pydantic import BaseModel, TypeAdapter

from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People, Person, Role, Room, Team
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
    Severity,
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
from feuerwache.common.permission import decision_refusal, refusal, word_refusal

NOW = datetime(2026, 11, 14, 21, 0, tzinfo=UTC)
CONTACT = (EmailContact(address="x@morgenrot.example"),)
PEOPLE = People(
    people=tuple(Person(id=role.value, name=role.value, role=role, contacts=CONTACT) for role in Role),
    teams=(Team(id="night-team", members=("agent",)),),
    rooms=(Room(id="war-room", contact=CONTACT[0]),),
)
FIELDS: dict[type[Any], dict[str, Any]] = {
    Acknowledge: {},
    Comment: {"text": "Hallo"},
    NeedHelp: {},
    TickPlanStep: {"plan": "raid", "plan_step": "sort"},
    Snooze: {"until": NOW + timedelta(minutes=30)},
    Resolve: {},
    HandOver: {"to": "manager"},
    Merge: {"into": uuid4()},
    Split: {"new_incident_id": uuid4(), "examples": ()},
    Declare: {"community": "forum", "severity": Severity.HIGH, "note": ""},
    Mute: {"community": "forum", "kinds": (), "start": NOW, "until": NOW + timedelta(hours=1)},
}
EVERYBODY = (Acknowledge, Comment, NeedHelp, TickPlanStep, Snooze)
LEADERS = (Resolve, HandOver, Merge, Split, Declare, Mute)


def command(kind: type[Any], person: str, via: Via = Via.LINK, **fields: Any) -> IncidentCommand:
    values = FIELDS[kind] | fields
    if kind not in (Declare, Mute):
        values = values | {"incident_id": uuid4()}
    if kind is Declare:
        values = values | {"incident_id": uuid4()}
    made: IncidentCommand = kind(actor=Actor(person_id=person, via=via), **values)
    return made


def test_the_table_knows_every_command() -> None:
    assert set(FIELDS) == set(get_args(get_args(IncidentCommand)[0]))


@pytest.mark.parametrize("kind", CrisisKind)
@pytest.mark.parametrize("asked", FIELDS)
def test_the_table(asked: type[Any], kind: CrisisKind) -> None:
    allowed = {role for role in Role if refusal(command(asked, role.value), PEOPLE, kind, NOW) is None}
    expected = set(Role) if asked in EVERYBODY else set(Role) - {Role.AGENT}
    technical = kind in (CrisisKind.SILENCE, CrisisKind.NOBODY_REACHED, CrisisKind.DRILL)
    if asked in (Resolve, TickPlanStep) and not technical:
        expected -= {Role.OPERATOR}
    assert allowed == expected


@pytest.mark.parametrize(
    ("person", "minutes", "reason"),
    [
        ("agent", 30.5, None),
        ("agent", 32, "snooze_too_long"),
        ("manager", 24 * 60, None),
        ("manager", 24 * 60 + 2, "snooze_too_long"),
        ("operator", 25 * 60, "snooze_too_long"),
        ("head", 24 * 60 * 30, None),
    ],
)
def test_how_long_somebody_may_snooze(person: str, minutes: float, reason: str | None) -> None:
    asked = command(Snooze, person, until=NOW + timedelta(minutes=minutes))
    assert refusal(asked, PEOPLE, CrisisKind.FEUD, NOW) == reason


@pytest.mark.parametrize("via", [Via.LINK, Via.TOKEN, Via.LOGIN, Via.CHANNEL])
@pytest.mark.parametrize(
    ("person", "reason"),
    [("who.left", "unknown_person"), ("war-room", "not_a_person"), ("night-team", "not_a_person"), ("manager", None)],
)
def test_a_command_has_a_person_behind_it_however_it_comes(person: str, reason: str | None, via: Via) -> None:
    assert refusal(command(Acknowledge, person, via), PEOPLE, CrisisKind.FEUD, NOW) == reason


def test_our_own_services_take_nothing_over_and_end_drills_only() -> None:
    system = {
        asked: refusal(command(asked, "notifier", Via.SYSTEM), PEOPLE, CrisisKind.FEUD, NOW) is None for asked in FIELDS
    }
    assert {asked for asked, allowed in system.items() if allowed} == {Comment, NeedHelp, Declare}
    assert refusal(command(Resolve, "canary", Via.SYSTEM), PEOPLE, CrisisKind.DRILL, NOW) is None


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.AGENT, (ReviewDecision, AppealDecision)),
        (Role.MANAGER, (ReviewDecision, AppealDecision, AnswerAppeal, DecideAuthor)),
        (Role.HEAD, (ReviewDecision, AppealDecision, AnswerAppeal, DecideAuthor)),
        (Role.OPERATOR, ()),
    ],
)
def test_who_may_decide_about_posts_appeals_and_authors(role: Role, allowed: tuple[type, ...]) -> None:
    actor = Actor(person_id=role.value, via=Via.TOKEN)
    for asked in (ReviewDecision, AppealDecision, AnswerAppeal, DecideAuthor):
        assert decision_refusal(asked, actor, PEOPLE) == (None if asked in allowed else "role")


def test_rooms_teams_and_strangers_decide_nothing() -> None:
    for name, reason in (("war-room", "not_a_person"), ("night-team", "not_a_person"), ("nobody", "unknown_person")):
        assert decision_refusal(ReviewDecision, Actor(person_id=name, via=Via.TOKEN), PEOPLE) == reason


@pytest.mark.parametrize(
    ("person", "heard"),
    [
        ("agent", ("review", "appeal", "answer_forward", "forward_overdue")),
        ("manager", ("review", "appeal", "answer_appeal", "author", "answer_forward", "forward_overdue")),
        ("operator", ("appeal", "answer_forward", "forward_overdue")),
        ("forum-integration", ("appeal", "forward_overdue")),
    ],
)
def test_the_rules_hear_words_by_role_and_appeals_from_whoever_brings_them(person: str, heard: tuple[str, ...]) -> None:
    ref = {"community": "c", "platform": "forum", "post_id": "p"}
    whole = {
        "ref": ref,
        "author_id": "a",
        "community": "c",
        "decision_id": uuid4(),
        "revision": 0,
        "action": "approve",
        "upheld": True,
        "standing": "banned",
        "department": "d",
        "due": NOW,
        "actor": {"person_id": person, "via": "token"},
    }
    adapter: TypeAdapter[DecisionCommand] = TypeAdapter(DecisionCommand)
    models: tuple[type[BaseModel], ...] = (
        ReviewDecision,
        AppealDecision,
        AnswerAppeal,
        DecideAuthor,
        AnswerForward,
        ForwardOverdue,
    )
    names = [model.model_fields["command"].default for model in models]
    found = []
    for name, model in zip(names, models, strict=True):
        fields = {key: value for key, value in whole.items() if key in model.model_fields}
        if word_refusal(adapter.validate_python({**fields, "command": name}), PEOPLE) is None:
            found.append(name)
    assert tuple(found) == heard
