"""One community under watch without a broker, which knows its evenings: for the tests of single detectors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from feuerwache.common.events.alarm import CrisisKind
from feuerwache.common.events.pulse import Increment
from feuerwache.escalation.crisis.alarm import Alarm, Ended, Said
from feuerwache.escalation.crisis.bars import NO_BARS, Bar, Bars
from feuerwache.escalation.crisis.watch import Watch
from feuerwache.escalation.crisis.watched import Place
from feuerwache.escalation.crisis.week import Calendar, minute_of
from support.pulses import BERLIN, COMMUNITY, EVENING, even_weeks, increment

MINUTE = timedelta(minutes=1)
#: Posts in each minute of an ordinary evening.
POSTS = 4


def people(count: int, first: int = 0) -> tuple[str, ...]:
    """Short hashes of so many people, spread as real ones are."""
    return tuple(f"{(first + each) * 2654435761 % 2**32:08x}" for each in range(count))


class Evening:
    """Minutes one after the other. `quiet` ones are ordinary: four posts, now and then a complaint or a report."""

    def __init__(self, bars: Bars = NO_BARS, knows: bool = True) -> None:
        self.watch = Watch(COMMUNITY, Place(Calendar(BERLIN), "morgenrot"), bars=bars)
        if knows:
            self.watch.learn(even_weeks(EVENING, POSTS * 15, negative=3))
        self.now = EVENING
        self.said: list[Said] = []

    def quiet(self, minutes: int, **more: Any) -> None:
        for each in range(minutes):
            self.minute(**{"posts": POSTS, "negative": int(each % 5 == 0), **more})

    def minute(self, posts: int = 0, negative: int = 0, **more: Any) -> None:
        """The next minute, as one pulse."""
        self.pulses([increment(self.now, posts, negative, **more)])
        self.now += MINUTE

    def pulses(self, increments: Sequence[Increment]) -> None:
        self.said += self.watch.pulse(increments)

    def alarms(self, kind: CrisisKind) -> list[Alarm]:
        return [each for each in self.said if isinstance(each, Alarm) and each.kind is kind]

    def ended(self, kind: CrisisKind) -> list[Ended]:
        return [each for each in self.said if isinstance(each, Ended) and each.kind is kind]

    def kinds(self) -> set[CrisisKind]:
        return {each.kind for each in self.said if isinstance(each, Alarm)}


def bar(factor: float, *kinds: CrisisKind, start: datetime = EVENING - 24 * 60 * MINUTE) -> Bars:
    """A bar over the whole of the evening."""
    whole = (minute_of(start), minute_of(EVENING) + 24 * 60)
    return Bars([Bar("launch", COMMUNITY, frozenset(kinds), *whole, factor, "campaign")])
