"""Which decisions go to a platform, and how they look there."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from feuerwache.common.events.decision import (
    Action,
    AppealChanged,
    AppealState,
    DecisionMade,
    Discipline,
    Mode,
    Severity,
    Step,
)
from feuerwache.ingest.outbound.capability import translate
from feuerwache.ingest.outbound.document import APPEAL_TYPE, appeal_document, document, envelope
from feuerwache.ingest.outbound.outlet import Outlet
from feuerwache.ingest.outbound.selection import Selection
from support.decisions import HUMAN, QUOTED, WHEN, appealed, decision, hit

HOLD, HIDE, APPROVE, WARN = Action.HOLD, Action.HIDE, Action.APPROVE, Action.WARN
OUTLET = Outlet(can=(HOLD,))
CHOOSY = Outlet(can=(HOLD,), actions=(HIDE,), causes=("post",), min_severity=Severity.HIGH, communities=("c",))
URGENT = (hit(HIDE, severity=Severity.CRITICAL),)


@pytest.mark.parametrize(
    ("outlet", "made", "goes"),
    [
        (OUTLET, decision(HOLD), True),
        (OUTLET, decision(HOLD, community="d"), True),
        (OUTLET, decision(HOLD, community="e"), False),
        (OUTLET, decision(HOLD, platform="facebook"), False),
        (OUTLET, decision(HOLD, historic=True), False),
        (OUTLET, decision(HOLD, dry_run=True), False),
        (OUTLET, decision(HOLD, canary=True), False),
        (OUTLET, decision(HOLD, canary=True, supersedes=uuid4()), False),
        (OUTLET, decision(HOLD, dry_run=True, supersedes=uuid4()), False),
        (OUTLET, decision(APPROVE), False),
        (OUTLET, decision(APPROVE, supersedes=uuid4()), True),
        (OUTLET, decision(Action.ESCALATE), False),
        (OUTLET, decision(HOLD, Action.ESCALATE), True),
        (OUTLET, decision(APPROVE, WARN), True),
        (CHOOSY, decision(HIDE, rules=URGENT), True),
        (CHOOSY, decision(HIDE, rules=URGENT, community="d"), False),
        (CHOOSY, decision(HIDE, rules=URGENT, community="d", supersedes=uuid4()), False),
        (CHOOSY, decision(HOLD, rules=URGENT), False),
        (CHOOSY, decision(HIDE, rules=URGENT, cause="report"), False),
        (CHOOSY, decision(HIDE, rules=(hit(HIDE, severity=Severity.LOW),)), False),
        (CHOOSY, decision(HIDE), False),
        (CHOOSY, decision(HIDE, rules=(hit(HIDE, severity=Severity.CRITICAL, mode=Mode.SHADOW),)), False),
        (CHOOSY, decision(APPROVE, cause="human", supersedes=uuid4()), True),
    ],
)
def test_only_what_is_meant_for_a_platform_goes_there(outlet: Outlet, made: DecisionMade, goes: bool) -> None:
    assert Selection.of("forum", ("c", "d"), outlet).takes(made) is goes


OPEN = AppealState.OPEN


@pytest.mark.parametrize(
    ("told", "goes"),
    [
        (appealed(OPEN, uuid4()), True),
        (appealed(AppealState.LATE, uuid4()), True),
        (appealed(OPEN, uuid4(), community="d"), False),
        (appealed(OPEN, uuid4(), platform="facebook"), False),
        (appealed(OPEN, uuid4(), dry_run=True), False),
    ],
)
def test_where_an_appeal_stands_goes_to_its_own_platform_whatever_the_filter_says(
    told: AppealChanged, goes: bool
) -> None:
    whole = Selection.of("forum", ("c", "d"), CHOOSY)
    assert whole.narrowed(actions=(HOLD,), causes=("report",)).tells(told) is goes


def test_the_answer_to_an_appeal_names_no_human_of_ours() -> None:
    decided, name = uuid4(), uuid4()
    body = envelope(appeal_document(name, appealed(AppealState.UPHELD, decided)), APPEAL_TYPE)
    assert body == {
        "type": "appeal.changed",
        "timestamp": WHEN.isoformat(),
        "data": {
            "id": str(name),
            "community": "c",
            "platform": "forum",
            "post_id": "p-1",
            "author_id": "a-1",
            "decision_id": str(decided),
            "state": "upheld",
            "language": "de",
            "answer": "Ein Mensch hat sich das angesehen.",
            "at": WHEN.isoformat(),
        },
    }
    assert HUMAN.person_id not in json.dumps(body)


def test_a_reader_narrows_and_never_widens() -> None:
    whole = Selection.of("forum", ("c", "d"), CHOOSY)
    assert whole.narrowed() == whole
    wider = whole.narrowed(("c", "d", "x"), (HOLD, HIDE), ("report", "post"), Severity.LOW)
    assert wider == whole
    assert not whole.narrowed(actions=(HOLD,)).takes(decision(HIDE, rules=URGENT))


def test_the_document_says_what_to_do_and_why_and_quotes_nobody() -> None:
    until = WHEN + timedelta(days=1)
    made = decision(
        Action.REMOVE,
        Action.RESTRICT,
        Action.MOVE,
        WARN,
        rules=(
            hit(Action.REMOVE, severity=Severity.HIGH).model_copy(update={"move_to": "corner"}),
            hit(HIDE, mode=Mode.SHADOW, rule="tried"),
        ),
        discipline=Discipline(ladder="l", step=Step.RESTRICTION, points=3.0, until=until),
        supersedes=uuid4(),
    )
    able = translate(made.actions, (HIDE, Action.RESTRICT, Action.MOVE))
    data = document(uuid4(), made, able)
    assert data["actions"] == [
        {"action": "hide", "instead_of": "remove"},
        {"action": "restrict", "until": until.isoformat()},
        {"action": "move", "to": "corner"},
    ]
    assert data["unsupported"] == ["warn"]
    assert data["decided"] == {"action": "remove", "actions": ["remove", "restrict", "move", "warn"]}
    assert data["severity"] == "high"
    assert data["statement"]["facts"] == "Fakten"
    assert [rule["id"] for rule in data["rules"]] == ["rule"]
    assert [rule["id"] for rule in document(uuid4(), made, able, shadow=True)["rules"]] == ["rule", "tried"]
    assert data["supersedes"] == str(made.supersedes)
    body = envelope(data)
    assert (body["type"], body["timestamp"]) == ("decision.made", WHEN.isoformat())
    assert QUOTED not in json.dumps(body, ensure_ascii=False)
    assert None not in data.values()
