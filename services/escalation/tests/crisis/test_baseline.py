"""What is usual: robust, by the wall clock of the community, honest about what it does not know."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from feuerwache.escalation.crisis.baseline import Baseline, robust_mean
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.holiday import holidays_of
from feuerwache.escalation.crisis.week import Calendar, quarter_of, start_of_quarter
from support.pulses import BERLIN, EVENING, even_weeks

CALENDAR = Calendar(BERLIN)


def by_local_hour(until: datetime, weeks: int = 4) -> list[Quarter]:
    """At local hour h always 10 * (h + 1) posts, on Sundays 500."""
    result = []
    for index in range(quarter_of(until) - weeks * 672, quarter_of(until)):
        local = start_of_quarter(index).astimezone(BERLIN)
        result.append(Quarter(index, 500 if local.weekday() == 6 else 10 * (local.hour + 1), 0))
    return result


def at(year: int, month: int, day: int, hour: int, minute: int = 30) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def test_the_mean_of_an_hour_of_the_week() -> None:
    usual = Baseline(even_weeks(EVENING, 80), CALENDAR).usual(EVENING)
    assert usual.posts == pytest.approx(80, rel=0.08)
    assert usual.dispersion < 0.1


def test_between_the_middles_of_two_hours_it_is_interpolated() -> None:
    baseline = Baseline(by_local_hour(EVENING), CALENDAR)
    assert baseline.usual(at(2026, 11, 17, 10)).posts == pytest.approx(110)
    assert baseline.usual(at(2026, 11, 17, 11, 0)).posts == pytest.approx(115)


def test_a_past_crisis_does_not_hide_the_next() -> None:
    quiet = even_weeks(EVENING, 80)
    burned = quarter_of(EVENING) - 2 * 672
    crisis = [Quarter(q.index, 900, 700) if abs(q.index - burned) < 8 else q for q in quiet]
    usual = Baseline(crisis, CALENDAR).usual(EVENING)
    assert usual.posts == pytest.approx(80, rel=0.2)
    assert robust_mean([10, 11, 9, 12, 10, 300]) < 15


@pytest.mark.parametrize(
    ("changeover", "before"),
    [(date(2026, 10, 25), at(2026, 10, 24, 12)), (date(2026, 3, 29), at(2026, 3, 28, 12))],
    ids=["an hour more", "an hour less"],
)
def test_on_both_changeover_sundays_ten_is_ten(changeover: date, before: datetime) -> None:
    """Learnt in the weeks before the changeover, asked after it."""
    baseline = Baseline(by_local_hour(before), CALENDAR)
    assert baseline.usual(at(changeover.year, changeover.month, changeover.day, 10)).posts == 500
    monday = changeover + timedelta(days=1)
    asked = datetime(monday.year, monday.month, monday.day, 10, 30, tzinfo=BERLIN).astimezone(UTC)
    assert baseline.usual(asked).posts == pytest.approx(110)


def test_a_holiday_is_a_sunday() -> None:
    calendar = Calendar(BERLIN, holidays_of("DE-BY"))
    baseline = Baseline(by_local_hour(at(2026, 12, 24, 12)), calendar)
    assert baseline.usual(at(2026, 12, 25, 10)).posts == 500, "Christmas Day 2026 is a Friday"
    assert baseline.usual(at(2026, 12, 28, 10)).posts == pytest.approx(110)
    assert holidays_of("DE-BY")(date(2026, 11, 1))
    assert not holidays_of("DE-BE")(date(2026, 11, 1))
    with pytest.raises(ValueError, match="XX"):
        holidays_of("XX-1")


def test_nothing_is_known_at_first_and_little_after_a_day() -> None:
    assert Baseline((), CALENDAR).usual(EVENING).posts is None
    day = even_weeks(EVENING, 80)[-96:]
    usual = Baseline(day, CALENDAR).usual(EVENING, recent=150.0)
    assert usual.posts == 150.0, "on its first day a community is measured by its last hour, too"
    weeks = Baseline(even_weeks(EVENING, 80), CALENDAR).usual(EVENING)
    assert usual.dispersion > 3 * weeks.dispersion


def test_the_usual_share_of_negatives() -> None:
    usual = Baseline(even_weeks(EVENING, 80, negative=4), CALENDAR).usual(EVENING)
    assert usual.share == pytest.approx(0.05, abs=0.005)
    assert Baseline((), CALENDAR).usual(EVENING).share == pytest.approx(0.1)
