"""Report floods: many reports by several people, and more than the posts explain."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.report_flood import LEAST_REPORTERS, LEAST_REPORTS, report_flood
from support.watched import Evening, bar, people

KIND = CrisisKind.REPORT_FLOOD
THRESHOLD = 12.0


def test_many_reports_by_many_people_are_an_alarm_within_minutes() -> None:
    evening = Evening()
    evening.quiet(60)
    spark = evening.now
    for minute in range(15):
        evening.minute(4, 0, reports=4, reporters=people(4, minute * 4))
    alarm = evening.alarms(KIND)[0]
    assert (alarm.minute - spark.timestamp() // 60) <= 6
    assert alarm.figures.reports is not None and alarm.figures.reports >= LEAST_REPORTS
    assert alarm.figures.usual_reports is not None and alarm.figures.usual_reports < 5
    assert alarm.figures.reporters is not None and alarm.figures.reporters >= LEAST_REPORTERS
    evening.quiet(120)
    assert len(evening.ended(KIND)) == 1
    assert evening.ended(KIND)[0].onset == alarm.onset


def test_one_person_who_reports_everything_is_none() -> None:
    evening = Evening()
    evening.quiet(60)
    for _ in range(15):
        evening.minute(4, 0, reports=10, reporters=people(1))
    assert evening.alarms(KIND) == []


def test_a_busy_evening_with_its_reports_is_none() -> None:
    evening = Evening()
    evening.quiet(60)
    for minute in range(60):
        evening.minute(40, 1, reports=int(minute % 2 == 0), reporters=people(1, minute))
    assert evening.alarms(KIND) == []


def test_under_a_bar_it_takes_more() -> None:
    told, untold = Evening(bar(8.0, KIND)), Evening()
    for evening in (told, untold):
        evening.quiet(60)
        for minute in range(8):
            evening.minute(4, 0, reports=2, reporters=people(2, minute * 2))
    assert untold.alarms(KIND) and not told.alarms(KIND)


def test_the_first_reports_of_a_community_are_none() -> None:
    evening = Evening(knows=False)
    for minute in range(3):
        evening.minute(4, 0, reports=4, reporters=people(4, minute * 4))
    assert evening.alarms(KIND) == []


@pytest.mark.parametrize(("reports", "reporters"), [(LEAST_REPORTS - 1, 7), (100, LEAST_REPORTERS - 1), (0, 0)])
def test_below_the_least_it_is_quiet(reports: int, reporters: int) -> None:
    finding = report_flood(reports, reporters, 0.3, LEAST_REPORTS, THRESHOLD)
    assert finding.quiet and not finding.alarming


def test_at_the_least_it_may_alarm() -> None:
    assert report_flood(LEAST_REPORTS, LEAST_REPORTERS, 0.05, LEAST_REPORTS, THRESHOLD).alarming


@settings(max_examples=50)
@given(st.integers(0, 100_000), st.integers(4, 500), st.floats(0.1, 1000.0))
def test_more_reports_are_never_less_surprising(reports: int, reporters: int, usual: float) -> None:
    one = report_flood(reports, reporters, usual, LEAST_REPORTS, THRESHOLD)
    more = report_flood(reports + 1, reporters, usual, LEAST_REPORTS, THRESHOLD)
    assert more.surprise >= one.surprise - 1e-6
