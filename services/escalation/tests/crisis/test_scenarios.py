"""The written weekends: what the judge is told must itself be right."""

from __future__ import annotations

from itertools import islice
from math import log
from random import Random
from statistics import fmean, pstdev

import pytest

from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.crisis.scenarios.catalogue import BY_NAME, FIRST_JUDGING_SEED, SCENARIOS, TUNING_SEEDS
from feuerwache.escalation.crisis.scenarios.noise import CALM, RESTLESS, Gusts, Restlessness, poisson
from feuerwache.escalation.crisis.scenarios.storms import STORMS
from feuerwache.escalation.crisis.scenarios.story import Scenario, Story
from feuerwache.escalation.crisis.scenarios.told import LIVE_MINUTES, Beat, beats, history
from feuerwache.escalation.crisis.scenarios.wave import Character, Wave
from feuerwache.escalation.crisis.week import minute_of

EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)


def small(scenario: Scenario) -> Story:
    """The smallest community of some seeds, so that the tests are fast."""
    return min((scenario.story(seed) for seed in TUNING_SEEDS[:30]), key=lambda story: story.milieu.posts_per_day)


def around_onset(story: Story, minutes: int) -> list[Increment]:
    assert story.onset is not None
    told = (beat for beat in beats(story) if abs(beat.at - (story.onset or 0)) <= minutes)
    return [each for beat in told for each in beat.increments]


@EACH
def test_a_story_is_the_same_each_time_and_another_one_by_another_seed(scenario: Scenario) -> None:
    one = small(scenario)
    again, other = scenario.story(one.seed), scenario.story(one.seed + 1)
    assert again.onset == one.onset and again.begins == one.begins
    assert list(islice(beats(one), 300)) == list(islice(beats(again), 300))
    assert history(one) == history(again)
    assert (other.milieu.posts_per_day, other.milieu.curve) != (one.milieu.posts_per_day, one.milieu.curve)


@EACH
def test_what_is_told_is_in_order_valid_and_bounded(scenario: Scenario) -> None:
    story = small(scenario)
    at = story.begins - LIVE_MINUTES
    for beat in islice(beats(story), 2_000):
        assert beat.at > at
        at = int(beat.at)
        for each in beat.increments:
            checked(beat, each)


def checked(beat: Beat, each: Increment) -> None:
    assert minute_of(each.minute) <= beat.at <= minute_of(each.minute) + 1
    assert 0 <= each.negative <= each.posts
    assert sum(each.actions.values()) == each.posts
    assert len(each.authors) <= each.posts
    assert set(each.new_authors) <= set(each.authors) and set(each.regular_authors) <= set(each.authors)
    assert not set(each.new_authors) & set(each.regular_authors)
    assert all(len(author) == 8 for author in each.authors)
    assert len(each.terms) <= 20 and len(each.examples) <= 5 and len(each.hot_threads) <= 10
    assert all(gain.hostile <= gain.posts for gain in each.hot_threads)
    assert len(each.model_dump_json()) < 256_000


@EACH
def test_the_weeks_before_are_whole_and_end_where_the_live_talk_begins(scenario: Scenario) -> None:
    story = small(scenario)
    quarters = history(story)
    assert len(quarters) == story.history_weeks * 672
    if quarters:
        assert quarters[-1].index == (story.begins - LIVE_MINUTES) // 15 - 1
        assert [each.index for each in quarters] == list(range(quarters[0].index, quarters[-1].index + 1))
        per_day = sum(each.posts for each in quarters) / 7 / story.history_weeks
        assert 0.4 < per_day / story.milieu.posts_per_day < 2.5


@pytest.mark.parametrize("storm", [each.name for each in STORMS])
def test_a_storm_begins_at_its_onset_and_is_negative(storm: str) -> None:
    story = small(BY_NAME[storm])
    assert story.onset is not None and story.begins < story.onset < story.ends
    told = around_onset(story, 90)
    before = sum(each.negative for each in told if minute_of(each.minute) < (story.since or 0))
    after = sum(each.negative for each in told if minute_of(each.minute) > story.onset + story.waves[0].ramp)
    assert after > 5 * before
    assert after >= 20


