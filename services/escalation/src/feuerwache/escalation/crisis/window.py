"""The last half hour of one community, minute by minute of event time, and who and what was in it.

Increments may come out of order and many at once: each goes into its own minute, and the newest minute so far says
where the window ends. Nothing here looks at a clock. People, reach and reports are kept by five minutes, which is
enough for a figure in an alert and keeps the row small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import log
from operator import or_
from typing import Any

from feuerwache.common.events.pulse import Example, Increment
from feuerwache.escalation.crisis.distinct import bitmap, estimate
from feuerwache.escalation.crisis.week import minute_of

MINUTES_KEPT = 30
WINDOW_MINUTES = 15
PANE_MINUTES = 5
PANES_KEPT = 4
EXAMPLES_KEPT = 5
#: Growth is measured by comparing the last so many minutes with as many before.
GROWTH_MINUTES = 7


@dataclass(slots=True)
class Pane:
    """Five minutes: what needs no finer place in time."""

    index: int
    reach: int = 0
    reports: int = 0
    authors: int = 0
    new_authors: int = 0

    def add(self, increment: Increment) -> None:
        self.reach += increment.reach
        self.reports += increment.reports
        self.authors |= bitmap(increment.authors)
        self.new_authors |= bitmap(increment.new_authors)


@dataclass(slots=True)
class Window:
    """`newest` is the latest minute seen, in minutes since 1970; lists end with it."""

    newest: int
    posts: list[int] = field(default_factory=lambda: [0] * MINUTES_KEPT)
    negative: list[int] = field(default_factory=lambda: [0] * MINUTES_KEPT)
    panes: list[Pane] = field(default_factory=list)
    examples: list[tuple[int, Example]] = field(default_factory=list)

    def take(self, increment: Increment) -> bool:
        """Counts an increment in; False if its minute has left already (it is then counted nowhere here)."""
        minute = minute_of(increment.minute)
        self._advance(minute)
        place = MINUTES_KEPT - 1 - (self.newest - minute)
        if place < 0:
            return False
        self.posts[place] += increment.posts
        self.negative[place] += increment.negative
        self._pane(minute // PANE_MINUTES).add(increment)
        self._show(minute, increment.examples)
        return True

    def posts_within(self, minutes: int, until: int = 0) -> int:
        """Posts of so many minutes, the last of them `until` minutes before the newest."""
        return within(self.posts, minutes, until)

    def negative_within(self, minutes: int) -> int:
        return within(self.negative, minutes)

    @property
    def reach(self) -> int:
        return sum(pane.reach for pane in self.panes)

    @property
    def reports(self) -> int:
        return sum(pane.reports for pane in self.panes)

    @property
    def authors(self) -> int:
        """About how many people wrote; never more than there are posts."""
        return min(self._distinct("authors"), self.posts_within(WINDOW_MINUTES))

    @property
    def new_authors(self) -> int:
        return min(self._distinct("new_authors"), self.authors)

    @property
    def shown(self) -> tuple[Example, ...]:
        """The examples of the window, the strongest first."""
        return tuple(example for _, example in self.examples)

    @property
    def doubling_minutes(self) -> float | None:
        """In how many minutes the posts double at present; None when they do not grow."""
        now, before = self.posts_within(GROWTH_MINUTES), self.posts_within(GROWTH_MINUTES, GROWTH_MINUTES)
        if before == 0 or now < before * 1.15:
            return None
        return round(GROWTH_MINUTES * log(2) / log(now / before), 1)

    def _advance(self, minute: int) -> None:
        steps = minute - self.newest
        if steps <= 0:
            return
        kept = max(0, MINUTES_KEPT - steps)
        gone = MINUTES_KEPT - kept
        self.posts = [*self.posts[gone:], *[0] * gone]
        self.negative = [*self.negative[gone:], *[0] * gone]
        self.newest = minute
        first_pane = minute // PANE_MINUTES - PANES_KEPT + 1
        self.panes = [pane for pane in self.panes if pane.index >= first_pane]
        self.examples = [each for each in self.examples if each[0] > minute - WINDOW_MINUTES]

    def _pane(self, index: int) -> Pane:
        for pane in self.panes:
            if pane.index == index:
                return pane
        pane = Pane(index)
        if index > self.newest // PANE_MINUTES - PANES_KEPT:
            self.panes = sorted([*self.panes, pane], key=lambda each: each.index)
        return pane

    def _show(self, minute: int, examples: Sequence[Example]) -> None:
        if not examples or minute <= self.newest - WINDOW_MINUTES:
            return
        known = {(each.platform, each.post_id): (at, each) for at, each in self.examples}
        known |= {(each.platform, each.post_id): (minute, each) for each in examples}
        strongest = sorted(known.values(), key=lambda each: (-each[1].weight, each[1].platform, each[1].post_id))
        self.examples = strongest[:EXAMPLES_KEPT]

    def _distinct(self, who: str) -> int:
        return estimate(reduce(or_, (getattr(pane, who) for pane in self.panes), 0))

    def to_row(self) -> dict[str, Any]:
        return {
            "t": self.newest,
            "p": self.posts,
            "n": self.negative,
            "a": [
                [pane.index, pane.reach, pane.reports, f"{pane.authors:x}", f"{pane.new_authors:x}"]
                for pane in self.panes
            ],
            "x": [[at, each.platform, each.post_id, each.label, each.weight] for at, each in self.examples],
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Window:
        return cls(
            row["t"],
            row["p"],
            row["n"],
            [Pane(index, reach, reports, int(one, 16), int(two, 16)) for index, reach, reports, one, two in row["a"]],
            [(at, Example(platform=a, post_id=b, label=c, weight=d)) for at, a, b, c, d in row["x"]],
        )


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
