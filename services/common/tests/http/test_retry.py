"""What a status means, what `Retry-After` says, and how waits grow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feuerwache.common.http.retry import Verdict, backoff, retry_after, verdict


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (200, Verdict.DONE),
        (202, Verdict.DONE),
        (204, Verdict.DONE),
        (301, Verdict.PERMANENT),
        (307, Verdict.PERMANENT),
        (400, Verdict.PERMANENT),
        (401, Verdict.PERMANENT),
        (404, Verdict.PERMANENT),
        (408, Verdict.TRANSIENT),
        (410, Verdict.PERMANENT),
        (425, Verdict.TRANSIENT),
        (429, Verdict.TRANSIENT),
        (500, Verdict.TRANSIENT),
        (501, Verdict.PERMANENT),
        (503, Verdict.TRANSIENT),
    ],
)
def test_a_status_is_done_worth_another_try_or_for_good(status: int, meant: Verdict) -> None:
    assert verdict(status) is meant


def test_retry_after_is_seconds_or_a_date_and_bounded() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert retry_after("120", now) == 120
    assert retry_after("Sat, 21 Nov 2026 12:00:30 GMT", now) == 30
    assert retry_after("Sat, 21 Nov 2026 11:00:00 GMT", now) == 0
    assert retry_after("9" * 12, now) == 3600
    assert retry_after("soon", now) is None
    assert retry_after(None, now) is None


def test_waits_double_up_to_the_longest_with_jitter_below() -> None:
    shortest = [backoff(tries, uniform=lambda low, _: low) for tries in range(1, 9)]
    longest = [backoff(tries, uniform=lambda _, high: high) for tries in range(1, 9)]
    assert longest == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert shortest == [wait / 2 for wait in longest]


def test_thousands_of_tries_wait_no_longer() -> None:
    assert backoff(5000, uniform=lambda _, high: high) == 30.0


def test_what_the_other_side_asked_for_is_the_least() -> None:
    assert backoff(1, 7.0, uniform=lambda low, _: low) == 7.0
    assert backoff(9, 7.0, uniform=lambda _, high: high) == 7.5
