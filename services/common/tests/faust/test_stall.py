"""When a recovery of rows counts as stalled: only while rows are missing, and only when nothing moves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from feuerwache.common.faust.stall import StallWatch


def app(missing: int, generation: int = 1, in_recovery: bool = True) -> Any:
    recovery = SimpleNamespace(in_recovery=in_recovery, active_remaining_total=lambda: missing)
    return SimpleNamespace(tables=SimpleNamespace(recovery=recovery), consumer_generation_id=generation)


def test_missing_rows_of_which_none_comes_are_a_stall() -> None:
    watch = StallWatch(5.0, interval=0.5)
    assert said(watch, 7, until=5.0) == [False] * 10 + [True]
    assert watch.problem(app(7), 5.5) == "7 changelog records are missing, and none came for 6 s"


def test_time_in_which_the_process_itself_was_held_up_does_not_count() -> None:
    """A step of a minute, a stopped machine: what it waits for may have come, and nobody could take it."""
    watch = StallWatch(5.0, interval=0.5)
    assert not any(said(watch, 7, until=3.0))
    assert watch.problem(app(7), 63.0) is None
    assert watch.problem(app(7), 63.5) is None
    assert watch.problem(app(7), 64.0) is not None


def test_as_long_as_rows_come_it_is_none() -> None:
    watch = StallWatch(5.0, interval=0.5)
    assert all(watch.problem(app(100 - second), float(second)) is None for second in range(0, 90, 4))


def test_another_assignment_is_another_recovery() -> None:
    watch = StallWatch(5.0, interval=0.5)
    assert not any(said(watch, 7, until=4.5))
    assert said(watch, 7, begin=4.5, until=9.5, generation=2) == [False] * 10 + [True]


def test_without_a_recovery_or_missing_rows_nothing_stalls() -> None:
    watch = StallWatch(5.0, interval=0.5)
    assert not any(said(watch, 7, until=30.0, in_recovery=False))
    assert not any(said(watch, 0, begin=30.0, until=60.0))


def said(watch: StallWatch, missing: int, until: float, begin: float = 0.0, **more: Any) -> list[bool]:
    """Asked every half second, from `begin` to `until`: whether it saw a stall."""
    times = [begin + half / 2 for half in range(int((until - begin) * 2) + 1)]
    return [watch.problem(app(missing, **more), at) is not None for at in times]
