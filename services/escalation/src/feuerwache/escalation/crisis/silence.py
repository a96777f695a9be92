"""Sudden silence: an integration that delivered steadily has stopped.

Everything here is gaps of event time. How many events an integration would usually have delivered in a gap follows
from the community's usual posts at those hours and from how many events this integration delivers per post; that none
came is as probable as a zero of the negative binomial: surprise = ln(1 + dispersion * expected) / dispersion. A gap
must also be twice as long as the longest usual one. Nothing is said in an integration's first day.

Silence is the one thing that no pulse can tell, so it is asked for by the clock (`CrisisHandler.tick`). A tick may not
write: what it says follows from the last event alone, so said again after a restart it has the same id, and the end is
found by the same question when the next event comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

from feuerwache.escalation.crisis.week import MINUTES_PER_QUARTER

#: Integrations of a community that are followed.
INTEGRATIONS_KEPT = 6
#: What has been silent for so long is not in use any more, and gives way.
RETIRED_MINUTES = 7 * 24 * 60
#: Each quarter of an hour weighs this much less than the one after it: a day and a half halves it.
FADING = 0.995
KNOWN_MINUTES = 20 * 60
LEAST_EVENTS = 30.0
LEAST_GAP, LEAST_EXPECTED = 15, 10.0
#: Times the longest usual gap.
LONGER = 2.0
#: The longest usual gap shrinks by this with every quarter of an hour: a week halves it.
FORGETTING = 0.999
LEAST_DISPERSION = 0.1
#: Longer gaps are judged by their first part.
MOST_QUARTERS = 48

#: minute → (usual posts per minute, dispersion); None while nobody knows.
Usually = Callable[[int], tuple[float, float] | None]


@dataclass(slots=True)
class Delivery:
    """One integration. Minutes since 1970; `events` faded; `gap` is the longest usual gap, in minutes."""

    first: int
    last: int
    events: float
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Silence:
    """`since` is the first minute without an event; `gap` the longest usual one."""

    integration: str
    since: int
    minutes: int
    gap: float
    surprise: float


@dataclass(slots=True)
class Deliveries:
    """The integrations of one community. `posts` is faded like their events."""

    posts: float = 0.0
    by_name: dict[str, Delivery] = field(default_factory=dict)

    def take(self, minute: int, posts: int, events: Mapping[str, int]) -> list[tuple[str, Delivery, int]]:
        """Counts in; returns (name, as it was, minute) of those that came back after a gap worth asking about."""
        back = []
        self.posts += posts
        for name, count in events.items():
            known = self.by_name.get(name)
            if known is None:
                self._begin(name, minute, count)
                continue
            if minute - known.last > LEAST_GAP:
                back.append((name, Delivery(known.first, known.last, known.events, known.gap), minute))
            known.events += count
            known.last = max(known.last, minute)
        return back

    def _begin(self, name: str, minute: int, count: int) -> None:
        """Follows one more; where there is no room, in place of the one that has been gone for longest."""
        if len(self.by_name) >= INTEGRATIONS_KEPT:
            gone = min(self.by_name, key=lambda each: (self.by_name[each].last, each))
            if minute - self.by_name[gone].last < RETIRED_MINUTES:
                return
            del self.by_name[gone]
        self.by_name[name] = Delivery(minute, minute, float(count))

    def fade(self, quarters: int) -> None:
        """So many quarters of an hour have passed."""
        factor = FADING**quarters
        self.posts = round(self.posts * factor, 2)
        for each in self.by_name.values():
            each.events, each.gap = round(each.events * factor, 2), round(each.gap * FORGETTING**quarters, 1)

    def usual_gap(self, name: str, minutes: int) -> None:
        """A gap that was nothing special."""
        self.by_name[name].gap = max(self.by_name[name].gap, float(minutes))

    def steady(self, name: str, now: int) -> bool:
        """Whether it is known well enough to be missed."""
        each = self.by_name[name]
        return now - each.first >= KNOWN_MINUTES and each.events >= LEAST_EVENTS

    def to_row(self) -> list[Any]:
        return [self.posts, {name: [d.first, d.last, d.events, d.gap] for name, d in sorted(self.by_name.items())}]

    @classmethod
    def from_row(cls, row: list[Any]) -> Deliveries:
        return cls(row[0], {name: Delivery(*each) for name, each in row[1].items()})


def silence(
    name: str, delivery: Delivery, per_post: float, until: int, usually: Usually, *, threshold: float, bar: float
) -> Silence | None:
    """The silence after `delivery.last`, up to the minute `until` (excluded); None if there is nothing to it."""
    minutes = until - delivery.last - 1
    if minutes < max(LEAST_GAP, LONGER * delivery.gap) * bar:
        return None
    expected, dispersion = 0.0, LEAST_DISPERSION
    for quarter in range(min(MOST_QUARTERS, minutes // MINUTES_PER_QUARTER + 1)):
        begin = delivery.last + 1 + quarter * MINUTES_PER_QUARTER
        usual = usually(begin)
        if usual is None:
            return None
        expected += usual[0] * per_post * min(MINUTES_PER_QUARTER, until - begin)
        dispersion = max(dispersion, usual[1])
    expected /= bar
    surprise = log(1 + dispersion * expected) / dispersion
    if expected < LEAST_EXPECTED or surprise < threshold:
        return None
    return Silence(name, delivery.last + 1, minutes, delivery.gap, surprise)
