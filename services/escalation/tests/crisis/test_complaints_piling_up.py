"""Complaints that pile up: followed one by one, and far more of them open than usual at this hour."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.escalation.crisis.complaints import LIMIT_MINUTES, LONGEST_OPEN, OPEN_KEPT, Complaints
from feuerwache.escalation.crisis.complaints_piling_up import complaints_piling_up
from feuerwache.escalation.crisis.flow import Flow
from feuerwache.escalation.crisis.habit import Habit, Heard
from feuerwache.escalation.crisis.replies import Replies


def test_an_answer_that_overtakes_its_complaint_answers_it() -> None:
    complaints = Complaints()
    complaints.take((), ("a1",), 10)
    complaints.take(("a1", "b2"), (), 9)
    assert complaints.open == {"b2": 9}
    complaints.take((), ("b2",), 30)
    assert complaints.open == {}
    complaints.take(("b2",), (), 31)
    assert complaints.open == {"b2": 31}, "it was not the last word"


def test_only_those_that_wait_for_an_hour_count_and_none_for_ever() -> None:
    complaints = Complaints()
    complaints.take(("a1",), (), 0)
    assert (complaints.waiting(LIMIT_MINUTES - 1), complaints.waiting(LIMIT_MINUTES)) == (0, 1)
    complaints.tidy(LONGEST_OPEN + 1)
    assert complaints.open == {}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4000))
def test_any_number_is_followed_by_a_bounded_sample(count: int) -> None:
    complaints = Complaints()
    for each in range(count):
        complaints.take((f"{each * 2654435761 % 2**32:08x}",), (), each % 60)
    assert len(complaints.open) <= OPEN_KEPT
    assert count / 2 <= len(complaints.open) * complaints.scale <= count * 2 or count < 100
    assert Complaints.from_row(complaints.to_row()) == complaints


def test_the_bounds() -> None:
    assert complaints_piling_up(9, 1, 2.0, 1.0, 8.0, known=inf).quiet
    assert complaints_piling_up(30, 1, 16.0, 1.0, 8.0, known=inf).quiet, "less than twice the usual"
    assert complaints_piling_up(30, 1, 4.0, 1.0, 8.0, known=inf).alarming
    assert complaints_piling_up(30, 8, 32.0, 1.0, 8.0, known=inf).alarming, "thirty that stand for 240"


def test_what_is_known_by_one_day_needs_more_than_a_habit() -> None:
    assert complaints_piling_up(14, 1, 2.0, 1.0, 11.5, known=inf).alarming
    assert not complaints_piling_up(14, 1, 2.0, 1.0, 11.5, known=4).alarming


def test_how_many_usually_wait_is_known_after_five_days_of_that_hour() -> None:
    habit = Habit()
    for _ in range(19):
        habit.learn(Heard(), 12, 4)
    assert habit.usually_open(12) is None
    habit.learn(Heard(), 12, 4)
    assert habit.usually_open(12) == (4, 20)


def test_a_habit_of_an_older_version_is_read() -> None:
    habit = Habit()
    habit.learn(Heard(posts=9, complaints=3, answered=2), 12, 4)
    row = habit.to_row()
    assert Habit.from_row(json.loads(json.dumps(row))) == habit
    del row["replies"]
    assert Habit.from_row(row) == replace(habit, replies=Replies())


def test_complaints_of_an_older_version_are_read() -> None:
    complaints = Complaints()
    complaints.take(("a1", "b2"), ("c3",), 9_000)
    row = complaints.to_row()
    assert Complaints.from_row(row) == complaints
    assert Complaints.from_row(row[:4]) == replace(complaints, flow=Flow())
