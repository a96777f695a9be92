"""What is usual: robust, by the wall clock of the community, honest about what it does not know."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.escalation.crisis.archive import COUNTS, Archive, code_of
from feuerwache.escalation.crisis.baseline import Baseline
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.topic_surge import DATE_FACTOR
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
    baseline = Baseline(by_local_hour(EVENING, weeks=8), CALENDAR)
    ten, middle, eleven = (
        baseline.usual(at(2026, 11, 17, hour, minute)).posts for hour, minute in ((10, 30), (11, 0), (11, 30))
    )
    assert ten is not None and middle is not None and eleven is not None
    assert ten == pytest.approx(110, rel=0.1)
    assert middle == pytest.approx((ten + eleven) / 2)


def test_a_past_crisis_does_not_hide_the_next() -> None:
    quiet = even_weeks(EVENING, 80)
    burned = quarter_of(EVENING) - 2 * 672
    crisis = [Quarter(q.index, 900, 700) if abs(q.index - burned) < 8 else q for q in quiet]
    assert Baseline(crisis, CALENDAR).usual(EVENING).posts == pytest.approx(80, rel=0.2)


def test_a_past_crisis_does_not_make_the_mood_seem_fickle() -> None:
    """Else the share of negatives would have to be twice as strange in every community that ever burned."""
    random, burned = Random(5), quarter_of(EVENING) - 2 * 672
    quiet = [Quarter(each.index, 40, sum(random.random() < 0.1 for _ in range(40))) for each in even_weeks(EVENING, 40)]
    crisis = [Quarter(each.index, 160, 110) if abs(each.index - burned) < 6 else each for each in quiet]
    usual = Baseline(crisis, CALENDAR).usual(EVENING)
    assert usual.correlation < 0.01
    assert usual.share == pytest.approx(0.1, rel=0.1)


def with_show(quarters: list[Quarter], sunday: float = 1.0) -> list[Quarter]:
    """Twice as much on Sundays from 20:15 to 21:45, and on the whole of Sundays so many times as much."""
    result = []
    for each in quarters:
        local = start_of_quarter(each.index).astimezone(BERLIN)
        show = 20.25 <= local.hour + local.minute / 60 < 21.75
        factor = (sunday * (1 + show)) if local.weekday() == 6 else 1.0
        result.append(Quarter(each.index, round(each.posts * factor), each.negative))
    return result


@pytest.mark.parametrize("sunday", [0.7, 1.0, 1.4])
def test_a_weekly_date_stands_out_from_the_same_hours_of_most_days(sunday: float) -> None:
    baseline = Baseline(with_show(even_weeks(EVENING, 40), sunday), CALENDAR)
    for hour in (19, 20, 21, 22):
        assert baseline.stands_out(at(2026, 11, 15, hour, 50)) > DATE_FACTOR, "also before and after it"
    for day, hour in ((15, 12), (15, 17), (17, 20), (14, 20)):
        assert baseline.stands_out(at(2026, 11, day, hour)) < 1.2, "a lively day makes no date of its hours"
    assert Baseline((), CALENDAR).stands_out(EVENING) == pytest.approx(1.0)


def test_of_a_quiet_hour_it_is_known_how_quiet_it_is() -> None:
    """A floor keeps the first post at night from being twice the usual, and must not be missed when none comes."""
    quarters = [
        Quarter(each.index, 0 if start_of_quarter(each.index).hour < 5 else 6, 0) for each in even_weeks(EVENING, 1)
    ]
    usual = Baseline(quarters, CALENDAR).usual(at(2026, 11, 17, 3))
    assert usual.posts == 0.5
    assert usual.unfloored is not None and usual.unfloored < 0.1


def test_a_community_that_grows_is_followed() -> None:
    """Ten per cent a week; the mean of eight weeks would be 30 % behind."""
    last = quarter_of(EVENING)
    growing = [Quarter(last - 8 * 672 + n, round(40 * 1.1 ** (n / 672)), 0) for n in range(8 * 672)]
    assert Baseline(growing, CALENDAR).usual(EVENING).posts == pytest.approx(40 * 1.1**8, rel=0.15)


def _near(baseline: Baseline, instant: datetime, posts: float) -> None:
    assert baseline.usual(instant).posts == pytest.approx(posts, rel=0.2)


@pytest.mark.parametrize(
    ("changeover", "before"),
    [(date(2026, 10, 25), at(2026, 10, 24, 12)), (date(2026, 3, 29), at(2026, 3, 28, 12))],
    ids=["an hour more", "an hour less"],
)
def test_on_both_changeover_sundays_ten_is_ten(changeover: date, before: datetime) -> None:
    """Learnt in the weeks before the changeover, asked after it: as far from it as before, and no further."""
    baseline = Baseline(by_local_hour(before, weeks=8), CALENDAR)
    week = timedelta(days=7)
    for day in (changeover, changeover + timedelta(days=1)):
        after = datetime(day.year, day.month, day.day, 10, 30, tzinfo=BERLIN)
        assert baseline.usual(after.astimezone(UTC)).posts == baseline.usual((after - week).astimezone(UTC)).posts


def test_a_holiday_is_a_sunday() -> None:
    calendar = Calendar(BERLIN, holidays_of("DE-BY"))
    baseline = Baseline(by_local_hour(at(2026, 12, 24, 12), weeks=8), calendar)
    sunday = baseline.usual(at(2026, 12, 20, 10)).posts
    assert sunday is not None and sunday > 300
    assert baseline.usual(at(2026, 12, 25, 10)).posts == sunday, "Christmas Day 2026 is a Friday"
    _near(baseline, at(2026, 12, 28, 10), 110)
    assert holidays_of("DE-BY")(date(2026, 11, 1))
    assert not holidays_of("DE-BE")(date(2026, 11, 1))
    with pytest.raises(ValueError, match="XX"):
        holidays_of("XX-1")


def test_nothing_is_known_at_first_and_little_after_hours() -> None:
    assert Baseline((), CALENDAR).usual(EVENING).posts is None
    hours = even_weeks(EVENING - timedelta(hours=12), 80)[-24:]
    usual = Baseline(hours, CALENDAR).usual(EVENING, recent=150.0)
    assert usual.posts == 150.0, "on its first day a community is measured by its last hour, too"
    weeks = Baseline(even_weeks(EVENING, 80), CALENDAR).usual(EVENING)
    assert usual.dispersion > 3 * weeks.dispersion


def test_the_usual_share_of_negatives_and_reports() -> None:
    usual = Baseline(even_weeks(EVENING, 80, negative=4), CALENDAR).usual(EVENING)
    assert usual.share == pytest.approx(0.05, abs=0.005)
    assert usual.reports == pytest.approx(0, abs=0.1)
    assert Baseline((), CALENDAR).usual(EVENING).share == pytest.approx(0.1)
    told = [Quarter(q.index, q.posts, 0, 8) for q in even_weeks(EVENING, 80)]
    assert Baseline(told, CALENDAR).usual(EVENING).reports == pytest.approx(8, rel=0.15)


# --- the row


def test_a_row_says_the_same_and_stays_below_8_kb() -> None:
    random = Random(1)
    busy = [
        Quarter(q.index, posts := int(random.lognormvariate(5, 1)), random.randint(0, posts), random.randint(0, posts))
        for q in even_weeks(EVENING, 80, weeks=12)
    ]
    baseline = Baseline(busy, CALENDAR)
    baseline.usual(EVENING)
    row = baseline.to_row()
    assert len(row) < 8192
    read = Baseline.from_row(row, CALENDAR)
    first, second = baseline.usual(EVENING), read.usual(EVENING)
    assert first.posts is not None and second.posts == pytest.approx(first.posts, rel=1e-4)
    assert read.to_row() == row


def test_importing_twice_changes_nothing_and_a_corrected_file_replaces() -> None:
    weeks = even_weeks(EVENING, 80)
    baseline = Baseline(weeks, CALENDAR)
    before = baseline.usual(EVENING)
    row = baseline.to_row()
    baseline.set(weeks)
    assert baseline.to_row() == row
    baseline.set([Quarter(q.index, 2 * q.posts, q.negative) for q in weeks])
    doubled = baseline.usual(EVENING).posts
    assert before.posts is not None and doubled == pytest.approx(2 * before.posts, rel=0.08)


def test_learning_one_by_one_is_learning_at_once() -> None:
    weeks = even_weeks(EVENING, 80, negative=3)
    one = Baseline((), CALENDAR)
    for quarter in weeks:
        one.learn([quarter])
    assert one.usual(EVENING) == Baseline(weeks, CALENDAR).usual(EVENING)


def test_stragglers_are_added() -> None:
    weeks = even_weeks(EVENING, 20)
    late = Baseline([Quarter(q.index, q.posts // 2, 0) for q in weeks], CALENDAR)
    late.add([Quarter(q.index, q.posts - q.posts // 2, 0) for q in weeks])
    late = Baseline.from_row(late.to_row(), CALENDAR)
    assert late.usual(EVENING) == Baseline(weeks, CALENDAR).usual(EVENING)


def test_another_time_zone_learns_again_from_the_counts() -> None:
    baseline = Baseline(by_local_hour(EVENING, weeks=8), CALENDAR)
    baseline.usual(EVENING)
    utc = Calendar(ZoneInfo("UTC"))
    moved = Baseline.from_row(baseline.to_row(), utc)
    assert moved.usual(EVENING) == Baseline(by_local_hour(EVENING, weeks=8), utc).usual(EVENING)


def test_a_bucket_with_a_million_posts_is_harmless() -> None:
    weeks = even_weeks(EVENING, 80)
    weeks[-40] = Quarter(weeks[-40].index, 1_000_000, 1_000_000, 1_000_000)
    usual = Baseline(weeks, CALENDAR).usual(EVENING)
    assert usual.posts == pytest.approx(80, rel=0.1)


@given(st.integers(0, 1_000_000))
def test_a_count_is_kept_to_a_few_per_cent(count: int) -> None:
    assert COUNTS[code_of(count)] == pytest.approx(count, rel=0.035)


def test_what_does_not_fit_is_forgotten_from_the_oldest_on() -> None:
    random = Random(2)
    noise = [Quarter(10_080 + n, *(random.randint(0, 10**6) for _ in range(3))) for n in range(8 * 672)]
    archive = Archive()
    archive.set(noise)
    kept = list(Archive.from_bytes(archive.to_bytes()))
    assert 0 < len(kept) < len(noise)
    assert kept[-1].index == noise[-1].index


def test_the_first_monday_is_not_measured_by_the_first_sunday() -> None:
    """A community that talks at work: twenty times as much on Monday, and nobody knows yet."""
    midnight = datetime(2026, 11, 15, tzinfo=BERLIN)
    first = quarter_of(midnight)
    baseline = Baseline((), CALENDAR)
    baseline.learn(Quarter(first + place, 5, 0) for place in range(96))
    monday = midnight + timedelta(days=1, hours=10)
    assert baseline.usual(monday, recent=100).posts == 100
    baseline.learn(Quarter(first + 96 + place, 5 if place < 32 else 100, 0) for place in range(96))
    tuesday = baseline.usual(monday + timedelta(days=1), recent=5).posts
    assert tuesday is not None and tuesday > 50, "one working day teaches the next"
