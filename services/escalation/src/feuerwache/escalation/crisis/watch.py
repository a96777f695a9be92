"""One community watched without a broker: the same detectors, for simulations and judges.

Pulses go in as increments, what would have been said comes out; nothing is encoded, nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from feuerwache.common.events.pulse import Increment
from feuerwache.common.faust.rows import Rows
from feuerwache.escalation.crisis import shelf
from feuerwache.escalation.crisis.alarm import Alarm, Said
from feuerwache.escalation.crisis.bars import NO_BARS, Bars
from feuerwache.escalation.crisis.community import Community
from feuerwache.escalation.crisis.finding import Sensitivity
from feuerwache.escalation.crisis.habit import slot_of
from feuerwache.escalation.crisis.history import Quarter
from feuerwache.escalation.crisis.knowledge import Knowledge
from feuerwache.escalation.crisis.registry import sensitivity_of
from feuerwache.escalation.crisis.shelf import Entry
from feuerwache.escalation.crisis.watched import Place
from feuerwache.escalation.crisis.week import minute_of, start_of_minute

FALSE_ALARMS_PER_WEEK = 0.2
#: No minute lies in the future here: nobody's clock is asked.
NEVER = 2**62


class Watch:
    """`name` in `place`; pulses in the order in which they arrive."""

    def __init__(
        self,
        name: str,
        place: Place,
        sensitivity: Sensitivity | None = None,
        bars: Bars = NO_BARS,
    ) -> None:
        self._name = name
        self._place = place
        self._sensitivity = sensitivity or sensitivity_of(FALSE_ALARMS_PER_WEEK)
        self.bars = bars
        self._rows = Rows({}, 0)
        self._entry = Entry(Community(name))
        self._sequence = 0

    @property
    def community(self) -> Community:
        return self._entry.community

    def learn(self, quarters: Iterable[Quarter]) -> None:
        """Counts of earlier weeks, as `feuerwache baseline import` brings them."""
        shelf.imported(self._entry, self._rows, self._name, list(quarters), self._place.calendar)
        shelf.write_baseline(self._entry, self._rows, self._name, self._place.calendar)

    def pulse(self, increments: Iterable[Increment]) -> list[Said]:
        """What the community says after one pulse."""
        self._sequence += 1
        community = self.community
        community.take(0, self._sequence, increments, limit=NEVER)
        newest = community.newest
        if newest is None:
            shelf.absorbed(self._entry, self._rows, self._name, 0, self._place.calendar)
            return []
        said = community.judge(self._known())
        slot = slot_of(self._place.calendar.hour_of_week(start_of_minute(newest)))
        shelf.absorbed(self._entry, self._rows, self._name, slot, self._place.calendar)
        return said

    def tick(self, now: datetime) -> list[Alarm]:
        """The silences at that time, again at each tick."""
        minute = minute_of(now)
        return [self.community.alarm_of(each, minute) for each in self.community.silences(self._known(), minute)]

    def _known(self) -> Knowledge:
        calendar = self._place.calendar
        return shelf.knowledge(
            self._entry, self._rows, self._name, calendar, bars=self.bars, sensitivity=self._sensitivity
        )
