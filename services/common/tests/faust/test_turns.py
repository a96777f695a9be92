"""Whose turn it is: nobody too often, nobody forgotten, nobody too long."""

from __future__ import annotations

from feuerwache.common.faust.turns import Turns


def turns(most_bytes: int = 100) -> Turns[str]:
    return Turns(seconds=1.0, most_bytes=most_bytes, size=len)


def test_who_was_quiet_is_seen_at_once_and_then_once_a_second() -> None:
    these = turns()
    these.add(3, "a")
    assert these.take(10.0) == (3, ["a"])
    these.add(3, "b")
    these.add(3, "c")
    assert [these.take(at) for at in (10.0, 10.5, 10.9)] == [None] * 3
    assert these.take(11.0) == (3, ["b", "c"])
    assert these.take(20.0) is None


def test_of_several_the_one_comes_first_whose_last_turn_is_longest_ago() -> None:
    these = turns()
    for at, shard in enumerate((2, 0, 1)):
        these.add(shard, "first")
        these.take(at / 10)
    for shard in (0, 1, 2):
        these.add(shard, "second")
    taken = [these.take(2.0) for _ in range(4)]
    assert [turn and turn[0] for turn in taken] == [2, 0, 1, None]


def test_a_shard_that_is_behind_goes_on_without_waiting_but_lets_others_between() -> None:
    these = turns(most_bytes=3)
    for item in "abcdefg":
        these.add(1, item)
    these.add(2, "x")
    assert len(these) == 8
    assert these.take(0.0) == (1, ["a", "b", "c"])
    assert these.take(0.1) == (2, ["x"])
    these.add(2, "y")
    assert these.take(0.2) == (1, ["d", "e", "f"])
    assert these.take(0.3) == (1, ["g"])
    assert these.take(0.4) is None
    assert these.take(1.1) == (2, ["y"])
    assert len(these) == 0


def test_an_item_that_is_larger_than_a_turn_takes_one_of_its_own() -> None:
    these = turns(most_bytes=3)
    for item in ("abcdefgh", "i"):
        these.add(1, item)
    assert these.take(0.0) == (1, ["abcdefgh"])
    assert these.take(0.0) == (1, ["i"])
