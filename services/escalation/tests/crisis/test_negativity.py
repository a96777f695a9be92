"""Negativity: the share is strange, and there are more posts; a crowd alone is no fire."""

from __future__ import annotations

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.escalation.crisis.baseline import Usual
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.negativity import CROWD, LEAST_AUTHORS, PARTS, needed, negativity
from feuerwache.escalation.crisis.registry import KINDS, sensitivity_of
from support.watched import POSTS, Evening, bar, people

KIND = CrisisKind.NEGATIVITY_BURST
USUAL = Usual(60.0, dispersion=0.1, share=0.1, correlation=0.01)
SENSITIVITY = Sensitivity(0.02)


def shouting(evening: Evening, minutes: int, authors: int) -> None:
    for minute in range(minutes):
        evening.minute(POSTS + 1, 2, authors=people(authors, 0 if authors < LEAST_AUTHORS else minute * authors))


def test_a_happy_crowd_of_any_size_is_none() -> None:
    for posts in (200, 600, 6000):
        assert not negativity(posts, round(posts * 0.1), USUAL, SENSITIVITY).alarming
        assert not negativity(posts, round(posts * 0.16), USUAL, SENSITIVITY).alarming, "nor one that grumbles a little"


def test_grumblers_at_night_are_none() -> None:
    night = Usual(0.5, dispersion=0.1, share=0.1, correlation=0.01)
    assert not negativity(3, 3, night, SENSITIVITY).alarming
    assert not negativity(7, 7, night, SENSITIVITY).alarming
    assert negativity(9, 9, night, SENSITIVITY).alarming, "nine within a quarter of an hour are no grumblers"


def test_share_and_crowd_together_are_surprising_where_each_alone_is_not() -> None:
    assert not negativity(60, 21, USUAL, SENSITIVITY).alarming
    assert not negativity(110, 20, USUAL, SENSITIVITY).alarming
    assert negativity(110, 35, USUAL, SENSITIVITY).alarming
    alone = negativity(110, 35, USUAL, SENSITIVITY).surprise - CROWD
    assert alone < needed(SENSITIVITY), "the share would not have been enough"


def test_a_lull_in_which_few_grumble_is_none() -> None:
    assert not negativity(8, 8, USUAL, SENSITIVITY).alarming, "as many negatives as ever, and hardly anybody else"


def test_while_nothing_is_known_it_takes_twice_as_many() -> None:
    unknown = Usual(None, dispersion=0.1, share=0.1, correlation=0.03)
    assert not negativity(15, 15, unknown, SENSITIVITY).alarming
    assert negativity(16, 16, unknown, SENSITIVITY).alarming


def test_two_who_shout_at_each_other_are_none() -> None:
    """They are a feud; a fire takes more people, where it is known who they are."""
    evening = Evening()
    evening.quiet(60)
    shouting(evening, 20, authors=2)
    assert evening.alarms(KIND) == []
    shouting(evening, 20, authors=LEAST_AUTHORS)
    assert evening.alarms(KIND)


def test_what_grows_within_minutes_is_told_by_the_shortest_window() -> None:
    evening = Evening()
    evening.quiet(60)
    evening.minute(POSTS + 6, 5, authors=people(6))
    evening.minute(POSTS + 7, 7, authors=people(7, 100))
    assert [each.figures.window_minutes for each in evening.alarms(KIND)] in ([2.0], [5.0])


def test_under_a_bar_the_crowd_is_no_surprise() -> None:
    evening = Evening(bar(10.0, KIND))
    evening.quiet(60)
    for minute in range(15):
        evening.minute(POSTS * 8, 2 if minute % 2 else 1, authors=people(8, minute * 8))
    assert evening.alarms(KIND) == []


def test_the_parts_of_all_detectors_are_what_a_week_may_cost() -> None:
    part = sensitivity_of(0.2).false_alarms_per_week
    assert abs(part * (len(KINDS) - 1) + part * PARTS - 0.2) < 1e-9
