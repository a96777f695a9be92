"""The judge's arithmetic, on alarms made by hand, and a small judging of the shipped detectors."""

from __future__ import annotations

from math import inf

import pytest
from typer.testing import CliRunner

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.scenarios.catalogue import BY_NAME
from feuerwache.escalation.crisis.scenarios.story import Story
from feuerwache.escalation.crisis.scenarios.trial import tried
from feuerwache.escalation.crisis.scenarios.verdict import Heard, Verdict, judged, row

STORM = BY_NAME["outage"].story(1)
WEEK = 7 * 24 * 60
ONSET = STORM.onset or 0.0
FOOTBALL = BY_NAME["football_evening"].story(1)


def heard(
    at: float,
    kind: CrisisKind = CrisisKind.NEGATIVITY_BURST,
    severity: Severity = Severity.HIGH,
    about: str = "",
    onset: int = 0,
) -> Heard:
    return Heard(at, kind, about, onset, severity)


def of(story: Story, *alarms: Heard) -> Verdict:
    return judged(story, alarms, story.ends)


def test_the_delay_counts_from_the_onset_to_the_first_alarm_that_catches() -> None:
    verdict = of(STORM, heard(ONSET + 9), heard(ONSET + 2.5, CrisisKind.VOLUME_BURST))
    assert verdict.delay == pytest.approx(2.5)
    assert verdict.caught_by is CrisisKind.VOLUME_BURST
    assert not verdict.false and not verdict.missed


def test_an_alarm_at_the_first_sign_of_the_wave_catches_before_the_onset() -> None:
    verdict = of(STORM, heard((STORM.since or 0) + 0.1))
    assert verdict.delay is not None and verdict.delay < 0
    assert not verdict.false


def test_an_alarm_before_the_first_sign_is_false_and_the_storm_is_missed() -> None:
    verdict = of(STORM, heard((STORM.since or 0) - 5))
    assert verdict.missed
    assert len(verdict.false) == 1


def test_an_alarm_after_the_deadline_has_missed_it_and_is_not_false() -> None:
    verdict = of(STORM, heard(ONSET + STORM.deadline_minutes + 1))
    assert verdict.missed and not verdict.false and verdict.tolerated


def test_another_kind_that_is_true_neither_catches_nor_counts() -> None:
    verdict = of(STORM, heard(ONSET + 5, CrisisKind.REPORT_FLOOD))
    assert verdict.missed and not verdict.false and len(verdict.tolerated) == 1


def test_a_kind_that_is_not_there_is_false_also_in_a_storm() -> None:
    assert [each.kind for each in of(STORM, heard(ONSET + 5, CrisisKind.FEUD)).false] == [CrisisKind.FEUD]


def test_a_volume_alarm_is_tolerated_in_a_match_nobody_announced_unless_it_is_critical() -> None:
    during = (FOOTBALL.since or 0) + 30
    high = of(FOOTBALL, heard(during, CrisisKind.VOLUME_BURST))
    worse = of(
        FOOTBALL,
        heard(during, CrisisKind.VOLUME_BURST),
        heard(during + 20, CrisisKind.VOLUME_BURST, Severity.CRITICAL),
    )
    assert not high.false and len(high.tolerated) == 1
    assert len(worse.false) == 1
    assert of(FOOTBALL, heard(during)).false


def test_an_episode_that_speaks_twice_is_one_false_alarm_and_two_threads_are_two() -> None:
    early = STORM.begins + 60.0
    thread = CrisisKind.THREAD_ON_FIRE
    verdict = of(
        STORM, heard(early, thread, about="a"), heard(early + 20, thread, about="a"), heard(early, thread, about="b")
    )
    assert len(verdict.false) == 2


def test_what_came_before_the_story_begins_does_not_count() -> None:
    assert not of(STORM, heard(STORM.begins - 1.0)).false


def verdict_of(delay: float | None, minutes: float = WEEK, false: int = 0) -> Verdict:
    kind = None if delay is None else CrisisKind.VOLUME_BURST
    return Verdict("outage", 1, minutes, True, 1.5, delay, kind, (heard(0.0),) * false, ())


def test_a_median_over_misses_is_not_a_median_over_the_rest() -> None:
    result = row("outage", [verdict_of(1.0), verdict_of(2.0), verdict_of(None), verdict_of(None)], 3.0)
    assert result.median_delay == inf and result.missed == 0.5 and result.met is False


def test_a_row_says_delays_misses_and_false_alarms_per_week() -> None:
    verdicts = [verdict_of(float(delay), WEEK / 2, false=delay == 7) for delay in range(1, 11)]
    result = row("outage", verdicts, 6.0)
    assert result.median_delay == 5.5 and result.p90_delay == 9.0 and result.missed == 0
    assert result.false == {"negativity_burst": 1} and result.false_per_week == pytest.approx(0.2)
    assert result.met is True
    assert row("outage", verdicts, 5.0).met is False


def test_a_calm_row_meets_its_goal_by_false_alarms_alone() -> None:
    calm = [Verdict("quiet_week", seed, WEEK, False, None, None, None, (), ()) for seed in range(4)]
    loud = [Verdict("quiet_week", 5, WEEK, False, None, None, None, (heard(0.0),), ())]
    assert row("quiet_week", calm, None).met is True
    assert row("quiet_week", calm[:3] + loud, None).met is False
    assert row("quiet_week", loud, None, is_goal=False).met is None


def test_the_shipped_detectors_catch_storms_of_a_few_seeds_in_time() -> None:
    """Generous: two stories that are not to be missed. What counts is judged on many seeds (docs/detectors)."""
    for name in ("outage", "board_raid"):
        scenario = BY_NAME[name]
        stories = (scenario.story(seed) for seed in range(1, 99))
        # One with little before the onset, so that it is fast.
        story = next(
            each for each in stories if (each.onset or 0) - each.begins < 240 and each.milieu.posts_per_day < 900
        )
        verdict = tried(story, 0.2)
        assert not verdict.missed
        assert verdict.delay is not None and verdict.delay < 15


def test_the_command_prints_a_table_and_refuses_what_it_does_not_know() -> None:
    from feuerwache.escalation.crisis.commands import app  # noqa: PLC0415 - so that the arithmetic runs without Kafka's

    runner = CliRunner()
    unknown = runner.invoke(app, ["judge", "--scenario", "flood"])
    assert unknown.exit_code == 2 and "flood" in unknown.output
    assert runner.invoke(app, ["judge", "--seeds", "9-3"]).exit_code == 2
    seed = next(seed for seed in range(1, 99) if BY_NAME["feud"].story(seed).milieu.posts_per_day < 200)
    arguments = ["judge", "--seeds", str(seed), "--scenario", "feud", "--workers", "1"]
    table = runner.invoke(app, arguments)
    assert table.exit_code == 0 and "feud" in table.output
    assert '"scenario": "feud"' in runner.invoke(app, [*arguments, "--json"]).output
