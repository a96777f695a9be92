"""Topic surges: a word from nowhere, and not for joy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.topic_surge import LEAST_COUNT, topic_surge
from feuerwache.escalation.crisis.week import quarter_of
from support.pulses import EVENING, even_weeks
from support.watched import POSTS, Evening, bar, people

KIND = CrisisKind.TOPIC_SURGE
USUAL = {"kaffee": 2, "danke": 1}


def known() -> Evening:
    """An evening after a day whose words are known."""
    evening = Evening()
    evening.now -= timedelta(hours=6)
    evening.quiet(6 * 60, terms=USUAL, authors=people(4))
    return evening


def test_a_word_from_nowhere_is_told_and_is_low_while_nobody_is_angry() -> None:
    evening = known()
    for minute in range(40):
        evening.minute(POSTS + 1, 0, terms={"rückruf": 2, **USUAL}, authors=people(5, minute * 5))
    alarm = evening.alarms(KIND)[0]
    assert {(each.about, each.severity) for each in evening.alarms(KIND)} == {("rückruf", Severity.LOW)}
    assert len(evening.alarms(KIND)) <= 2
    assert alarm.figures.term_posts is not None and alarm.figures.term_posts >= LEAST_COUNT
    assert alarm.figures.usual_term_posts is not None and alarm.figures.usual_term_posts < 1
    assert "rückruf" in alarm.figures.most_said


def test_it_is_high_when_they_are() -> None:
    evening = known()
    for minute in range(15):
        evening.minute(POSTS, int(minute % 2 == 0), terms=USUAL, authors=people(5, minute * 5))
    for minute in range(40):
        evening.minute(POSTS, int(minute % 2 == 0), terms={"rückruf": 2, **USUAL}, authors=people(5, minute * 5))
    told = evening.alarms(KIND) or evening.alarms(CrisisKind.NEGATIVITY_BURST)
    assert told and told[-1].severity is not Severity.LOW


def test_a_low_surge_that_burns_for_hours_does_not_rise_by_a_mood_of_one_in_twenty() -> None:
    """Asked at every pulse, such a mood comes by chance sooner or later."""
    evening = known()
    for minute in range(120):
        evening.minute(
            POSTS, int(minute >= 60 and minute % 2 == 0), terms={"rückruf": 2, **USUAL}, authors=people(5, minute)
        )
    assert {each.severity for each in evening.alarms(KIND)} == {Severity.LOW}
    for minute in range(15):
        evening.minute(POSTS, POSTS - 1, terms={"rückruf": 2, **USUAL}, authors=people(5, minute))
    assert evening.alarms(KIND)[-1].severity is Severity.HIGH, "and yet it does by one that is an alarm by itself"


def test_the_word_of_a_happy_crowd_is_none() -> None:
    evening = known()
    for minute in range(40):
        evening.minute(POSTS * 8, 0, terms={"tor": 20}, authors=people(20, minute * 20))
    assert evening.alarms(KIND) == []


def test_a_usual_word_is_none_however_often() -> None:
    evening = known()
    evening.quiet(60, terms={"kaffee": 4, "danke": 3}, authors=people(4))
    assert evening.alarms(KIND) == []


def test_one_person_who_repeats_a_word_is_none() -> None:
    evening = known()
    evening.quiet(25, terms={"rückruf": 0}, authors=people(2))
    evening.quiet(40, terms={"rückruf": 2}, authors=people(2))
    assert evening.alarms(KIND) == []


def test_a_community_whose_words_are_not_known_has_none() -> None:
    evening = Evening()
    for minute in range(30):
        evening.minute(POSTS, 0, terms={"rückruf": 3}, authors=people(5, minute * 5))
    assert evening.alarms(KIND) == []


def on_a_date() -> Evening:
    """As `known`, where this hour of Saturdays has twice as much every week."""
    evening = Evening(knows=False)
    evening.watch.learn(
        Quarter(each.index, each.posts * (1 + ((each.index - quarter_of(EVENING)) % 672 < 8)), each.negative)
        for each in even_weeks(EVENING, POSTS * 15, negative=3)
    )
    evening.now -= timedelta(hours=6)
    evening.quiet(6 * 60, terms=USUAL, authors=people(4))
    return evening


def test_the_words_of_a_weekly_show_are_none_though_fewer_write_than_every_week() -> None:
    evening = on_a_date()
    for minute in range(40):
        evening.minute(POSTS + 2, 0, terms={"kommissar": 2, **USUAL}, authors=people(5, minute * 5))
    assert evening.alarms(KIND) == []


@pytest.mark.parametrize("expected", [on_a_date, lambda: announced(1.5)])
def test_where_a_word_is_expected_a_mood_of_one_in_twenty_is_no_evidence(expected: Callable[[], Evening]) -> None:
    """Asked at every pulse of an evening, it comes by chance; the word tells nothing besides."""
    evening = expected()
    for minute in range(60):
        evening.minute(POSTS, int(minute % 2 == 0), terms={"kommissar": 3, **USUAL}, authors=people(5, minute * 5))
    assert evening.kinds() == set()
    for minute in range(15):
        evening.minute(POSTS * 2, POSTS * 2, terms={"kommissar": 6, **USUAL}, authors=people(5, minute * 5))
    assert evening.kinds() & {KIND, CrisisKind.NEGATIVITY_BURST}, "a mood that is an alarm by itself is"


def announced(factor: float) -> Evening:
    evening = known()
    evening.watch.bars = bar(factor, KIND)
    return evening


def test_several_words_of_one_story_are_told_once() -> None:
    evening = known()
    for minute in range(40):
        evening.minute(POSTS + 1, 0, terms={"rückruf": 3, "charge": 2, **USUAL}, authors=people(5, minute * 5))
    assert {each.about for each in evening.alarms(KIND)} == {"rückruf"}
    assert {"rückruf", "charge"} <= set(evening.alarms(KIND)[-1].figures.most_said)


def test_another_word_that_is_graver_is_told_beside_it() -> None:
    evening = known()
    for minute in range(20):
        evening.minute(POSTS, 0, terms={"neuheit": 2, **USUAL}, authors=people(5, minute * 5))
    assert {(each.about, each.severity) for each in evening.alarms(KIND)} == {("neuheit", Severity.LOW)}
    evening.quiet(20, terms=USUAL, authors=people(4))
    evening.watch.bars = bar(10.0, CrisisKind.NEGATIVITY_BURST)  # which would tell of it otherwise
    for minute in range(15):
        evening.minute(POSTS, POSTS // 2, terms={"rückruf": POSTS}, authors=people(5, minute * 5))
    assert ("rückruf", Severity.HIGH) in {(each.about, each.severity) for each in evening.alarms(KIND)}


def test_under_a_bar_it_takes_more() -> None:
    evening = known()
    evening.watch.bars = bar(10.0, KIND)
    for minute in range(40):
        evening.minute(POSTS, 0, terms={"rückruf": 2, **USUAL}, authors=people(5, minute * 5))
    assert evening.alarms(KIND) == []


def test_the_bounds() -> None:
    assert topic_surge(20, 60, 0.2, 10, 12.0).alarming
    assert topic_surge(20, 60, 4.5, 10, 12.0).quiet, "less than five times the usual"
    assert topic_surge(20, 1000, 0.2, 10, 12.0).quiet, "in one post of fifty"
    assert topic_surge(20, 60, 0.2, 3, 12.0).quiet, "by three people"
