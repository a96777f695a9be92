"""Topic surges: a word from nowhere, and not for joy."""

from __future__ import annotations

from datetime import timedelta

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.decision import Severity
from feuerwache.escalation.crisis.topic_surge import LEAST_COUNT, topic_surge
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
