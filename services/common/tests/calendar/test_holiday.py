"""Public holidays by region, and the half days by choice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from feuerwache.common.calendar.holiday import begins, holiday_name, holidays_of, is_holiday

ALL_SAINTS, CHRISTMAS_EVE, NEW_YEARS_EVE = date(2026, 11, 1), date(2026, 12, 24), date(2026, 12, 31)


def wall(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


def test_holidays_differ_by_bundesland() -> None:
    assert holidays_of("DE-BY")(ALL_SAINTS)
    assert not holidays_of("DE-BE")(ALL_SAINTS)
    assert holiday_name("DE-BY", ALL_SAINTS) == "Allerheiligen"
    assert holiday_name("DE-BE", ALL_SAINTS) is None


@pytest.mark.parametrize("region", ["XX", "DE-XX", ""])
def test_a_region_nobody_knows_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="no public holidays are known"):
        holidays_of(region)


def test_half_days_count_only_by_choice_and_from_the_chosen_time() -> None:
    for day in (CHRISTMAS_EVE, NEW_YEARS_EVE):
        assert begins("DE-BY", day) is None
        assert begins("DE-BY", day, time(14)) == time(14)
        assert not is_holiday("DE-BY", wall(day, 13, 59), time(14))
        assert is_holiday("DE-BY", wall(day, 14), time(14))
    assert is_holiday("DE-BY", wall(date(2026, 12, 25), 0), time(14))
    assert begins(None, CHRISTMAS_EVE, time(0)) == time(0)
    assert begins(None, date(2026, 12, 25), time(0)) is None
