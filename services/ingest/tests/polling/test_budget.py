"""A platform's quota by its own days, and how long a platform is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feuerwache.ingest.polling.budget import Budget
from feuerwache.ingest.polling.pace import Pace

PACIFIC = "America/Los_Angeles"
NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)  # four in the morning in California


def test_the_day_is_the_platforms_own() -> None:
    budget = Budget(100, PACIFIC)
    assert budget.day(datetime(2026, 11, 14, 7, 59, tzinfo=UTC)) == "2026-11-13"
    assert budget.day(datetime(2026, 11, 14, 8, 0, tzinfo=UTC)) == "2026-11-14"
    assert budget.reset(NOON) == datetime(2026, 11, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),  # a day of 23 hours
        (datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC)),  # one of 25
    ],
)
def test_midnight_is_right_where_clocks_change(now: datetime, reset: datetime) -> None:
    assert Budget(100, PACIFIC).reset(now) == reset


def test_what_was_spent_yesterday_does_not_count() -> None:
    budget = Budget(100, PACIFIC)
    assert budget.left("2026-11-14", 30, NOON) == 70
    assert budget.left("2026-11-13", 30, NOON) == 100
    assert budget.left("2026-11-14", 130, NOON) == 0
    assert Budget(None).left("2026-11-14", 130, NOON) is None


def test_without_units_it_waits_for_midnight() -> None:
    budget = Budget(100, PACIFIC)
    assert budget.pause(1, 1, NOON) == 0.0
    assert budget.pause(2, 1, NOON) == 20 * 3600
    assert budget.pause(2, None, NOON) == 0.0


def test_passes_are_spread_so_that_the_quota_lasts_until_midnight() -> None:
    budget = Budget(1_000, PACIFIC)
    assert budget.interval(60, 1, 1_000, NOON) == 72.0  # 72,000 s until midnight
    assert budget.interval(60, 10, 1_000, NOON) == 720.0
    assert budget.interval(120, 1, 1_000, NOON) == 120
    assert budget.interval(60, 10, 9, NOON) == 72_000
    assert budget.interval(60, 10, None, NOON) == 60


def test_the_wait_doubles_and_is_never_less_than_was_asked_for() -> None:
    pace = Pace(first=4.0, longest=60.0, uniform=lambda _, most: most)
    assert [pace.failed() for _ in range(6)] == [4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert pace.failed(asked=300.0) == 304.0
    assert pace.failed(asked=1.0) == 60.0
    pace.worked()
    assert pace.failed() == 4.0
    least = Pace(first=4.0, longest=60.0, uniform=lambda least, _: least)
    assert [least.failed(), least.failed(), least.failed(asked=30.0)] == [2.0, 4.0, 30.0]
