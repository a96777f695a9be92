"""Sudden silence: asked of the clock, told once, ended by the next event, and never taken from our own deafness."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.silence import (
    INTEGRATIONS_KEPT,
    LEAST_GAP,
    RETIRED_MINUTES,
    Deliveries,
    Delivery,
    silence,
)
from feuerwache.escalation.crisis.week import start_of_quarter
from support.pulses import COMMUNITIES, EVENING, Shard, even_weeks
from support.watched import Evening

KIND = CrisisKind.SILENCE
MINUTE = timedelta(minutes=1)
FORUM, BOARD = "forum", "board"


def delivering(shard: Shard, hours: float, **events: int) -> None:
    """So many hours until the evening in which these integrations deliver every five minutes."""
    for minute in range(0, int(hours * 60), 5):
        at = EVENING - timedelta(hours=hours) + minute * MINUTE
        shard.minute(at, sum(events.values()), 0, integrations=dict(events))


@pytest.fixture
def shard() -> Shard:
    shard = Shard()
    shard.learn(even_weeks(EVENING - timedelta(hours=26), 15))
    delivering(shard, 26, forum=3, board=2)
    return shard


def only_board(shard: Shard, minutes: int) -> None:
    """The other one goes on."""
    for minute in range(0, minutes, 5):
        shard.minute(EVENING + minute * MINUTE, 2, 0, integrations={BOARD: 2})
        shard.tick()


def silences(shard: Shard) -> list[str]:
    return [alarm.data.about for alarm in shard.alarms if alarm.data.kind is KIND]


def test_an_integration_that_stops_is_told_once_and_its_return_ends_it(shard: Shard) -> None:
    only_board(shard, 180)
    assert silences(shard) == [FORUM]
    (alarm,) = shard.alarms
    assert alarm.data.onset == EVENING - 4 * MINUTE, "the minute after the last event"
    assert alarm.data.figures.silent_minutes is not None
    assert LEAST_GAP <= alarm.data.figures.silent_minutes <= 180
    shard.minute(EVENING + 180 * MINUTE, 3, 0, integrations={FORUM: 3})
    (end,) = shard.ended
    assert (end.data.kind, end.data.about, end.data.onset) == (KIND, FORUM, alarm.data.onset)


def test_a_new_process_says_the_same_alarm(shard: Shard) -> None:
    only_board(shard, 180)
    shard.restarted()
    shard.tick()
    assert silences(shard) == [FORUM, FORUM]
    assert shard.alarms[0].id == shard.alarms[1].id


def test_when_everything_is_silent_it_is_our_own_pipeline(shard: Shard) -> None:
    shard.tick(timedelta(hours=3))
    assert shard.alarms == []
    assert REGISTRY.get_sample_value("feuerwache_crisis_all_silent") == 1
    shard.minute(EVENING + 180 * MINUTE, 2, 0, integrations={BOARD: 2})
    shard.tick()
    assert silences(shard) == [FORUM], "the board is back, the forum is not"
    assert REGISTRY.get_sample_value("feuerwache_crisis_all_silent") == 0


def test_the_only_integration_there_is_may_be_missed() -> None:
    shard = Shard()
    shard.learn(even_weeks(EVENING - timedelta(hours=26), 15))
    delivering(shard, 26, forum=5)
    shard.tick(timedelta(hours=3))
    assert silences(shard) == [FORUM]


def test_nothing_is_missed_on_its_first_day() -> None:
    shard = Shard()
    shard.learn(even_weeks(EVENING - timedelta(hours=10), 15))
    delivering(shard, 10, forum=5, board=2)
    only_board(shard, 120)
    assert silences(shard) == []


def test_a_pause_is_no_silence_and_a_known_gap_makes_it_longer(shard: Shard) -> None:
    only_board(shard, 20)
    assert silences(shard) == []


def test_a_silent_evening_is_not_learnt_as_usual(shard: Shard) -> None:
    shard.minute(EVENING + timedelta(hours=4), 5, 0, integrations={FORUM: 3, BOARD: 2})
    before = shard.hot_row()
    assert before
    for minute in range(0, 300, 5):
        at = EVENING + timedelta(hours=4) + minute * MINUTE
        shard.minute(at, 5, 0, integrations={FORUM: 3, BOARD: 2})
    shard.alarms.clear()
    shard.ended.clear()
    shard.tick(timedelta(hours=2))
    shard.minute(EVENING + timedelta(hours=11), 2, 0, integrations={BOARD: 2})
    shard.tick()
    assert silences(shard) == [FORUM], "the second silence is seen as well as the first"


def test_a_weekend_on_which_nobody_ever_writes_is_no_silence() -> None:
    """The half post a quarter that is taken for usual at night is none that is missed when it does not come."""
    weeks = [each.index for each in even_weeks(EVENING - timedelta(days=3), 1)]
    evening, saturday = Evening(knows=False), EVENING.replace(hour=0)
    evening.watch.learn(Quarter(each, 4 * (start_of_quarter(each).weekday() < 5), 0) for each in weeks)
    evening.now = saturday - timedelta(days=2)
    while evening.now < saturday:
        evening.minute(1, 0, integrations={FORUM: 1})
        evening.now += 3 * MINUTE
    assert [alarm for hour in range(48) for alarm in evening.watch.tick(saturday + timedelta(hours=hour))] == []


def test_a_community_of_another_shard_is_not_asked(shard: Shard) -> None:
    assert len(COMMUNITIES) > 1
    only_board(shard, 180)
    assert {alarm.data.community for alarm in shard.alarms} == {COMMUNITIES[0]}


def usually(rate: float, dispersion: float = 0.1) -> tuple[float, float]:
    return rate, dispersion


def test_the_bounds() -> None:
    steady = Delivery(first=0, last=1000, events=500.0, gap=0.0)

    def after(minutes: int, rate: float, delivery: Delivery = steady, bar: float = 1.0) -> bool:
        until = delivery.last + 1 + minutes
        return silence(FORUM, delivery, 1.0, until, lambda _: usually(rate), threshold=11.0, bar=bar) is not None

    assert not after(LEAST_GAP - 1, 100.0), "however many would have come"
    assert after(LEAST_GAP, 100.0)
    assert not after(60, 0.1), "six were to be expected"
    assert not after(60, 100.0, Delivery(0, 1000, 500.0, gap=31.0)), "it has been silent for half of that before"
    assert not after(LEAST_GAP, 100.0, bar=2.0)
    assert silence(FORUM, steady, 1.0, 5000, lambda _: None, threshold=11.0, bar=1.0) is None, "nobody knows the usual"


def test_an_integration_that_is_not_used_any_more_gives_way() -> None:
    deliveries = Deliveries()
    for number in range(INTEGRATIONS_KEPT):
        deliveries.take(number, 1, {f"old-{number}": 1})
    deliveries.take(RETIRED_MINUTES - 1, 1, {"new": 1})
    assert "new" not in deliveries.by_name
    deliveries.take(RETIRED_MINUTES + 1, 1, {"new": 1})
    assert "new" in deliveries.by_name and "old-0" not in deliveries.by_name
    assert len(deliveries.by_name) == INTEGRATIONS_KEPT
