"""The bar a community sets for itself: from its own peaks, wherever a day is cut, and not out of reach after a fire."""

from __future__ import annotations

from itertools import pairwise
from math import log
from random import Random

import pytest

from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.peaks import BLOCKS_KEPT, BLOCKS_PER_DAY, SCALES, Peaks
from feuerwache.escalation.crisis.surge import Surge

FIRST = 82_000
NEEDED = Sensitivity().threshold()


def known(blocks: int, height: float = 0.3, spread: float = 0.2, seed: int = 1) -> Peaks:
    random, peaks = Random(seed), Peaks()
    for place in range(blocks):
        peaks.remember(FIRST + place, [height + random.expovariate(1 / spread) for _ in range(SCALES)])
    return peaks


def test_a_restless_community_needs_more_than_a_calm_one() -> None:
    assert known(168, spread=0.4).height(0, NEEDED) > known(168, spread=0.1).height(0, NEEDED) + 0.5


def test_the_height_of_a_surprise_has_that_surprise() -> None:
    peaks = known(80)
    for scale in range(SCALES):
        assert peaks.surprise(scale, peaks.height(scale, NEEDED)) == pytest.approx(NEEDED)


def test_a_peak_as_high_as_the_bar_comes_about_as_seldom_as_was_asked() -> None:
    """Once in five weeks, at each scale; the bar is made of 42 days, and 400 others are held against it."""
    found = 0
    for seed in range(10):
        bar, random = known(BLOCKS_KEPT, seed=seed).height(0, NEEDED), Random(1000 + seed)
        found += sum(
            max(0.3 + random.expovariate(1 / 0.2) for _ in range(BLOCKS_PER_DAY)) > bar for _ in range(40 * 35)
        )
    assert 200 < found < 800


def test_where_the_day_is_cut_makes_no_difference() -> None:
    random = Random(7)
    heights = [random.expovariate(2) for _ in range(80)]
    bars = []
    for cut in range(BLOCKS_PER_DAY):
        peaks = Peaks()
        for place, height in enumerate(heights):
            peaks.remember(FIRST + cut + place, [height] * SCALES)
        bars.append(peaks.height(0, NEEDED))
    assert max(bars) - min(bars) < 1e-9


def test_before_days_are_known_a_guess_stands_and_gives_way() -> None:
    guessed = Peaks().height(0, NEEDED)
    bars = [guessed, *(known(blocks, 0.1, 0.05).height(0, NEEDED) for blocks in (8, 40, 160))]
    assert all(later < earlier for earlier, later in pairwise(bars))
    assert known(BLOCKS_PER_DAY - 1, 0.1, 0.05).height(0, NEEDED) == guessed, "less than a day is not a day"


def test_what_was_watched_is_not_replaced_by_what_was_worked_out() -> None:
    peaks = Peaks()
    peaks.remember(FIRST, [0.5] * SCALES)
    peaks.remember(FIRST, [2.0] * SCALES, live=False)
    assert peaks.blocks[FIRST][0] == pytest.approx(0.5, abs=0.02)
    peaks.remember(FIRST + 1, [2.0] * SCALES, live=False)
    peaks.remember(FIRST + 1, [0.5] * SCALES)
    assert peaks.blocks[FIRST + 1][0] == pytest.approx(0.5, abs=0.02)


def test_six_weeks_are_kept_and_what_a_wrong_clock_told_is_dropped() -> None:
    peaks = known(BLOCKS_KEPT + 30)
    assert (len(peaks.blocks), min(peaks.blocks)) == (BLOCKS_KEPT, FIRST + 30)
    peaks.remember(FIRST + 100_000, [3.0] * SCALES)
    peaks.remember(FIRST + 500, [0.4] * SCALES)
    peaks.remember(FIRST + 501, [0.4] * SCALES)
    assert sorted(peaks.blocks) == [FIRST + 500, FIRST + 501]


def test_a_row_says_the_same_gaps_and_all() -> None:
    peaks = known(20)
    peaks.remember(FIRST + 25, [0.7] * SCALES, live=False)
    read = Peaks.from_row(peaks.to_row())
    assert (read.blocks, read.seen) == (peaks.blocks, peaks.seen)
    assert read.height(1, NEEDED) == peaks.height(1, NEEDED)
    assert Peaks.from_row(Peaks().to_row()).blocks == {}
    assert len(known(BLOCKS_KEPT).to_row()) < 700


# --- the sums that fade


def test_an_ordinary_course_has_a_ratio_of_one_at_every_scale() -> None:
    surge = Surge(0)
    for minute in range(1, 3000):
        surge.step(minute, 2.0)
        surge.take(minute, 2.0)
    assert surge.ratios(10, 10.0) == pytest.approx([0.0] * SCALES, abs=0.01)


def test_a_row_of_an_hour_weighs_as_sixty_minutes_do() -> None:
    by_minute, at_once = Surge(0), Surge(0)
    for minute in range(1, 61):
        by_minute.step(minute, 1.0)
        by_minute.take(minute, 2.0)
    at_once.step(60, 1.0)
    at_once.take(60, 120.0, 60)
    assert at_once.posts == pytest.approx(by_minute.posts, rel=0.01)
    assert at_once.usual == pytest.approx(by_minute.usual, rel=0.01)


def test_a_minute_that_comes_late_weighs_as_if_it_had_come_in_time() -> None:
    in_time, late = Surge(0), Surge(0)
    in_time.take(0, 5.0)
    in_time.step(30, 1.0)
    late.step(30, 1.0)
    late.take(0, 5.0)
    assert late.posts == pytest.approx(in_time.posts)


def test_the_highest_of_a_quarter_of_a_day_is_told_at_its_end_and_not_out_of_reach() -> None:
    surge, peaks = Surge(0), Peaks()
    surge.remember([0.4, 0.2, 0.1], peaks, NEEDED)
    surge.remember([9.0, 0.1, 0.1], peaks, NEEDED)
    assert surge.step(359, 1.0) is None
    assert surge.step(360, 1.0) == (0, [pytest.approx(peaks.height(0, NEEDED) + 1.0), 0.2, 0.1])
    assert surge.step(720, 1.0) is None, "nothing was seen in it"


def test_a_fire_that_is_out_is_not_told_again_by_the_slow_sums() -> None:
    surge, peaks = Surge(0), Peaks()
    for minute in range(1, 120):
        surge.step(minute, 1.0)
        surge.take(minute, 40.0)
    assert surge.ratios(5, 5.0)[2] > log(5)
    surge.settle(peaks)
    assert all(ratio <= tail.start + 1e-9 for ratio, tail in zip(surge.ratios(5, 5.0), peaks.fitted, strict=True))


def test_an_announced_crowd_is_still_announced_when_its_bar_is_over() -> None:
    """Twice the usual for two hours, under a bar of two: in the slow sums it is nothing, then and an hour later."""
    surge = Surge(0)
    for minute in range(1, 1200):
        announced = 600 <= minute < 720
        surge.step(minute, 2.0 if announced else 1.0)
        surge.take(minute, 2 if announced else 1)
    assert surge.ratios(5, 5.0)[1:] == pytest.approx([0.0, 0.0], abs=0.02)


def test_a_bar_that_comes_after_its_crowd_holds_for_the_crowd() -> None:
    surge = Surge(0)
    for minute in range(1, 900):
        surge.step(minute, 1.0)
        surge.take(minute, 3 if minute > 600 else 1)
    assert surge.ratios(15, 5.0)[1] > 0.9
    assert surge.ratios(15, 15.0, announced=3.0)[1] < 0.01
