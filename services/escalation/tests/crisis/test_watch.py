"""Written evenings through the handler: when it says alarm, what it says, and what it keeps quiet about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import Severity
from feuerwache.common.faust.rows import Rows, row_key
from feuerwache.escalation.crisis.baseline import Baseline
from feuerwache.escalation.crisis.handler import SLICE
from feuerwache.escalation.crisis.state import State
from feuerwache.escalation.crisis.watched import Place, Watched
from feuerwache.escalation.crisis.week import Calendar, quarter_of
from support.pulses import (
    BERLIN,
    BRAND,
    COMMUNITY,
    EVENING,
    SHARD,
    SHARDS,
    Shard,
    even_weeks,
    example,
    increment,
    pulse,
)

MINUTE = timedelta(minutes=1)
VOLUME, NEGATIVITY = CrisisKind.VOLUME_BURST, CrisisKind.NEGATIVITY_BURST


@pytest.fixture
def shard() -> Shard:
    """A community that knows its ordinary evenings: 30 posts in 15 minutes, one of them grumbling."""
    shard = Shard()
    shard.learn(even_weeks(EVENING, 30, negative=1))
    return shard


def ordinary(shard: Shard, begin: datetime, minutes: int) -> datetime:
    for minute in range(minutes):
        shard.minute(begin + minute * MINUTE, 2, minute % 15 == 0)
    return begin + minutes * MINUTE


def kinds(shard: Shard) -> list[CrisisKind]:
    return [alarm.data.kind for alarm in shard.alarms]


def test_an_ordinary_evening_is_quiet(shard: Shard) -> None:
    ordinary(shard, EVENING, 180)
    assert shard.alarms == []


def test_a_burst_is_an_alarm_within_minutes(shard: Shard) -> None:
    spark = ordinary(shard, EVENING, 60)
    for minute in range(40):
        shard.minute(spark + minute * MINUTE, 14, 1)
    alarm = shard.alarms[0]
    assert set(kinds(shard)) == {VOLUME}
    assert len(shard.alarms) <= 2, "at first, and once more when the whole window burns"
    assert timedelta(0) <= alarm.data.seen_at - spark <= timedelta(minutes=6)
    assert abs(alarm.data.onset - spark) <= 2 * MINUTE
    assert alarm.data.severity is Severity.HIGH
    minutes = alarm.data.figures.window_minutes
    assert minutes in (5, 15)
    assert alarm.data.figures.usual_posts == pytest.approx(2 * minutes, rel=0.15)
    assert alarm.data.figures.posts is not None and alarm.data.figures.posts >= 4 * minutes
    assert alarm.data.figures.doubling_minutes is not None


def test_a_shitstorm_is_told_from_a_busy_evening(shard: Shard) -> None:
    spark = ordinary(shard, EVENING, 60)
    for minute in range(15):
        shard.minute(
            spark + minute * MINUTE,
            3,
            2,
            reports=1,
            reach=1000,
            authors=[f"{minute * 7 + each:08x}" for each in range(3)],
            new_authors=[f"{minute * 7:08x}"],
            terms={"Rückruf": 2, "Kaffee": 1},
            examples=[example(f"p{minute}", minute / 100)],
        )
    assert set(kinds(shard)) == {NEGATIVITY, CrisisKind.REPORT_FLOOD}
    alarm = next(alarm for alarm in shard.alarms if alarm.data.kind is NEGATIVITY)
    assert alarm.data.severity is Severity.HIGH
    figures = alarm.data.figures
    assert figures.negative is not None and figures.negative >= 8
    assert figures.negative_share is not None and figures.negative_share > 0.2
    assert figures.usual_negative_share == pytest.approx(1 / 30, abs=0.02)
    assert figures.most_said[0] == "Rückruf"
    assert figures.authors and figures.new_authors and figures.authors > figures.new_authors
    assert figures.reach and figures.reports
    assert len(alarm.data.examples) in (4, 5)
    assert alarm.data.examples[0].community == COMMUNITY


def test_it_says_so_again_only_when_it_gets_worse(shard: Shard) -> None:
    spark = ordinary(shard, EVENING, 60)
    for minute in range(120):
        posts = int(min(40, 2 * 2 ** (minute / 10)))
        shard.minute(spark + minute * MINUTE, posts, int(posts * 0.6))
    alarms = [alarm for alarm in shard.alarms if alarm.data.kind is NEGATIVITY]
    counts = [alarm.data.figures.negative or 0 for alarm in alarms]
    assert 2 <= len(alarms) <= 7
    assert alarms[0].data.severity is Severity.HIGH or counts[0] > 60
    assert alarms[-1].data.severity is Severity.CRITICAL, "negativity and volume burn both"
    assert counts == sorted(counts)
    assert len({alarm.id for alarm in shard.alarms}) == len(shard.alarms)
    assert len({alarm.data.onset for alarm in alarms}) == 1


def test_the_first_posts_of_a_community_are_no_crisis() -> None:
    shard = Shard()
    for minute in range(90):
        shard.minute(EVENING + minute * MINUTE, 12, 1)
    assert shard.alarms == []


def test_the_first_morning_is_not_measured_by_the_first_night() -> None:
    shard = Shard()
    begin = EVENING.replace(hour=22)
    for minute in range(16 * 60):
        rate = 1 if minute < 8 * 60 else 1 + (minute - 8 * 60) // 30
        shard.minute(begin + minute * MINUTE, rate)
    assert shard.alarms == []


def learned(shard: Shard) -> dict[int, int]:
    """Quarter → posts, as the row of the baseline has them."""
    baseline = Baseline.from_row(shard.rows[row_key(SHARD, f"baseline/{COMMUNITY}")], Calendar(BERLIN))
    return {quarter.index: quarter.posts for quarter in baseline.quarters()}


def test_a_fire_is_not_learnt(shard: Shard) -> None:
    spark = ordinary(shard, EVENING, 60)
    for minute in range(180):
        shard.minute(spark + minute * MINUTE, 20, 15)
    after = ordinary(shard, spark + 180 * MINUTE, 180)
    assert max(learned(shard).values()) < 100
    shard.alarms.clear()
    for minute in range(15):
        shard.minute(after + minute * MINUTE, 20, 15)
    assert set(kinds(shard)) == {VOLUME, NEGATIVITY}, "the second fire is seen as well as the first"


def test_an_ordinary_evening_is_learnt_zeros_included(shard: Shard) -> None:
    end = ordinary(shard, EVENING, 60)
    shard.minute(end + timedelta(hours=2), 1)
    begin, known = quarter_of(EVENING), learned(shard)
    assert [known[begin + each] for each in range(1, 6)] == [30, 30, 30, 0, 0]


def test_what_is_late_or_historic_pages_nobody(shard: Shard) -> None:
    now = ordinary(shard, EVENING, 60)
    for minute in range(15):
        shard.minute(now + minute * MINUTE, 50, 40, late=True)
        shard.minute(now + minute * MINUTE, 50, 40, historic=True)
    assert shard.alarms == []


def test_a_backlog_at_once_and_out_of_order_is_one_alarm(shard: Shard) -> None:
    spark = ordinary(shard, EVENING, 60)
    backlog = [shard.numbered([increment(spark + minute * MINUTE, 14)]) for minute in (5, 0, 9, 3, 1, 2, 8, 4, 7, 6)]
    shard.give(backlog)
    assert kinds(shard) == [VOLUME]


def evening(shard: Shard) -> list[Event[Any]]:
    pulses = []
    for minute in range(120):
        burning = minute >= 60
        event = shard.numbered([increment(EVENING + minute * MINUTE, 14 if burning else 2, 8 * burning)], minute % 3)
        pulses.append(event)
    return pulses


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(1, 119), max_size=6), st.lists(st.tuples(st.integers(0, 119), st.integers(1, 10)), max_size=3)
)
def test_batches_restarts_and_repeats_change_nothing(cuts: list[int], rewinds: list[tuple[int, int]]) -> None:
    expected = Shard()
    expected.learn(even_weeks(EVENING, 30, negative=1))
    records = [expected.record(event) for event in evening(expected)]
    for record in records:
        expected.give_records([record])
    actual = Shard()
    actual.learn(even_weeks(EVENING, 30, negative=1))
    actual.clock = expected.clock
    actual.restarted()
    bounds = sorted({0, *cuts, len(records)})
    for begin, end in pairwise(bounds):
        back = max((length for place, length in rewinds if begin <= place < end), default=0)
        actual.give_records(records[max(0, begin - back) : end])
        actual.restarted()
    assert [alarm.id for alarm in actual.alarms] == [alarm.id for alarm in expected.alarms]
    assert actual.hot_row() == expected.hot_row()


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("feuerwache_crisis_refused_increments_total", {"reason": reason}) or 0.0


def test_what_cannot_be_counted_takes_nothing_else_along(shard: Shard) -> None:
    reasons = ("unknown_community", "future", "negative_count")
    before = [refused(reason) for reason in reasons]
    elsewhere = increment(EVENING, 1, community="elsewhere")
    shard.give([shard.numbered([elsewhere, increment(EVENING, -1), increment(EVENING, 7)])])
    # Written now, by a clock that is right: the day after tomorrow cannot have come.
    ahead = replace(shard.numbered([increment(EVENING + timedelta(days=2), 1)]), time=EVENING)
    shard.give_records([Shard().record(ahead)])
    assert [refused(reason) for reason in reasons] == [count + 1 for count in before]
    assert shard.dead == []
    state = State.from_row(shard.hot_row())
    assert state.window is not None and sum(state.window.posts) == 7


def test_a_pulse_that_is_none_or_went_astray_is_a_dead_letter(shard: Shard) -> None:
    shard.give([pulse([increment(EVENING, 1)], 5, shard=3)])
    assert "shard 3" in shard.dead[0]


def test_importing_twice_changes_nothing_and_a_row_stays_small(shard: Shard) -> None:
    rows = dict(shard.rows)
    shard.learn(even_weeks(EVENING, 30, negative=1))
    assert shard.rows == rows
    for minute in range(60):
        shard.minute(
            EVENING + minute * MINUTE,
            300,
            120,
            source=minute % 12,
            reach=99_999,
            reports=12,
            authors=[f"{minute * 999 + each * 77:08x}" for each in range(200)],
            terms={f"Kaffeemaschine{each}": 40 - each for each in range(20)},
            examples=[example(f"1234567890_{minute}{each}", each / 7) for each in range(5)],
        )
    assert len(shard.hot_row()) < 2048


def test_several_pulses_of_a_minute_are_judged_by_what_they_come_to(shard: Shard) -> None:
    """As many alarms as one pulse with all of it: a backlog is judged minute by minute, not pulse by pulse."""
    spark = ordinary(shard, EVENING, 60)
    alone = Shard()
    alone.rows = dict(shard.rows)
    minutes = [spark + each * MINUTE for each in range(20)]
    shard.give([shard.numbered([increment(at, 2, 1)], source) for at in minutes for source in range(7)])
    for at in minutes:
        alone.give([alone.numbered([increment(at, 2, 1)], source + 20) for source in range(7)])
    assert set(kinds(shard)) >= {NEGATIVITY}
    assert [(each.id, each.data.severity) for each in shard.alarms] == [
        (each.id, each.data.severity) for each in alone.alarms
    ]


def test_a_fire_that_fills_one_batch_only_is_seen(shard: Shard) -> None:
    """The first minute of a batch burns, the later ones are calm: it is judged before the next one begins."""
    spark = ordinary(shard, EVENING, 60)
    fire = shard.numbered([increment(spark, 150, 120)])
    calm = [shard.numbered([increment(spark + each * MINUTE, 2)]) for each in range(1, 45)]
    shard.give([fire, *calm])
    assert NEGATIVITY in kinds(shard)


def test_what_no_pulse_tells_is_looked_for_in_slices() -> None:
    """Other work comes between them; when what is watched changes meanwhile, the rest is left to the next look."""
    places = {f"place-{each}": Place(Calendar(BERLIN), BRAND) for each in range(SLICE * 2 + 1)}
    now = [Watched(places)]
    shard = Shard(watched=lambda: now[0])
    rows = {each: Rows({}, each) for each in range(SHARDS)}
    assert len(list(shard.handler.tick(EVENING, rows))) >= 3
    looking = shard.handler.tick(EVENING, rows)
    next(looking)
    now[0] = Watched({})
    shard.give([shard.numbered([increment(EVENING, 1)])])
    assert list(looking) == []
