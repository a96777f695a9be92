"""What is known about a community beyond its hot row: what is usual there, its calendar, its bars.

It is asked for when it is needed, for most pulses need none of it. What is usual holds for a minute, while a busy
community is asked several times a second, so `Usually` remembers it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from feuerwache.escalation.crisis.bars import Bars
from feuerwache.escalation.crisis.baseline import Baseline, Usual
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.habit import Habit
from feuerwache.escalation.crisis.week import Calendar, start_of_minute
from feuerwache.escalation.crisis.window import WINDOW_MINUTES
from feuerwache.escalation.crisis.words import Words


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Of one community; the three callables read rows when they are first asked."""

    baseline: Callable[[], Baseline]
    habit: Callable[[], Habit]
    usual_words: Callable[[], Words]
    calendar: Calendar
    bars: Bars
    sensitivity: Sensitivity


class Usually:
    """What is usual in the windows that end with one minute."""

    def __init__(self) -> None:
        self._found: dict[int, Usual] = {}
        self._found_for: tuple[int, float | None] | None = None

    def forget(self) -> None:
        """What is usual has changed."""
        self._found_for = None

    def until(self, newest: int, recent: float | None, baseline: Callable[[], Baseline]) -> Callable[[int], Usual]:
        """The usual of so many minutes that end with `newest`. `recent`: as `Baseline.usual` takes it."""
        if self._found_for != (newest, recent):
            self._found, self._found_for = {}, (newest, recent)
        found = self._found

        def usual(minutes: int) -> Usual:
            known = found.get(minutes)
            if known is None:
                middle = start_of_minute(newest + 1) - timedelta(minutes=minutes / 2)
                known = found[minutes] = _scaled(baseline().usual(middle, recent), minutes)
            return known

        return usual


def _scaled(usual: Usual, minutes: int) -> Usual:
    """From a quarter of an hour to as many minutes."""
    if usual.posts is None or minutes == WINDOW_MINUTES:
        return usual
    part = minutes / WINDOW_MINUTES
    unfloored = None if usual.unfloored is None else usual.unfloored * part
    return replace(usual, posts=usual.posts * part, unfloored=unfloored)
