"""Which shards need no reading after a rebalance, and which ones nobody may touch."""

from __future__ import annotations

from feuerwache.common.faust.whole import Whole


def begun(generation: int = 4, *shards: int) -> Whole:
    whole = Whole()
    assert whole.begin(generation, shards) == set(shards)
    whole.add(shards)
    return whole


def test_what_was_not_read_yet_is_nobodys() -> None:
    whole = Whole()
    assert not whole.has(1, 0)
    assert whole.begin(1, {1, 2}) == {1, 2}
    assert not whole.has(1, 1)
    whole.add({1})
    assert (whole.has(1, 1), whole.has(2, 1)) == (True, False)


def test_what_stays_from_one_generation_to_the_next_needs_no_reading() -> None:
    whole = begun(4, 0, 1)
    assert whole.begin(5, {0, 1, 2, 3}) == {2, 3}
    assert whole.has(0, 5)
    assert not whole.has(2, 5)


def test_what_goes_away_and_comes_back_is_read_again() -> None:
    whole = begun(4, 0, 1)
    assert whole.begin(5, {1}) == set()
    assert whole.begin(6, {0, 1}) == {0}


def test_whoever_missed_a_generation_reads_everything_again() -> None:
    assert begun(4, 0, 1).begin(6, {0, 1}) == {0, 1}


def test_a_group_that_began_anew_is_another_group() -> None:
    assert begun(4, 0, 1).begin(1, {0, 1}) == {0, 1}


def test_between_a_rebalance_and_its_recovery_nothing_is_anybodys() -> None:
    whole = begun(4, 0, 1)
    assert not whole.has(0, 5)


def test_a_reading_that_another_rebalance_cut_short_does_not_count() -> None:
    whole = begun(4, 0)
    assert whole.begin(5, {0, 1}) == {1}
    assert whole.begin(6, {0, 1}) == {1}
