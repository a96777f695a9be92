"""Civil time may run faster; real time never does."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from feuerwache.common.clock import AcceleratedClock, ManualClock, SystemClock

START = datetime(2026, 11, 14, 19, 0, tzinfo=UTC)


def test_an_accelerated_clock_runs_by_its_factor_since_its_epoch() -> None:
    clock = AcceleratedClock(START, datetime.now(UTC) - timedelta(seconds=60), 120.0)
    assert timedelta(0) <= clock.now() - START - timedelta(hours=2) < timedelta(minutes=10)


def test_two_processes_with_the_same_numbers_agree() -> None:
    epoch = datetime.now(UTC) - timedelta(seconds=10)
    one, other = AcceleratedClock(START, epoch, 60.0), AcceleratedClock(START, epoch, 60.0)
    assert other.now() - one.now() < timedelta(seconds=30)


def test_before_its_epoch_it_stands_still() -> None:
    assert AcceleratedClock(START, datetime.now(UTC) + timedelta(hours=1), 120.0).now() == START


@pytest.mark.parametrize("clock", [SystemClock(), AcceleratedClock(START, START, 120.0)], ids=["system", "fast"])
def test_signatures_and_waits_use_real_time(clock: SystemClock | AcceleratedClock) -> None:
    assert abs(clock.real_now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert abs(clock.monotonic() - time.monotonic()) < 5


def test_a_manual_clock_moves_when_told() -> None:
    clock = ManualClock(START)
    before = clock.monotonic()
    clock.advance(timedelta(minutes=3))
    assert clock.now() == clock.real_now() == START + timedelta(minutes=3)
    assert clock.monotonic() - before == 180.0
