"""Whose turn it is: days, weeks, weekends, business days, cycles of N, and turns that are shared out fairly."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.notifier.schedule.fairness import Share, shares
from feuerwache.notifier.schedule.model import Schedule
from feuerwache.notifier.schedule.oncall import turns, who
from support.oncall import always, at, house, schedule, shift

DAY = timedelta(days=1)
MONDAY = at("2026-01-05 12:00")


def noon(plan: Schedule, days: int, start: datetime = MONDAY) -> str:
    """Who has noon of each day, one letter a day; a dot for nobody."""
    return "".join("".join(who(plan, "first", start + n * DAY)) or "." for n in range(days))


@pytest.mark.parametrize(
    ("fields", "two_weeks"),
    [
        ({"rotate": "daily"}, "abcabcabcabcab"),
        ({"rotate": "weekly"}, "aaaaaaabbbbbbb"),
        ({"rotate": "weekly", "since": "2026-01-08"}, "aaaaaaabbbbbbb"),
        ({"rotate": "daily", "since": "2026-01-08"}, "...abcabcabcab"),
        ({"rotate": "daily", "every": 3}, "aaabbbcccaaabb"),
        ({"rotate": "weekly", "every": 2}, "aaaaaaaaaaaaaa"),
        ({"rotate": "daily", "people": ["a", "a", "b"]}, "aabaabaabaabaa"),
        ({"rotate": "daily", "begins": ["weekends"]}, ".....ca.....ab"),
        ({"rotate": "each_shift", "begins": ["weekends"]}, ".....ab.....ca"),
        ({"rotate": "weekly", "begins": ["weekends"]}, ".....aa.....bb"),
        # Epiphany, a Tuesday, is a holiday in Bavaria.
        ({"rotate": "each_shift", "begins": ["business_days"]}, "a.bca..bcabc.."),
        ({"rotate": "each_shift", "begins": ["business_days"], "every": 2}, "a.abb..ccaab.."),
        ({"rotate": "each_shift", "begins": ["holidays"]}, ".a............"),
        ({"rotate": "each_shift", "begins": ["monday", "holidays"]}, "ab.....c......"),
    ],
)
def test_turns_go_round(fields: dict[str, object], two_weeks: str) -> None:
    plan = schedule(always("a", "b", "c") | fields, region="DE-BY")
    assert noon(plan, 14) == two_weeks


def test_a_week_may_begin_on_a_wednesday_at_ten() -> None:
    weeks = schedule(shift(begins=["wednesday"], start="10:00", ends="wednesday", end="10:00", rotate="each_shift"))
    edges = [piece.start for piece in turns(weeks, "first", at("2026-03-05 00:00"), at("2026-04-16 00:00"))]
    assert edges[1:] == [at(f"2026-{day} 10:00") for day in ("03-11", "03-18", "03-25", "04-01", "04-08", "04-15")]


def test_of_turns_of_a_shift_that_overlap_the_one_that_began_last_has_it() -> None:
    late = shift(start="11:00", ends="sunday", end="11:00", rotate="each_shift", people=["a", "b", "c"])
    assert noon(schedule(late), 7) == "abcabca"
    assert who(schedule(late), "first", at("2026-01-06 10:59")) == ("a",)


def test_a_cycle_of_four_days_on_and_four_off() -> None:
    crews = schedule(always("a", "a", "a", "a", "b", "b", "b", "b"))
    assert noon(crews, 16) == "aaaabbbbaaaabbbb"


def test_the_holidays_are_those_of_the_region_and_the_shift_may_have_its_own() -> None:
    fields = {"begins": ["holidays"], "rotate": "each_shift"}
    day = at("2026-06-04 12:00")  # Corpus Christi: a holiday in Bavaria, none in Berlin
    assert who(schedule(always("a", **fields), region="DE-BY"), "first", day) == ("a",)
    assert who(schedule(always("a", **fields), region="DE-BE"), "first", day) == ()
    assert who(schedule(always("a", **fields, region="DE-BY"), region="DE-BE"), "first", day) == ("a",)


def test_half_days_count_from_the_hour_that_was_chosen() -> None:
    """A shift is one of a business day or of a holiday by the hour at which it begins."""
    days = [at(f"2026-12-{day} 15:00") for day in (23, 24, 28, 31)]
    business = always("a", "b", "c", "d", "e", begins=["business_days"], rotate="each_shift", since="2026-12-21")
    for half_days, expected in ((None, "cdec"), ("12:00", "cdec"), ("00:00", "c.d.")):
        plan = schedule(business, region="DE", half_days=half_days)
        assert "".join("".join(who(plan, "first", day)) or "." for day in days) == expected, half_days
    for begins, there in (("10:00", ()), ("14:00", ("a",))):
        late = shift(begins=["holidays"], start=begins, end="22:00", people=["a"])
        assert who(schedule(late, half_days="12:00"), "first", at("2026-12-24 15:00")) == there


def spread(found: list[Share], value: str) -> float:
    values: list[float] = [getattr(one, value) for one in found]
    return max(values) - min(values)


@settings(max_examples=15, deadline=None)
@given(
    st.integers(2, 5),
    st.sampled_from([("00:00", "00:00", 24.0), ("18:00", "08:00", 14.0), ("08:00", "20:00", 12.0)]),
    st.dates(date(2024, 1, 1), date(2026, 12, 31)),
    st.integers(20, 500),
)
def test_fair_turns_never_differ_by_more_than_the_longest_one(
    count: int, times: tuple[str, str, float], since: date, days: int
) -> None:
    start, end, longest = times
    names = [f"p{n}" for n in range(count)]
    fair = shift(start=start, end=end, rotate="fair", since=since.isoformat(), people=names)
    house_of_one = house({"s": {"region": "DE-BY", "first": [fair]}})
    begin = datetime.combine(since, datetime.min.time(), at("2026-01-01 00:00").tzinfo)
    found = shares(house_of_one.schedules, begin, begin + days * DAY)
    assert spread(found, "free") <= longest + 1  # an hour more, for the night in which the clocks go back
    assert len(found) == count


def test_fair_weekends_stay_fair_where_a_plain_rotation_does_not() -> None:
    """Seven people and a turn a day: in a plain rotation the same two have every weekend."""
    names = [f"p{n}" for n in range(7)]
    both = {
        rotate: house({"s": {"region": "DE-BY", "first": [always(*names, rotate=rotate)]}}).schedules
        for rotate in ("daily", "fair")
    }
    year = (at("2026-01-05 00:00"), at("2027-01-04 00:00"))
    assert spread(shares(both["daily"], *year), "free") > 1000
    assert spread(shares(both["fair"], *year), "free") <= 25
    assert sum(one.above for one in shares(both["fair"], *year)) == pytest.approx(0)


def test_fair_turns_say_who_comes_next_when_somebody_is_away() -> None:
    plan = house(
        {"s": {"region": "DE-BY", "first": [always("a", "b", "c", rotate="fair")]}},
        absences=[{"person": "a", "from": "2026-01-05", "through": "2026-01-05"}],
    ).schedules[0]
    assert noon(plan, 4) == "bbcb"  # the second day is Epiphany: nobody has had free hours, and a has just been on


def test_shares_tell_nights_weekends_and_holidays_apart_and_know_the_long_sunday() -> None:
    plan = house({"s": {"region": "DE-BY", "first": [always("a", "b", rotate="weekly")]}}).schedules
    (a, b) = sorted(shares(plan, at("2026-10-19 00:00"), at("2026-11-02 00:00")), key=lambda one: one.person)
    assert (a.hours, a.weekend, a.holiday, a.free, a.nights) == (168, 48, 24, 48, 56)  # All Saints' Day, a Sunday
    assert (b.hours, b.weekend, b.holiday, b.free, b.nights) == (169, 49, 0, 49, 57)
    assert (a.above, b.above, a.stays) == (-0.5, 0.5, 1)


def test_every_turn_of_a_year_meets_the_next_one() -> None:
    plan = schedule(always("a", "b", "c", rotate="fair"), region="DE-BY")
    pieces = list(turns(plan, "first", at("2026-02-01 00:00"), at("2027-02-01 00:00")))
    assert all(left.end == right.start for left, right in pairwise(pieces))
    assert all(piece.people for piece in pieces)
