"""Pauses grow and stay bounded; the dead-letter limit tells a bad record from a bad deploy."""

from __future__ import annotations

import pytest

from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.runner.limits import Backoff, DeadLetterLimit


def test_pauses_double_up_to_the_limit_and_begin_anew() -> None:
    backoff = Backoff(first=0.1, limit=1.0)
    for whole in (0.1, 0.2, 0.4, 0.8, 1.0, 1.0):
        assert whole / 2 <= backoff.next() <= whole
    backoff.reset()
    assert backoff.next() <= 0.1


def test_pauses_stay_bounded_for_ever() -> None:
    backoff = Backoff(first=0.1, limit=1.0)
    assert all(backoff.next() <= 1.0 for _ in range(5_000))


def test_pauses_differ_so_that_not_all_come_back_at_once() -> None:
    assert len({Backoff(1.0, 10.0).next() for _ in range(20)}) > 1


def test_a_share_of_the_window_may_be_bad() -> None:
    limit = DeadLetterLimit(window=10, share=0.2)
    limit.count(good=0, bad=2)
    with pytest.raises(FatalError, match="3 of the last 3 records"):
        limit.count(good=0, bad=1)


def test_good_records_push_bad_ones_out_of_the_window() -> None:
    limit = DeadLetterLimit(window=10, share=0.2)
    for _ in range(50):
        limit.count(good=9, bad=2)
    with pytest.raises(FatalError):
        limit.count(good=0, bad=3)
