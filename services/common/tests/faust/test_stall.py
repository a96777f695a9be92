"""When a recovery of rows counts as stalled: only while rows are missing, and only when nothing moves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from feuerwache.common.faust.stall import StallWatch


def app(missing: int, generation: int = 1, in_recovery: bool = True) -> Any:
    recovery = SimpleNamespace(in_recovery=in_recovery, active_remaining_total=lambda: missing)
    return SimpleNamespace(tables=SimpleNamespace(recovery=recovery), consumer_generation_id=generation)


def test_missing_rows_of_which_none_comes_are_a_stall() -> None:
    watch = StallWatch(5.0)
    assert [watch.problem(app(7), at) is not None for at in (0.0, 2.0, 4.9, 5.0)] == [False, False, False, True]
    assert watch.problem(app(7), 6.0) == "7 changelog records are missing, and none came for 6 s"


def test_as_long_as_rows_come_it_is_none() -> None:
    watch = StallWatch(5.0)
    assert all(watch.problem(app(100 - second), float(second)) is None for second in range(0, 90, 4))


def test_another_assignment_is_another_recovery() -> None:
    watch = StallWatch(5.0)
    assert watch.problem(app(7), 0.0) is None
    assert watch.problem(app(7, generation=2), 4.0) is None
    assert watch.problem(app(7, generation=2), 8.9) is None
    assert watch.problem(app(7, generation=2), 9.0) is not None


def test_without_a_recovery_or_missing_rows_nothing_stalls() -> None:
    watch = StallWatch(5.0)
    assert all(watch.problem(app(7, in_recovery=False), at) is None for at in (0.0, 100.0))
    assert all(watch.problem(app(0), at) is None for at in (200.0, 300.0))
