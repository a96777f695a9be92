"""What is passed on to a department, by when it is to be answered, and that it shows up again when nobody did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.decision import Action, AnswerForward, DecisionMade, Forwarded, ForwardOverdue
from feuerwache.escalation.rules.forwarding.deadline import Deadline, Passed, deadlines
from feuerwache.escalation.rules.house import HouseRules, load_house_rules
from feuerwache.escalation.rules.judging.rejudging import rejudge
from feuerwache.escalation.rules.sets.ruleset import check_rules
from support.rules import (
    ANNA,
    COMMUNITY,
    CONFIG,
    NOW,
    PLATFORM,
    Judge,
    answered,
    deleted,
    house_with_team,
    minutes,
    moderated,
    ref,
    reported,
    reviewed,
    written,
)

COMPLAINT = {"complaint": 0.9, "negative": 0.8}
SERVICE = "customer-service"
#: Eight office hours after a Saturday evening: Monday, 16:00 in Munich.
DUE = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
KEY = Passed(COMMUNITY, "a1", PLATFORM, "p1")


def overdue(post_id: str = "p1", *, author: str = "a1", due: datetime = DUE, at: datetime = DUE) -> Event[Payload]:
    command = ForwardOverdue(ref=ref(post_id), author_id=author, department=SERVICE, due=due)
    return Event(derived_id("test", "overdue", post_id, due, at), "/escalation/rules", at, command)


def settled(post_id: str = "p1", *, author: str = "a1", department: str = SERVICE) -> Event[Payload]:
    command = AnswerForward(ref=ref(post_id), author_id=author, department=department, actor=ANNA)
    return Event(uuid4(), "/cli", DUE - minutes(60), command)


def watched() -> HouseRules:
    rules = load_house_rules(CONFIG)
    house = rules.houses[COMMUNITY]
    dry = replace(house, community=house.community.model_copy(update={"dry_run": True}))
    return replace(rules, houses={**rules.houses, COMMUNITY: dry})


def made(found: list[Any]) -> DecisionMade:
    (decision,) = found
    assert isinstance(decision, DecisionMade)
    return decision


def test_what_is_passed_on_says_to_whom_and_until_when_and_stands_in_the_book() -> None:
    judge = Judge()
    decision = made(judge.take(written(labels=COMPLAINT)))
    assert decision.action is Action.FORWARD
    assert decision.forwarded == (Forwarded(department=SERVICE, due=DUE),)
    assert judge.last.deadlines == {KEY: Deadline(SERVICE, DUE)}
    assert judge.last.forwards == {(SERVICE, "passed_on"): 1}
    (saved,) = judge.saved.values()
    assert deadlines(saved) == {KEY: Deadline(SERVICE, DUE)}, "a rebuild finds the same in the journals"


def test_what_nobody_answered_shows_up_again_once() -> None:
    judge = Judge()
    first = made(judge.take(written(labels=COMPLAINT)))
    again = made(judge.take(overdue()))
    assert (again.cause, again.actions) == ("overdue", (Action.REVIEW, *first.actions))
    assert again.supersedes == judge_id(judge, 0)
    assert again.forwarded == first.forwarded
    assert again.evidence.community == {"answered_by_team": False}
    assert again.automated
    assert judge.last.deadlines == {KEY: None}
    assert judge.last.forwards == {(SERVICE, "overdue"): 1}
    assert judge.take(overdue()) == [], "a repeat of the command"
    assert judge.take(overdue(at=DUE + minutes(1))) == [], "another command about the same"


def judge_id(judge: Judge, index: int) -> Any:
    (saved,) = judge.saved.values()
    return saved.entries[index].decision_id


@pytest.mark.parametrize(
    "between",
    [
        reviewed(action=Action.APPROVE, at=NOW + minutes(5)),
        moderated(action="hide", at=NOW + minutes(5)),
        deleted(at=NOW + minutes(5)),
        settled(),
        written(revision=1, text="Hat sich erledigt, danke!", at=NOW + minutes(5)),
    ],
    ids=["reviewed", "acted on on the platform", "deleted", "answered", "edited"],
)
def test_what_is_settled_before_does_not_come_up(between: Event[Payload]) -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    judge.take(between)
    assert judge.last.deadlines == {KEY: None}
    assert judge.take(overdue()) == []
    assert judge.last.deadlines == {KEY: None}, "a command about nothing takes what led to it out of the book"


def test_another_departments_answer_settles_nothing() -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    judge.take(settled(department="press"))
    assert judge.last.deadlines == {}
    assert made(judge.take(overdue())).cause == "overdue"


def test_an_answer_takes_no_violation_away_and_is_heard_once() -> None:
    judge = Judge()
    labels = COMPLAINT | {"profanity": 0.95, "offensive": 0.9}
    first = made(judge.take(written(labels=labels)))
    before = judge.saved[COMMUNITY, "a1"].entries[-1]
    answer = settled()
    judge.take(answer)
    assert judge.last.forwards == {(SERVICE, "answered"): 1}
    after = judge.saved[COMMUNITY, "a1"].entries[-1]
    assert (after.actions, after.at, after.decision_id) == (before.actions, before.at, before.decision_id)
    assert first.forwarded
    judge.take(answer)
    assert judge.last.repeats == 1


def test_an_edit_gives_a_department_no_more_time() -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    later = written(revision=1, labels=COMPLAINT, at=NOW + timedelta(hours=30))
    assert made(judge.take(later)).forwarded[0].due == DUE
    assert made(judge.take(overdue())).cause == "overdue"


def test_what_has_come_up_stays_up_when_it_is_edited_and_its_evidence_says_why() -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    judge.take(overdue())
    event = written(revision=1, labels=COMPLAINT, at=DUE + minutes(5))
    edited = made(judge.take(event))
    assert edited.actions == (Action.REVIEW, Action.FORWARD)
    assert edited.evidence.matched["overdue"] is True
    assert judge.last.deadlines.get(KEY) is None
    data: Any = event.data
    assert rejudge(edited, data, judge.rules.houses[COMMUNITY]).actions == edited.actions
    again = made(judge.take(written(revision=2, labels=COMPLAINT, at=DUE + minutes(6))))
    assert again.actions == (Action.REVIEW, Action.FORWARD), "and edited again"
    assert made(judge.take(written(revision=3, at=DUE + minutes(7)))).action is Action.APPROVE


def test_an_answer_that_comes_late_counts_as_late() -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    judge.take(overdue())
    judge.take(settled())
    assert judge.last.forwards == {(SERVICE, "answered_late"): 1}


def test_reports_leave_it_with_the_department_and_it_comes_up_in_time() -> None:
    judge = Judge()
    first = made(judge.take(written(labels=COMPLAINT)))
    called = judge.take(*(reported(report=f"r{number}", reporter=f"u{number}") for number in range(3)))
    assert [each.cause for each in called if isinstance(each, DecisionMade)] == ["report"]
    again = made(judge.take(overdue()))
    assert again.actions == (Action.REVIEW, *first.actions)


def test_a_human_who_upholds_a_decision_has_looked_at_the_post() -> None:
    judge = Judge()
    judge.take(written(labels=COMPLAINT))
    judge.take(answered(judge_id(judge, 0)))
    assert judge.last.deadlines == {KEY: None}
    assert judge.take(overdue()) == []


def test_where_a_human_has_spoken_their_word_stays_first() -> None:
    judge = Judge()
    judge.take(written())
    judge.take(reviewed(action=Action.APPROVE, at=NOW + minutes(1)))
    edited = made(judge.take(written(revision=1, labels=COMPLAINT, at=NOW + minutes(2))))
    assert edited.actions == (Action.APPROVE, Action.FORWARD)
    due = edited.forwarded[0].due
    again = made(judge.take(overdue(due=due, at=due)))
    assert again.actions == (Action.APPROVE, Action.REVIEW, Action.FORWARD)
    assert not again.automated


@pytest.mark.parametrize("kind", ["historic", "dry_run", "canary"])
def test_what_is_past_or_only_watched_never_comes_up(kind: str) -> None:
    judge = Judge(watched() if kind == "dry_run" else None)
    post = written(labels=COMPLAINT, historic=kind == "historic", canary=kind == "canary")
    assert made(judge.take(post)).forwarded == ()
    assert judge.last.deadlines == {}
    assert judge.take(overdue()) == []


def test_an_answer_by_the_team_settles_it_whichever_way_it_comes() -> None:
    for parent, thread in (("p1", None), (None, "t1")):
        judge = Judge(house_with_team("service"))
        judge.take(written(labels=COMPLAINT, thread_id="t1"))
        judge.take(
            written("p2", author="service", at=NOW + minutes(9), parent_id=parent, thread_id=thread, text="Wir prüfen.")
        )
        known = judge.last.team_answers
        assert known
        judge.take(written("other", author="a9"))
        assert judge.last.team_answers == {}
        judge.answered = known
        assert judge.take(overdue()) == []
        assert judge.last.forwards == {(SERVICE, "answered_in_thread"): 1}
        assert judge.last.deadlines == {KEY: None}


def test_an_answer_from_before_an_edit_is_none_to_what_was_written_since() -> None:
    judge = Judge(house_with_team("service"))
    judge.take(written(labels=COMPLAINT))
    judge.take(written("p2", author="service", at=NOW + minutes(9), parent_id="p1", text="Erledigt."))
    judge.answered = judge.last.team_answers
    judge.take(written(revision=1, labels=COMPLAINT, at=NOW + minutes(20)))
    assert made(judge.take(overdue())).cause == "overdue"


def test_an_unknown_department_is_told_with_its_place_and_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "communities.yaml").write_text("communities:\n  - {id: a, title: A, brand: b, rules: set, policy: p}\n")
    (tmp_path / "rules" / "set").mkdir(parents=True)
    (tmp_path / "rules" / "set" / "a.yaml").write_text(
        "- id: lost\n  title: {de: a, en: a}\n  when: labels.complaint > 0.5\n  then: [forward]\n"
        "  forward_to: costumer-service\n"
    )
    (tmp_path / "departments.yaml").write_text((CONFIG / "departments.yaml").read_text())
    (problem,) = check_rules(tmp_path)
    assert (problem.line, problem.column) == (5, 3)
    assert "did you mean 'customer-service'?" in problem.reason
    (tmp_path / "departments.yaml").write_text("departments: [{id: x, title: {de: X, en: X}, answers_within: bald}]\n")
    assert any("departments.yaml" in problem.file for problem in check_rules(tmp_path))


STEPS = st.sampled_from(
    ["complain", "harmless", "reviewed", "deleted", "report", "answer", "overdue", "wrong_overdue", "team"]
)


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=10))
def test_in_every_order_the_book_says_what_the_journal_says_and_nothing_comes_up_twice(steps: list[str]) -> None:
    judge = Judge(RULES)
    revision, came_up = -1, 0
    book: dict[Passed, Deadline] = {}
    for number, step in enumerate(steps):
        at = NOW + minutes(number)
        if step in ("complain", "harmless"):
            revision += 1
            event = written(labels=COMPLAINT if step == "complain" else None, revision=revision, at=at)
        elif step == "overdue":
            waiting = book.get(KEY)
            event = overdue(due=waiting.due if waiting else DUE, at=DUE + minutes(number))
        else:
            event = {
                "reviewed": reviewed(at=at),
                "deleted": deleted(at=at),
                "report": reported(report=f"r{number}", reporter=f"u{number}", at=at),
                "answer": settled(),
                "wrong_overdue": overdue(due=DUE + minutes(number), at=DUE + minutes(number)),
                "team": written(f"t{number}", author="morgenrot-team", parent_id="p1", at=at),
            }[step]
        human = next((e for e in reversed(journal_entries(judge)) if e.kind == "moderated"), None)
        decisions = judge.take(event)
        for passed, deadline in judge.last.deadlines.items():
            if deadline is None:
                book.pop(passed, None)
            else:
                book[passed] = deadline
        for decision in decisions:
            if isinstance(decision, DecisionMade) and decision.cause == "overdue":
                came_up += 1
                assert step == "overdue"
                assert Action.REVIEW in decision.actions
                assert human is None or not decision.automated
        known: dict[Passed, Deadline] = {}
        for saved in judge.saved.values():
            known |= deadlines(saved)
        assert book == known
    assert came_up <= steps.count("complain")


RULES = load_house_rules(CONFIG)


def journal_entries(judge: Judge) -> list[Any]:
    saved = judge.saved.get((COMMUNITY, "a1"))
    return list(saved.entries) if saved is not None else []
