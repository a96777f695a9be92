"""Office hours added up, over nights, weekends, holidays and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.calendar.officehours import after
from feuerwache.common.calendar.timeclass import Hours, TimeClass, TimeClasses

BERLIN = ZoneInfo("Europe/Berlin")
BAVARIA = TimeClasses(BERLIN, "DE-BY")
QUARTER = timedelta(minutes=15)


def berlin(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (berlin("2026-11-16", "09:00"), 2, berlin("2026-11-16", "11:00")),
        (berlin("2026-11-16", "06:00"), 2, berlin("2026-11-16", "10:00")),
        (berlin("2026-11-16", "17:00"), 2, berlin("2026-11-17", "09:00")),
        (berlin("2026-11-16", "08:00"), 10, berlin("2026-11-16", "18:00")),
        (berlin("2026-11-14", "21:00"), 8, berlin("2026-11-16", "16:00")),  # Saturday evening
        (berlin("2026-12-23", "17:00"), 4, berlin("2026-12-24", "11:00")),  # Christmas Eve is a working day
        (berlin("2026-12-24", "17:00"), 4, berlin("2026-12-28", "11:00")),  # two holidays and a weekend
        (berlin("2026-11-16", "09:00"), 25, berlin("2026-11-18", "14:00")),
        (berlin("2026-03-27", "17:00"), 2, berlin("2026-03-30", "09:00")),  # clocks go forward in between
        (berlin("2026-10-23", "17:00"), 2, berlin("2026-10-26", "09:00")),  # and back
    ],
)
def test_only_office_hours_count(start: datetime, hours: int, due: datetime) -> None:
    assert after(start, timedelta(hours=hours), BAVARIA) == due
    assert after(start.astimezone(UTC), timedelta(hours=hours), BAVARIA) == due


def test_the_holidays_are_those_of_the_region() -> None:
    eve = berlin("2026-08-14", "17:00")  # Assumption Day, 15 August, is a Saturday; 1 November a Sunday
    assert after(eve, timedelta(hours=2), BAVARIA) == after(eve, timedelta(hours=2), TimeClasses(BERLIN, "DE-BE"))
    epiphany = berlin("2026-01-05", "17:00")
    assert after(epiphany, timedelta(hours=2), BAVARIA) == berlin("2026-01-07", "09:00")
    assert after(epiphany, timedelta(hours=2), TimeClasses(BERLIN, "DE-BE")) == berlin("2026-01-06", "09:00")


def test_a_half_day_closes_early_where_somebody_counts_it() -> None:
    where = TimeClasses(BERLIN, "DE-BY", half_days_from=time(12))
    assert after(berlin("2026-12-24", "11:00"), timedelta(hours=2), where) == berlin("2026-12-28", "09:00")


def test_who_never_opens_is_told_so() -> None:
    never = TimeClasses(BERLIN, "DE-BY", Hours(office_from=time(9), office_to=time(9)))
    with pytest.raises(ValueError, match="no office hours"):
        after(berlin("2026-11-16", "09:00"), QUARTER, never)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 4 * 24 * 1096),
    st.integers(1, 40 * 4),
    st.sampled_from([("Europe/Berlin", "DE-BY"), ("America/New_York", "US"), ("Asia/Kolkata", "IN")]),
)
def test_so_many_quarters_of_office_hours_lie_between(start: int, quarters: int, place: tuple[str, str]) -> None:
    zone, region = place
    where = TimeClasses(ZoneInfo(zone), region)
    begin = datetime(2025, 1, 1, tzinfo=UTC) + start * QUARTER
    due = after(begin, quarters * QUARTER, where)
    counted, now = 0, begin
    while now < due:
        counted += TimeClass.OFFICE in where.at(now)
        now += QUARTER
    assert counted == quarters
