"""Counting in: what an increment of live talk adds to the state of its community.

Increments may come in any order; each goes into its own minute, and what is followed by name (threads, copies,
quarrels, complaints, posts to show) fades with the newest minute so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.crisis import coordinated_posting, feud, thread_on_fire
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.quarters import OpenQuarters
from feuerwache.escalation.crisis.silence import Delivery
from feuerwache.escalation.crisis.state import State
from feuerwache.escalation.crisis.surge import Surge
from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER, minute_of
from feuerwache.escalation.crisis.window import Window


@dataclass(slots=True)
class News:
    """What counting came upon: integrations that are back (name, as it was, minute), and counts of quarters that are
    history already."""

    back: list[tuple[str, Delivery, int]] = field(default_factory=list)
    stragglers: list[Quarter] = field(default_factory=list)


def begun(state: State, minute: int) -> Window:
    """The window, opened at `minute` if it is the first."""
    if state.window is None:
        state.window, state.surge = Window(minute), Surge(minute)
        state.open = OpenQuarters.beginning_with(minute // MINUTES_PER_QUARTER)
    return state.window


def count(state: State, increment: Increment, minute: int, news: News) -> None:
    """Counts live talk of `minute` in."""
    window = begun(state, minute)
    before, quarter = window.newest, minute // MINUTES_PER_QUARTER
    passed = quarter - before // MINUTES_PER_QUARTER
    if passed > 0:
        state.deliveries.fade(passed)
    if window.take(increment, minute):
        _follow(state, increment, minute, before, window.newest)
        news.back += state.deliveries.take(minute, increment.posts, increment.integrations)
    state.heard.add(increment)
    if not state.open.count(quarter, increment.posts, increment.negative, increment.reports):
        news.stragglers.append(straggler(increment))


def straggler(increment: Increment) -> Quarter:
    """What reaches history only."""
    quarter = minute_of(increment.minute) // MINUTES_PER_QUARTER
    return Quarter(quarter, increment.posts, increment.negative, increment.reports)


def tidy(state: State, newest: int) -> None:
    """Forgets what is over."""
    for tracks in (state.threads, state.copies, state.quarrels):
        if tracks.by_name:
            tracks.tidy(newest)
    state.complaints.tidy(newest)


def _follow(state: State, increment: Increment, minute: int, before: int, newest: int) -> None:
    state.surge.take(minute, increment.posts)
    state.words.hear(minute - before, increment.posts, increment.terms)
    state.shown.take(minute, newest, increment.examples)
    if increment.hot_threads:
        thread_on_fire.follow(state.threads, increment.hot_threads, minute, newest)
    if increment.copies:
        coordinated_posting.follow(state.copies, increment.copies, minute, newest)
    if increment.quarrels:
        feud.follow(state.quarrels, increment.quarrels, minute, newest)
    if increment.complaints or increment.answered:
        state.complaints.take(increment.complaints, increment.answered, minute)
