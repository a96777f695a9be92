"""Who is on call where over a span, as people and programs are shown it: calendars, feeds, gRPC. Pure.

Everything here asks `turns`, so a calendar says what a page would do. `whole` gives a turn its own beginning and end,
whatever the span that is looked at: the same turn looks the same tomorrow, which a calendar feed needs for its ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from feuerwache.common.calendar.wallclock import instant_of
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.schedule.model import Schedule
from feuerwache.notifier.schedule.oncall import turns

#: What lasts for longer is cut where a month begins: a layer with one person is no endless event in a calendar.
LONGEST = timedelta(days=31)
#: A turn is looked for from two months before the span on, so that one within `LONGEST` is seen whole.
AROUND = timedelta(days=62)
#: How far `until` looks for the next change.
FORESIGHT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Duty:
    """From `start` until before `end` (UTC) these people are on call in a layer; nobody, if there are none."""

    schedule: str
    layer: str
    start: datetime
    end: datetime
    people: tuple[str, ...]

    @property
    def hours(self) -> float:
        """Real hours, so the night in which the clocks change has one more or one fewer."""
        return round((self.end - self.start).total_seconds() / 3600, 2)


def duties(
    schedules: Iterable[Schedule],
    start: datetime,
    end: datetime,
    overrides: Sequence[OnCallOverridden] = (),
    layer_id: str | None = None,
) -> Iterator[Duty]:
    """The span layer by layer, holes included; cut at its beginning and its end."""
    for schedule in schedules:
        for layer in schedule.layers:
            if layer_id in (None, layer.id):
                for piece in turns(schedule, layer.id, start, end, overrides):
                    yield Duty(schedule.id, layer.id, piece.start, piece.end, piece.people)


def whole(
    schedules: Iterable[Schedule], start: datetime, end: datetime, overrides: Sequence[OnCallOverridden] = ()
) -> Iterator[Duty]:
    """Every duty that touches the span, with its own beginning and end; those over `LONGEST` cut where months begin."""
    for schedule in schedules:
        first, last = _month_of(start - AROUND, schedule), _month_of(end + AROUND, schedule)
        for duty in duties([schedule], first, last, overrides):
            yield from (part for part in _by_month(duty, schedule) if part.end > start and part.start < end)


def until(
    schedule: Schedule, layer_id: str, instant: datetime, overrides: Sequence[OnCallOverridden] = ()
) -> datetime | None:
    """When (UTC) the people of the layer change next; None when they do not within `FORESIGHT`."""
    horizon = instant + FORESIGHT
    end = next(turns(schedule, layer_id, instant, horizon, overrides)).end
    return end if end < horizon else None


def _by_month(duty: Duty, schedule: Schedule) -> Iterator[Duty]:
    if duty.end - duty.start <= LONGEST:
        yield duty
        return
    left = duty.start
    while left < duty.end:
        right = min(duty.end, _month_of(left, schedule, months=1))
        yield Duty(duty.schedule, duty.layer, left, right, duty.people)
        left = right


def _month_of(instant: datetime, schedule: Schedule, months: int = 0) -> datetime:
    """The instant (UTC) at which the month of `instant`, by the schedule's clock, begins; `months` later."""
    day = instant.astimezone(schedule.zone).date()
    number = day.year * 12 + day.month - 1 + months
    return instant_of(date(number // 12, number % 12 + 1, 1), time(0), schedule.zone).astimezone(UTC)
