"""The hour of the week against the wall clock, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feuerwache.common.calendar.holiday import holidays_of
from feuerwache.escalation.crisis.week import SUNDAY, Calendar

#: Around the changeovers of Europe, and around a holiday.
DAYS = [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 5, 14, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "UTC"])
@pytest.mark.parametrize("day", DAYS, ids=["forward", "back", "holiday"])
def test_every_minute_has_the_hour_that_the_clock_on_the_wall_shows(zone: str, day: datetime) -> None:
    is_holiday = holidays_of("DE-BY")
    calendar = Calendar(ZoneInfo(zone), is_holiday)

    def shown(instant: datetime) -> int:
        local = instant.astimezone(ZoneInfo(zone))
        return (SUNDAY if is_holiday(local.date()) else local.weekday()) * 24 + local.hour

    half = timedelta(minutes=30)
    for minute in range(-600, 1440 + 600, 7):
        instant = day + timedelta(minutes=minute, seconds=29)
        assert calendar.hour_of_week(instant) == shown(instant)
        first, second, weight = calendar.between_hours(instant)
        assert (first, second) == (shown(instant - half), shown(instant + half))
        assert weight == pytest.approx(((instant.astimezone(ZoneInfo(zone)).minute + 30) % 60) / 60)


def test_places_with_the_same_clock_have_holidays_of_their_own() -> None:
    corpus_christi = datetime(2026, 6, 4, 10, tzinfo=UTC)
    zone = ZoneInfo("Europe/Berlin")
    assert Calendar(zone, holidays_of("DE-BY")).hour_of_week(corpus_christi) == 6 * 24 + 12
    assert Calendar(zone, holidays_of("DE-BE")).hour_of_week(corpus_christi) == 3 * 24 + 12
