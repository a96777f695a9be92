"""Times of platforms: units are never guessed, and a later edit always has a higher number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feuerwache.ingest.adapters.instant import LATEST_REVISION, from_milliseconds, from_seconds, instant, revision_of
from feuerwache.ingest.envelope import Unreadable

NOON = 1_794_657_600
ODD: tuple[object, ...] = (
    None,
    True,
    "",
    "x",
    "1e400",
    float("inf"),
    float("nan"),
    -1,
    0,
    10**400,
    "9" * 5_000,
    [],
    {},
    "１７９４６５７６００\x00",
)


@pytest.mark.parametrize("value", [NOON, str(NOON), float(NOON), f"{NOON}.0"])
def test_seconds_are_taken_as_a_number_or_its_digits(value: object) -> None:
    assert from_seconds(value) == "2026-11-14T12:00:00+00:00"


def test_milliseconds_are_another_unit_and_each_refuses_the_others() -> None:
    assert from_milliseconds(NOON * 1000) == "2026-11-14T12:00:00+00:00"
    for read, value in ((from_seconds, NOON * 1000), (from_milliseconds, NOON)):
        with pytest.raises(Unreadable, match="another unit"):
            read(value)


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:12])
def test_what_is_no_time_is_unreadable_and_nothing_else(value: object) -> None:
    for read in (from_seconds, from_milliseconds, instant):
        with pytest.raises(Unreadable):
            read(value)


@pytest.mark.parametrize("text", ["2026-11-14", "2026-11-14T12:00:00", "12:00", "2026-11-14T12:00:00+25:00", "gestern"])
def test_a_time_without_a_zone_is_none(text: str) -> None:
    with pytest.raises(Unreadable):
        instant(text)


times = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - gets its zone


@given(
    times, st.timedeltas(timedelta(0), timedelta(days=20_000)), st.timedeltas(timedelta(seconds=1), timedelta(days=9))
)
def test_a_later_edit_has_a_higher_number(created: datetime, until_first: timedelta, until_second: timedelta) -> None:
    first, second = created + until_first, created + until_first + until_second
    one, two = (revision_of(created.isoformat(), edited.isoformat()) for edited in (first, second))
    assert 1 <= one <= two <= LATEST_REVISION
    assert one < two or until_first < timedelta(seconds=1)
    assert revision_of(created.isoformat(), None) == 0


def test_an_edit_before_its_post_still_is_one() -> None:
    assert revision_of("2026-11-14T12:00:00Z", "2026-11-14T11:00:00Z") == 1
    assert revision_of("0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z") == LATEST_REVISION
    assert revision_of("2026-11-14T12:00:00+01:00", "2026-11-14T11:01:00Z") == 60
