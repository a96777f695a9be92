"""A team that stops answering is told within hours; one that goes home, has its weekend or nothing to do is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import exp, log

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.alarm import Alarm
from feuerwache.escalation.crisis.complaints_piling_up import LEAST_OPEN
from feuerwache.escalation.crisis.flow import SLICE_MINUTES, SLICES, Flow
from feuerwache.escalation.crisis.replies import LEAST_ANSWERS, Replies, working
from feuerwache.escalation.crisis.tails import few_surprise
from feuerwache.escalation.crisis.watch import Watch
from feuerwache.escalation.crisis.watched import Place
from feuerwache.escalation.crisis.week import Calendar, never_a_holiday
from support.pulses import BERLIN, COMMUNITY, increment
from support.watched import Evening, bar

KIND = CrisisKind.COMPLAINTS_PILING_UP
BEAT = timedelta(minutes=10)
#: A Monday.
MONDAY = datetime(2026, 11, 2, tzinfo=BERLIN)
TUESDAY, SATURDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)

#: Local time → whether the team is there.
Shift = Callable[[datetime], bool]


def office(at: datetime) -> bool:
    return at.weekday() < 5 and 9 <= at.hour < 18


def never(_: datetime) -> bool:
    return False


def team(
    shift: Shift = office, until: datetime = TUESDAY, is_holiday: Callable[[date], bool] = never_a_holiday
) -> Evening:
    """From Monday on: six complaints an hour around the clock, of which the team answers five, an hour later."""
    evening = Evening()
    evening.watch = Watch(COMMUNITY, Place(Calendar(BERLIN, is_holiday), "morgenrot"))
    evening.now = MONDAY.astimezone(UTC)
    goes_on(evening, until, shift)
    return evening


def goes_on(evening: Evening, until: datetime, shift: Shift, complaints: int = 1, most: int | None = None) -> None:
    """`complaints` each ten minutes, and `most` answers."""
    due: list[str] = []
    while evening.now < until:
        local, place = evening.now.astimezone(BERLIN), int(evening.now.timestamp() // 60)
        asked = [f"{place * 16 + each:08x}" for each in range(complaints)]
        due += asked if local.minute else []
        at_work = shift(local)
        ready = due[:-6][:most] if at_work else []
        answered, due = ready, due[len(ready) :]
        evening.pulses([increment(evening.now, 40, 4, complaints=tuple(asked), answered=tuple(answered))])
        evening.now += BEAT


def hours_until(alarm: Alarm, since: datetime) -> float:
    return alarm.minute / 60 - since.timestamp() / 3600


def test_a_team_that_stops_at_eleven_on_its_second_day_is_told_in_the_afternoon() -> None:
    eleven = TUESDAY + timedelta(hours=11)
    evening = team(until=eleven)
    assert evening.alarms(KIND) == []
    goes_on(evening, eleven + timedelta(hours=6), never)
    alarm = evening.alarms(KIND)[0]
    assert 2 <= hours_until(alarm, eleven) <= 5.5
    assert alarm.severity is Severity.LOW, "one day is no habit"
    assert alarm.figures.open_complaints is not None and alarm.figures.open_complaints >= 6
    assert abs(alarm.onset / 60 - eleven.timestamp() / 3600) <= 0.5


def test_it_is_loud_when_the_hours_are_a_habit() -> None:
    eleven = MONDAY + timedelta(days=7, hours=11)
    evening = team(until=eleven)
    goes_on(evening, eleven + timedelta(hours=5), never)
    assert [each.severity for each in evening.alarms(KIND)][:1] == [Severity.HIGH]


def test_a_team_that_answers_and_is_swamped_is_told_when_the_hours_are_a_habit() -> None:
    """A third of the complaints is answered, as many as ever: that is no silence, and yet they pile up."""
    nine = MONDAY + timedelta(days=7, hours=9)
    evening = team(until=nine + timedelta(hours=1))
    goes_on(evening, nine + timedelta(hours=6), office, complaints=6, most=2)
    alarm = evening.alarms(KIND)[0]
    assert alarm.figures.open_complaints is not None and alarm.figures.open_complaints >= LEAST_OPEN
    early = team(until=TUESDAY + timedelta(hours=10))
    goes_on(early, TUESDAY + timedelta(hours=16), office, complaints=6, most=2)
    assert early.alarms(KIND) == [], "nobody knows yet how many usually wait"


def test_a_team_that_goes_home_and_has_its_weekend_is_not_missed() -> None:
    """Complaints go on around the clock: for a week, and over the Monday after it."""
    evening = team(until=MONDAY + timedelta(days=8))
    assert evening.alarms(KIND) == []


def test_an_evening_in_which_everybody_complains_waits_for_the_morning() -> None:
    """Ten times the usual, after the team has gone home."""
    evening = team(until=TUESDAY + timedelta(hours=18))
    goes_on(evening, TUESDAY + timedelta(hours=33), office, complaints=10)
    assert evening.alarms(KIND) == []


def test_a_team_that_answered_in_the_morning_is_still_missed_in_the_evening() -> None:
    """Until two hardly anybody complains, so that it is proved at five only, nine hours after the last answer."""
    long_day = lambda at: 7 <= at.hour < 22  # noqa: E731 - a shift, as `office` is
    evening = team(long_day, until=SATURDAY + timedelta(hours=8))
    evening.said.clear()
    answered_at_eight = evening.watch.community.state.complaints.flow.last_answered
    spoke: list[Alarm] = []
    while evening.now < SATURDAY + timedelta(hours=21):
        busy = evening.now >= SATURDAY + timedelta(hours=14)
        asked = (f"{int(evening.now.timestamp()):08x}",) if busy or not evening.now.minute else ()
        evening.pulses([increment(evening.now, 40, 4, complaints=asked)])
        evening.now += BEAT
        spoke = evening.alarms(KIND)
    assert evening.watch.community.state.complaints.flow.last_answered == answered_at_eight
    assert spoke and hours_until(spoke[0], SATURDAY + timedelta(hours=8)) > SLICES * SLICE_MINUTES / 60
    assert spoke[0].minute < (SATURDAY + timedelta(hours=22)).timestamp() / 60


def test_nobody_is_missed_on_a_saturday_of_which_nothing_is_known_yet() -> None:
    evening = team(until=SATURDAY)
    goes_on(evening, SATURDAY + timedelta(hours=20), never, complaints=3)
    assert evening.alarms(KIND) == []


def test_a_team_that_does_not_come_is_missed_but_on_a_holiday() -> None:
    monday = MONDAY + timedelta(days=7)
    absent = team(until=monday)
    goes_on(absent, monday + timedelta(hours=16), never)
    assert absent.alarms(KIND)
    on_holiday = team(until=monday, is_holiday=lambda day: day == monday.date())
    goes_on(on_holiday, monday + timedelta(hours=16), never)
    assert on_holiday.alarms(KIND) == []


def test_where_nobody_complains_nobody_has_to_answer() -> None:
    eleven = TUESDAY + timedelta(hours=11)
    evening = team(until=eleven)
    goes_on(evening, eleven + timedelta(hours=6), never, complaints=0)
    assert evening.alarms(KIND) == []


def test_where_nobody_ever_answered_nobody_is_missed() -> None:
    evening = team(never, until=TUESDAY + timedelta(hours=18))
    assert evening.alarms(KIND) == []


def test_the_first_day_knows_no_hours() -> None:
    eleven = MONDAY + timedelta(hours=14)
    evening = team(until=eleven)
    goes_on(evening, eleven + timedelta(hours=9), never, complaints=2)
    assert evening.alarms(KIND) == []


def test_a_bar_takes_more() -> None:
    eleven = TUESDAY + timedelta(hours=11)
    evening = team(until=eleven)
    evening.watch.bars = bar(10.0, KIND, start=eleven - timedelta(days=1))
    goes_on(evening, eleven + timedelta(hours=6), never)
    assert evening.alarms(KIND) == []


@pytest.mark.parametrize("expected", [5.0, 20.0, 300.0])
@pytest.mark.parametrize("dispersion", [0.01, 0.1, 1.0])
def test_no_answer_at_all_is_as_surprising_as_the_zero_of_the_negative_binomial(
    expected: float, dispersion: float
) -> None:
    assert few_surprise(0, expected, dispersion) == pytest.approx(log(1 + dispersion * expected) / dispersion)


def test_the_lower_tail_is_the_sum_of_its_terms() -> None:
    """Negative binomial with mean 8 and dispersion 1/2: size 2, chance 0.8 of going on."""
    terms = [(count + 1) * 0.2**2 * 0.8**count for count in range(4)]
    assert exp(-few_surprise(3, 8.0, 0.5)) == pytest.approx(sum(terms))
    assert few_surprise(8, 8.0, 0.5) == 0.0
    assert few_surprise(0, 1e6, 0.05) < few_surprise(0, 1e7, 0.05) < 400


def test_the_flow_forgets_and_comes_back_from_its_row() -> None:
    flow = Flow()
    for minute in range(0, 60 * 24, 7):
        flow.take(minute % 3, minute % 2, minute)
        flow.tidy(minute)
    assert len(flow.slices) <= SLICES
    assert min(flow.slices) > 60 * 24 // SLICE_MINUTES - SLICES - 2
    assert Flow.from_row(flow.to_row()) == flow
    assert Flow.from_row(Flow().to_row()) == Flow()


def learnt(hours: dict[int, tuple[int, int]], days: int = 5) -> Replies:
    """`hours`: complaints and answers of each quarter hour; others hold one complaint."""
    replies = Replies()
    for _ in range(days):
        for hour in range(24):
            for _ in range(4):
                replies.learn(hour, *hours.get(hour, (1, 0)))
    return replies


def test_what_nobody_answers_is_learnt_with_the_next_answer_only() -> None:
    replies = learnt(dict.fromkeys(range(9, 18), (2, 2)))
    before = replies.hours[11]
    for _ in range(4):
        replies.learn(11, 20, 0)
    assert replies.hours[11] == before
    assert Replies.from_row(replies.to_row()) == replies
    replies.learn(12, 2, 2)
    assert replies.hours[11].complaints > before.complaints and replies.hours[11].answers < before.answers
    assert replies.pending == []


def test_a_team_that_is_gone_for_good_is_learnt_after_three_days() -> None:
    replies = learnt(dict.fromkeys(range(9, 18), (2, 2)))
    for place in range(14 * 96):
        replies.learn(place // 4 % 24, 2, 0)
    assert replies.share == 0.0, "where nobody answers, nobody is missed"


def test_lunch_is_no_work_and_an_hour_without_a_complaint_is() -> None:
    shift = dict.fromkeys(range(9, 18), (2, 2)) | {12: (3, 0), 15: (0, 0)}
    replies = learnt(shift)
    day = replies.day(weekend=False, at_work=True)
    assert day is not None
    works = working(day, replies.share)
    assert [hour for hour in range(24) if works[hour]] == [9, 10, 11, 13, 14, 15, 16, 17]


def test_a_handful_of_answers_is_no_team() -> None:
    replies = Replies()
    for _ in range(LEAST_ANSWERS - 1):
        replies.learn(12, 1, 1)
    assert replies.share == 0.0
    for _ in range(LEAST_ANSWERS):
        replies.learn(12, 1, 1)
    assert replies.share == pytest.approx(1.0)
