"""Coordinated posting: the same text by many people, most of them new."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import CopyGain, Example
from feuerwache.escalation.crisis.coordinated_posting import coordinated_posting, follow, texts
from support.watched import POSTS, Evening, bar, people

KIND = CrisisKind.COORDINATED_POSTING


def copies(first: int, count: int, new: bool) -> tuple[CopyGain, ...]:
    authors = people(count, first)
    shown = Example(platform="forum", post_id=f"p{first}", label="reach", weight=0.1)
    return (CopyGain(cluster="c0ffee", posts=count, authors=authors, new_authors=authors * new, example=shown),)


def raided(evening: Evening, new: bool, minutes: int = 15, negative: int = 0) -> None:
    for minute in range(minutes):
        evening.minute(POSTS + 2, negative, copies=copies(minute * 2, 2, new))


def test_many_new_people_with_one_text_are_an_alarm_that_shows_it() -> None:
    evening = Evening()
    evening.quiet(60)
    raided(evening, new=True)
    alarm = evening.alarms(KIND)[0]
    assert alarm.about == "c0ffee"
    assert alarm.examples[0].post_id == "p0"
    assert alarm.figures.copies is not None and alarm.figures.copies >= 8
    assert alarm.figures.copy_authors is not None and alarm.figures.copy_authors >= 6
    assert alarm.figures.new_authors is not None and alarm.figures.new_authors >= 4
    assert (alarm.figures.authors, alarm.figures.regular_authors) == (None, None), "theirs are others"


def test_regulars_who_answer_a_question_alike_are_none() -> None:
    evening = Evening()
    evening.quiet(60)
    raided(evening, new=False, minutes=40)
    assert evening.alarms(KIND) == []


def test_entries_of_an_announced_prize_draw_are_none_unless_the_mood_turns() -> None:
    evening = Evening(bar(3.0, KIND))
    evening.quiet(60)
    raided(evening, new=True, minutes=40)
    assert evening.alarms(KIND) == []
    raided(evening, new=True, minutes=40, negative=5)
    assert evening.alarms(KIND)


def test_a_mood_of_one_in_twenty_turns_no_announced_prize_draw_into_a_raid() -> None:
    """Asked at every pulse for hours, it comes by chance."""
    evening = Evening(bar(1.5, KIND))
    evening.quiet(60)
    for minute in range(60):
        evening.minute(POSTS + 2, 1, copies=copies(minute * 2, 2, True))
    assert evening.kinds() == set()


def test_the_first_copies_are_none() -> None:
    evening = Evening()
    evening.quiet(60)
    raided(evening, new=True, minutes=2)
    assert evening.alarms(KIND) == []
    assert coordinated_posting(5, 5, 0.1, 1.0, 12.0).quiet
    assert coordinated_posting(60, 3, 0.1, 1.0, 12.0).quiet
    assert coordinated_posting(60, 17, 0.1, 1.0, 12.0).quiet, "fewer than three of ten are new"
    assert coordinated_posting(60, 50, 0.1, 1.0, 12.0).alarming


@settings(max_examples=30, deadline=None)
@given(st.permutations(list(range(12))))
def test_the_order_within_a_slice_of_time_changes_nothing(order: list[int]) -> None:
    one, other = texts(), texts()
    for minute in range(12):
        follow(one, copies(minute * 3, 3, new=True), minute, 12)
    for minute in order:
        follow(other, copies(minute * 3, 3, new=True), minute, 12)
    assert one.to_row() == other.to_row()