@pytest.mark.parametrize("name", ["football_evening", "prize_draw", "launch_day", "crime_drama"])
def test_a_busy_evening_is_busy_and_no_more_negative_than_usual(name: str) -> None:
    for seed in TUNING_SEEDS[:40]:
        story = BY_NAME[name].story(seed)
        wave = story.waves[0]
        assert story.onset is None
        assert wave.character.negative <= story.milieu.negative
        assert 1 <= wave.peak / story.milieu.rate(wave.onset + 30) <= 9.001
        assert bool(story.bars) == (name in ("prize_draw", "launch_day"))


def test_quiet_weeks_have_nothing_in_them() -> None:
    for name in ("quiet_week", "restless_week", "first_days"):
        story = BY_NAME[name].story(3)
        assert not story.waves and story.onset is None and not story.expected
        assert story.ends - story.begins in (7 * 1440 - 60, 7 * 1440, 7 * 1440 + 60)


def test_the_crime_drama_was_on_in_the_weeks_before_too() -> None:
    story = small(BY_NAME["crime_drama"])
    wave = story.waves[0]
    quarters = {each.index: each.posts for each in history(story)}
    for week in range(1, 4):
        on = int(wave.onset + wave.ramp + 30) // 15 - week * 672
        evening = fmean(quarters[each] for each in range(on, on + 4))
        assert evening > 1.3 * story.milieu.rate((on + 2) * 15) * 15


def test_a_silent_integration_delivers_nothing_after_the_onset() -> None:
    story = small(BY_NAME["integration_silence"])
    told = around_onset(story, 60)
    after = [each for each in told if minute_of(each.minute) >= (story.onset or 0) + 1]
    assert sum(each.integrations.get(story.silent, 0) for each in told if each not in after) > 0
    assert sum(each.integrations.get(story.silent, 0) for each in after) == 0


def test_unanswered_means_that_nobody_answers_from_the_onset_on() -> None:
    story = small(BY_NAME["unanswered"])
    told = [each for beat in beats(story) for each in beat.increments]
    answered = [minute_of(each.minute) for each in told if each.answered]
    assert answered and max(answered) <= (story.onset or 0)
    assert any(each.complaints for each in told if minute_of(each.minute) > (story.onset or 0))


def test_a_wave_is_at_a_tenth_at_its_onset_and_at_nine_tenths_after_its_ramp() -> None:
    wave = Wave(100.0, 10.0, 20.0, 30.0, 15.0, Character())
    assert wave.rate(100.0) == pytest.approx(1.0)
    assert wave.rate(120.0) == pytest.approx(9.0)
    assert wave.rate(wave.begins) == pytest.approx(0.1, rel=1e-6)
    assert wave.rate(wave.begins - 0.01) == 0
    steps = [wave.begins + step / 100 for step in range(int(100 * (wave.when(25) - wave.begins)))]
    assert sum(wave.rate(step) for step in steps) / 100 == pytest.approx(25, rel=0.01)
    assert wave.rate(165.0) == pytest.approx(5.0, rel=0.01)


@pytest.mark.parametrize(("restlessness", "spread"), [(CALM, 0.24), (RESTLESS, 0.44)])
def test_gusts_stray_as_the_tweet_series_do(restlessness: Restlessness, spread: float) -> None:
    gusts = Gusts(Random(4), restlessness, 5.0)
    logs = [log(next(iter(gusts))) for _ in range(20_000)]
    # Winsorised, as the series were measured: spikes are counted on their own.
    cut = [max(-3 * spread, min(3 * spread, each)) for each in logs]
    assert pstdev(cut) == pytest.approx(spread, rel=0.25)


def test_poisson_numbers_have_their_mean_and_variance() -> None:
    random = Random(5)
    for mean in (0.3, 4.0, 80.0):
        numbers = [poisson(random, mean) for _ in range(20_000)]
        assert fmean(numbers) == pytest.approx(mean, rel=0.05)
        assert pstdev(numbers) ** 2 == pytest.approx(mean, rel=0.08)


def test_seeds_for_tuning_and_for_judging_do_not_meet() -> None:
    assert max(TUNING_SEEDS) < FIRST_JUDGING_SEED
