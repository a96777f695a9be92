"""What several detectors see in one pulse, and what of it is said."""

from __future__ import annotations

from datetime import timedelta

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from support.pulses import EVENING, Shard, even_weeks

MINUTE = timedelta(minutes=1)


def test_a_word_that_comes_with_the_burst_is_told_by_the_bursts_alarm() -> None:
    """Also where both are sure in the same pulse."""
    shard = Shard()
    shard.learn(even_weeks(EVENING, 30, negative=1))
    for minute in range(600):
        shard.minute(EVENING + minute * MINUTE, 2, terms={"kaffee": 1})
    for minute in range(600, 605):
        shard.minute(EVENING + minute * MINUTE, 40, 30, terms={"rückruf": 25})
    kinds = {alarm.data.kind for alarm in shard.alarms}
    assert CrisisKind.NEGATIVITY_BURST in kinds
    assert CrisisKind.TOPIC_SURGE not in kinds
    assert any("rückruf" in alarm.data.figures.most_said for alarm in shard.alarms)


def test_an_alarm_never_counts_more_people_than_reports() -> None:
    shard = Shard()
    shard.learn(even_weeks(EVENING, 30, negative=1))
    for minute in range(20):
        people = [f"{(minute * 8 + each) * 2654435761 % 2**32:08x}" for each in range(8)]
        shard.minute(EVENING + minute * MINUTE, 2, reports=8 if minute < 19 else 4, reporters=people)
    told = [alarm.data.figures for alarm in shard.alarms if alarm.data.kind is CrisisKind.REPORT_FLOOD]
    assert told
    assert all((figures.reporters or 0) <= (figures.reports or 0) for figures in told)


def gravest(negative: int) -> dict[CrisisKind, Severity]:
    """Twenty minutes with twenty times the usual posts, so many of each thirty negative."""
    shard = Shard()
    shard.learn(even_weeks(EVENING, 22, negative=1))
    for minute in range(20):
        shard.minute(EVENING + minute * MINUTE, 30, negative)
    return {alarm.data.kind: alarm.data.severity for alarm in shard.alarms}


def test_a_crowd_without_anger_is_never_critical() -> None:
    assert gravest(negative=1) == {CrisisKind.VOLUME_BURST: Severity.HIGH}


def test_a_crowd_with_anger_is_a_shitstorm() -> None:
    assert gravest(negative=20) == {
        CrisisKind.VOLUME_BURST: Severity.CRITICAL,
        CrisisKind.NEGATIVITY_BURST: Severity.CRITICAL,
    }


def test_a_handful_of_angry_posts_is_no_shitstorm() -> None:
    """Where hardly anything is written, ten posts are a flood and an outrage, and still ten posts."""
    shard = Shard()
    shard.learn(even_weeks(EVENING, 1))
    for minute in range(4):
        shard.minute(EVENING + minute * MINUTE, 4, 4)
    assert shard.alarms
    assert {alarm.data.severity for alarm in shard.alarms} == {Severity.HIGH}
