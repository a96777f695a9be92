"""Threads on fire: hostile answers in one thread, by several people, far more than its length explains."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import ThreadGain
from feuerwache.escalation.crisis.thread_on_fire import THREADS_KEPT, follow, thread_on_fire, threads
from support.watched import POSTS, Evening, bar, people

KIND = CrisisKind.THREAD_ON_FIRE


def gain(thread: str, posts: int, hostile: int, authors: int = 6, *, depth: int = 1, first: int = 0) -> ThreadGain:
    return ThreadGain(
        platform="forum", thread=thread, posts=posts, hostile=hostile, authors=people(authors, first), depth=depth
    )


def burning(evening: Evening, minutes: int = 20, authors: int = 6) -> None:
    for minute in range(minutes):
        evening.minute(POSTS + 2, 1, hot_threads=(gain("7", 2, 1, authors, depth=minute + 1),))


def test_a_thread_of_insults_is_an_alarm_about_that_thread() -> None:
    evening = Evening()
    evening.quiet(60, hot_threads=(gain("1", 2, 0),))
    burning(evening, 30)
    alarm = evening.alarms(KIND)[0]
    assert alarm.about == "forum/7"
    figures = alarm.figures
    assert figures.hostile is not None and figures.hostile >= 8
    assert figures.hostile_share is not None and figures.hostile_share > 0.4
    assert figures.depth is not None and figures.depth >= 8
    assert figures.usual_posts is None, "its posts are not held against those of the community"
    evening.quiet(150)
    assert [each.about for each in evening.ended(KIND)] == ["forum/7"]


def test_a_long_and_lively_thread_is_none() -> None:
    evening = Evening()
    evening.quiet(60)
    for minute in range(60):
        evening.minute(14, 0, hot_threads=(gain("7", 10, int(minute % 6 == 0), 8, first=minute),))
    assert evening.alarms(KIND) == []


def test_two_people_who_shout_are_none() -> None:
    evening = Evening()
    evening.quiet(60)
    burning(evening, authors=2)
    assert evening.alarms(KIND) == []


def test_under_a_bar_it_takes_more() -> None:
    evening = Evening(bar(10.0))
    evening.quiet(60)
    burning(evening)
    assert evening.alarms(KIND) == []


def test_the_first_answers_are_none() -> None:
    assert thread_on_fire(7, 7, 7, 0.02, 12.0).quiet
    assert thread_on_fire(40, 7, 7, 0.02, 12.0).quiet
    assert thread_on_fire(40, 30, 3, 0.02, 12.0).quiet
    assert thread_on_fire(40, 30, 4, 0.02, 12.0).alarming


def test_a_million_answers_are_judged_at_once() -> None:
    assert thread_on_fire(1_000_000, 500_000, 60, 0.05, 12.0).alarming


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=60), st.randoms())
def test_the_busiest_are_kept_whatever_the_order_within_a_minute(gains: list[tuple[int, int]], random: object) -> None:
    tracks = threads()
    newest = 0
    for minute, thread in gains:
        newest = max(newest, minute)
        follow(tracks, [gain(str(thread), 1, 0)], minute, newest)
        tracks.tidy(newest)
        assert len(tracks.by_name) <= THREADS_KEPT
    again = threads()
    again.load(tracks.to_row())
    assert again.to_row() == tracks.to_row()
