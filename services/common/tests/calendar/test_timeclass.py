"""Time classes against a slow oracle that writes each of them down on its own."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.common.calendar.timeclass import Hours, TimeClass, TimeClasses, between, holds, moments

BERLIN = ZoneInfo("Europe/Berlin")
BY = TimeClasses(BERLIN, "DE-BY", half_days_from=time(14))
BAVARIA = holidays.country_holidays("DE", subdiv="BY")
TEN_YEARS = st.integers(0, 10 * 366 * 24 * 60).map(lambda m: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=m))


def oracle(instant: datetime) -> set[str]:
    """Default hours, Bavaria, half days from two in the afternoon."""
    local = instant.astimezone(BERLIN)
    half = (local.day, local.month) in {(24, 12), (31, 12)} and local.hour >= 14
    said = set()
    if local.date() in BAVARIA or half:
        said.add("holiday")
    if local.strftime("%a") in {"Sat", "Sun"}:
        said.add("weekend")
    free = bool(said)
    if local.hour in {22, 23, 0, 1, 2, 3, 4, 5}:
        said.add("night")
    elif local.hour in {6, 7, 18, 19, 20, 21}:
        said.add("evening")
    elif not free:
        said.add("office")
    return said


@given(TEN_YEARS)
def test_ten_years_of_instants_against_the_oracle(instant: datetime) -> None:
    assert {each.value for each in BY.at(instant)} == oracle(instant)
    assert BY.at(instant) in set(moments())


@pytest.mark.parametrize("night", [datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)])
def test_each_minute_of_both_changeover_nights(night: datetime) -> None:
    for minute in range(12 * 60):
        instant = night + timedelta(minutes=minute)
        assert {each.value for each in BY.at(instant)} == oracle(instant), instant


def test_the_night_of_25_hours_is_nine_hours_long_and_the_one_of_23_seven() -> None:
    def length(noon: datetime) -> int:
        return sum(TimeClass.NIGHT in BY.at(noon + timedelta(minutes=minute)) for minute in range(24 * 60))

    assert length(datetime(2026, 10, 24, 10, tzinfo=UTC)) == 9 * 60
    assert length(datetime(2026, 3, 28, 11, tzinfo=UTC)) == 7 * 60
    assert length(datetime(2026, 6, 1, 10, tzinfo=UTC)) == 8 * 60


def test_hours_may_be_chosen_and_zones_disagree() -> None:
    instant = datetime(2026, 11, 18, 7, 30, tzinfo=UTC)
    early = Hours(office_from=time(7), office_to=time(8), night_from=time(9), night_to=time(10))
    assert TimeClasses(ZoneInfo("UTC"), hours=early).at(instant) == {TimeClass.OFFICE}
    assert TimeClasses(ZoneInfo("America/New_York")).at(instant) == {TimeClass.NIGHT}
    assert between(time(5), time(5), time(5)) is False


def test_what_names_no_class_holds_always() -> None:
    for classes in moments():
        assert holds((), classes)
        assert holds(tuple(TimeClass), classes)
    assert holds((TimeClass.NIGHT,), {TimeClass.NIGHT, TimeClass.WEEKEND})
    assert not holds((TimeClass.OFFICE,), {TimeClass.NIGHT, TimeClass.WEEKEND})
