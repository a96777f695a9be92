"""Complaints that pile up: open for an hour, and far more of them than usual at this time."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.complaints import LIMIT_MINUTES, LONGEST_OPEN, OPEN_KEPT, Complaints
from feuerwache.escalation.crisis.complaints_piling_up import complaints_piling_up
from feuerwache.escalation.crisis.habit import Habit, Heard
from support.watched import POSTS, Evening, bar

KIND = CrisisKind.COMPLAINTS_PILING_UP


def answering(evening: Evening, hours: int, answers: bool = True) -> None:
    """A complaint every ten minutes, answered half an hour later."""
    for minute in range(hours * 60):
        place = int(evening.now.timestamp() // 60)
        asked = (f"{place:08x}",) if minute % 10 == 0 else ()
        answered = (f"{place - 30:08x}",) if minute % 10 == 0 and answers else ()
        evening.minute(POSTS, 0, complaints=asked, answered=answered)


def silent(evening: Evening, minutes: int) -> None:
    """Complaints every minute, and nobody answers."""
    for minute in range(minutes):
        evening.minute(POSTS, 0, complaints=(f"f{minute:07x}",))


def day_before(answers: bool = True, hours: int = 40) -> Evening:
    evening = Evening()
    evening.now -= timedelta(hours=hours)
    answering(evening, hours, answers)
    return evening


def test_a_team_that_stops_answering_is_told() -> None:
    evening = day_before()
    assert evening.alarms(KIND) == []
    silent(evening, 180)
    alarm = evening.alarms(KIND)[0]
    assert alarm.severity in (Severity.LOW, Severity.HIGH)
    assert alarm.figures.open_complaints is not None and alarm.figures.open_complaints >= 10
    assert alarm.figures.oldest_complaint_minutes is not None
    assert alarm.figures.oldest_complaint_minutes >= LIMIT_MINUTES


def test_where_nobody_ever_answers_nothing_piles_up() -> None:
    evening = day_before(answers=False)
    silent(evening, 180)
    assert evening.alarms(KIND) == []


def test_the_first_day_says_nothing() -> None:
    evening = day_before(hours=10)
    silent(evening, 120)
    assert evening.alarms(KIND) == []


def test_under_a_bar_it_takes_more() -> None:
    evening = day_before()
    evening.watch.bars = bar(10.0, KIND, start=evening.now - timedelta(days=3))
    silent(evening, 90)
    assert evening.alarms(KIND) == []


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
    assert complaints_piling_up(9, 1, 2.0, 1.0, 8.0).quiet
    assert complaints_piling_up(30, 1, 16.0, 1.0, 8.0).quiet, "less than twice the usual"
    assert complaints_piling_up(30, 1, 4.0, 1.0, 8.0).alarming
    assert complaints_piling_up(30, 8, 32.0, 1.0, 8.0).alarming, "thirty that stand for 240"


def test_what_is_known_by_one_day_needs_more_than_a_habit() -> None:
    assert complaints_piling_up(14, 1, 2.0, 1.0, 11.5).alarming
    assert not complaints_piling_up(14, 1, 2.0, 1.0, 11.5, known=4).alarming


def test_an_hour_that_is_not_known_borrows_from_the_other_days_while_the_team_is_at_work() -> None:
    habit = Habit()
    for slot in range(24):
        for _ in range(4):
            habit.learn(Heard(), slot, 30 if slot < 6 else 4)
    saturday_noon = 24 + 12
    assert habit.usually_open(12, at_work=True) == (4, 4)
    assert habit.usually_open(saturday_noon, at_work=True) == (6, 4)
    assert habit.usually_open(saturday_noon, at_work=False) == (45, 4), "as many as at the worst hour"
