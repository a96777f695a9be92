"""When a shift comes round: the hours of each of its turns, by the wall clock of its zone, with the cuts left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from feuerwache.notifier.schedule.day import DayCalendar
from feuerwache.notifier.schedule.plan import Shift
from feuerwache.notifier.schedule.rotation import begins
from feuerwache.notifier.schedule.wallclock import instant_of
from feuerwache.notifier.schedule.window import DAY, LOOK_BACK_DAYS, Span, Window, kept, left_out, opened, union


def occurrences(
    shift: Shift, calendar: DayCalendar, zone: ZoneInfo, first: date, last: date
) -> Iterator[tuple[date, tuple[Span, ...]]]:
    """Each day from `first` to `last` on which a turn begins, with its hours in order: none where all were cut out."""

    def open_in(windows: Sequence[Window]) -> list[Span]:
        around = (first - LOOK_BACK_DAYS * DAY, last + LOOK_BACK_DAYS * DAY)
        return union([span for window in windows for span in opened(window, calendar, zone, *around)])

    only = None if shift.only is None else open_in(shift.only)
    never = open_in(shift.never) if shift.never else []
    for number in range((last - first).days + 1):
        begin = first + number * DAY
        if not begins(shift, calendar, begin):
            continue
        whole = Span(instant_of(begin, shift.start, zone), instant_of(begin + shift.days(begin) * DAY, shift.end, zone))
        if whole.start >= whole.end:
            continue  # a wall that skips a whole day, or the hours of the shift, shows none of it
        spans = [whole] if only is None else kept(whole, only)
        yield begin, tuple(piece for span in spans for piece in left_out(span, never))
