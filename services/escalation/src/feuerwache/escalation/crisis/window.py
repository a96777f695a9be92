"""The last hour of one community, minute by minute of event time, and who was in its last quarter.

Increments may come out of order and many at once: each goes into its own minute, and the newest minute so far says
where the window ends. Nothing here looks at a clock. People, reach and what was decided are kept by five minutes and
for twenty, which is enough for a figure in an alert and keeps the row small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

from feuerwache.common.events.decision import Action
from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.crisis.distinct import BITS, bitmap, estimate

MINUTES_KEPT = 60
WINDOW_MINUTES = 15
PANE_MINUTES = 5
PANES_KEPT = 4
#: Bits for those of whom there are fewer: new people, regulars, reporters.
FEW_BITS = 64
#: Growth is measured by comparing the last so many minutes with as many before.
GROWTH_MINUTES = 7
#: Decisions that left a post as it was are no news.
NOTHING_DONE = frozenset({Action.APPROVE.value, Action.WELCOME.value})


@dataclass(slots=True)
class Pane:
    """Five minutes: what needs no finer place in time. People are bitmaps."""

    index: int
    reach: int = 0
    authors: int = 0
    new_authors: int = 0
    regulars: int = 0
    reporters: int = 0
    done: dict[str, int] = field(default_factory=dict)

    def add(self, increment: Increment) -> None:
        self.reach += increment.reach
        self.authors |= bitmap(increment.authors)
        self.new_authors |= bitmap(increment.new_authors, FEW_BITS)
        self.regulars |= bitmap(increment.regular_authors, FEW_BITS)
        self.reporters |= bitmap(increment.reporters, FEW_BITS)
        for action, count in increment.actions.items():
            if action not in NOTHING_DONE:
                self.done[action] = self.done.get(action, 0) + count

    def to_row(self) -> list[Any]:
        people = (f"{bits:x}" for bits in (self.authors, self.new_authors, self.regulars, self.reporters))
        return [self.index, self.reach, *people, self.done]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Pane:
        index, reach, authors, new_authors, regulars, reporters, done = row
        return cls(
            index, reach, int(authors, 16), int(new_authors, 16), int(regulars, 16), int(reporters, 16), dict(done)
        )


def _empty() -> list[int]:
    return [0] * MINUTES_KEPT


@dataclass(slots=True)
class Window:
    """`newest` is the latest minute seen, in minutes since 1970; lists end with it."""

    newest: int
    posts: list[int] = field(default_factory=_empty)
    negative: list[int] = field(default_factory=_empty)
    reports: list[int] = field(default_factory=_empty)
    panes: list[Pane] = field(default_factory=list)

    def take(self, increment: Increment, minute: int) -> bool:
        """Counts an increment of `minute` in; False if that has left already (it is then counted nowhere here)."""
        self._advance(minute)
        place = MINUTES_KEPT - 1 - (self.newest - minute)
        if place < 0:
            return False
        self.posts[place] += increment.posts
        self.negative[place] += increment.negative
        self.reports[place] += increment.reports
        pane = self._pane(minute // PANE_MINUTES)
        if pane is not None:
            pane.add(increment)
        return True

    def posts_within(self, minutes: int, until: int = 0) -> int:
        """Posts of so many minutes, the last of them `until` minutes before the newest."""
        return within(self.posts, minutes, until)

    def negative_within(self, minutes: int) -> int:
        return within(self.negative, minutes)

    def reports_within(self, minutes: int) -> int:
        return within(self.reports, minutes)

    @property
    def reach(self) -> int:
        return sum(pane.reach for pane in self.panes)

    @property
    def done(self) -> dict[str, int]:
        """What was decided on the posts of the last panes, by action."""
        total: Counter[str] = Counter()
        for pane in self.panes:
            total.update(pane.done)
        return dict(sorted(total.items()))

    @property
    def authors(self) -> int:
        """About how many people wrote; never more than there are posts."""
        return min(self._distinct([pane.authors for pane in self.panes], BITS), self.posts_within(PANES_KEPT * 5))

    @property
    def new_authors(self) -> int:
        return min(self._distinct([pane.new_authors for pane in self.panes]), self.authors)

    @property
    def regular_authors(self) -> int:
        return min(self._distinct([pane.regulars for pane in self.panes]), self.authors)

    @property
    def reporters(self) -> int:
        """About how many people reported; 0 where the reports came without names."""
        return self._distinct([pane.reporters for pane in self.panes])

    def doubling_minutes(self, counts: Sequence[int]) -> float | None:
        """In how many minutes `counts` double at present; None when they do not grow."""
        now, before = within(counts, GROWTH_MINUTES), within(counts, GROWTH_MINUTES, GROWTH_MINUTES)
        if before == 0 or now < before * 1.15:
            return None
        return round(GROWTH_MINUTES * log(2) / log(now / before), 1)

    def _advance(self, minute: int) -> None:
        steps = minute - self.newest
        if steps <= 0:
            return
        gone = min(steps, MINUTES_KEPT)
        new = [0] * gone
        self.posts = self.posts[gone:] + new
        self.negative = self.negative[gone:] + new
        self.reports = self.reports[gone:] + new
        self.newest = minute
        first_pane = minute // PANE_MINUTES - PANES_KEPT + 1
        if self.panes and self.panes[0].index < first_pane:
            self.panes = [pane for pane in self.panes if pane.index >= first_pane]

    def _pane(self, index: int) -> Pane | None:
        """The pane, made if need be; None when it has left already."""
        for pane in reversed(self.panes):
            if pane.index == index:
                return pane
        if index <= self.newest // PANE_MINUTES - PANES_KEPT:
            return None
        made = Pane(index)
        self.panes = sorted([*self.panes, made], key=lambda each: each.index)
        return made

    @staticmethod
    def _distinct(bitmaps: Sequence[int], size: int = FEW_BITS) -> int:
        bits = 0
        for each in bitmaps:
            bits |= each
        return estimate(bits, size)

    def to_row(self) -> list[Any]:
        return [self.newest, self.posts, self.negative, self.reports, [pane.to_row() for pane in self.panes]]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Window:
        newest, posts, negative, reports, panes = row
        return cls(newest, posts, negative, reports, [Pane.from_row(each) for each in panes])


def within(minutes: Sequence[int], count: int, until: int = 0) -> int:
    end = len(minutes) - until
    return sum(minutes[max(0, end - count) : end])


def onset(minutes: Sequence[int], usual_per_minute: float) -> int:
    """How many minutes before the newest the excess began: where the sum of counts above 1.5 times the usual is
    largest from there on (the change point of Page's cumulative sum, Biometrika 41, 1954)."""
    best = total = 0.0
    began = 0
    for back, count in enumerate(reversed(minutes)):
        total += count - 1.5 * usual_per_minute
        if total > best:
            best, began = total, back
    return began
