"""One turn of a shift: whose it is, and which hours it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from feuerwache.notifier.schedule import fair, rotation
from feuerwache.notifier.schedule.occurrence import occurrences
from feuerwache.notifier.schedule.plan import Rotate, Schedule, Shift
from feuerwache.notifier.schedule.window import DAY, LOOK_BACK_DAYS, Span


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that begins on the calendar day `begin` of the shift's zone; `spans` are its hours, cuts left out.

    `order`: the people of the shift, beginning with the one whose turn it is; empty when the shift is delegated.
    """

    shift: Shift
    begin: date
    spans: tuple[Span, ...]
    order: tuple[str, ...]


def turns_of(schedule: Schedule, shift: Shift, start: datetime, end: datetime) -> Iterator[Turn]:
    """Every turn of the shift that may have hours between the two instants, by the day on which it begins."""
    zone, calendar = schedule.zone_of(shift), schedule.calendar_of(shift)
    first = max(start.astimezone(zone).date() - LOOK_BACK_DAYS * DAY, rotation.first_day(shift))
    last = end.astimezone(zone).date() + DAY
    shared = shift.rotate is Rotate.FAIR and shift.people is not None
    for begin, spans in occurrences(shift, calendar, zone, first, last):
        if spans:
            order = fair.order(shift, calendar, zone, begin) if shared else rotation.order(shift, calendar, begin)
            yield Turn(shift, begin, spans, order)
