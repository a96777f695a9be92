"""A rotation that balances: each turn goes to whoever has had the fewest hours of its kind since `since`.

Hours on weekends and public holidays weigh by themselves. A turn that has any goes to the one with the fewest of them
so far; a turn without any to the one with the fewest hours in turns without any. Between equals decides who has
waited longest, then the order of the file. So two people never differ by more free hours than the longest turn has,
and neither do their other hours, whatever the calendar does (greedy list scheduling, Graham 1969: the one with the
least gets the next piece).

The shares follow from the file alone. Absences, swaps and take-overs change who is called, not whose turn it was: the
next turns stay where everybody has read them. What people really did is in the report (`fairness.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from feuerwache.notifier.schedule.day import DayCalendar, DayKind
from feuerwache.notifier.schedule.occurrence import occurrences
from feuerwache.notifier.schedule.plan import Shift
from feuerwache.notifier.schedule.window import DAY, LOOK_BACK_DAYS, Span, Window, kept, opened, seconds, union

FREE = Window(days=(DayKind.WEEKENDS, DayKind.HOLIDAYS))


@dataclass(frozen=True, slots=True)
class Balance:
    """What one person has had: seconds of free days, seconds of turns without any, and the day of the last turn."""

    free: int = 0
    other: int = 0
    last: date = date.min


@dataclass(frozen=True, slots=True)
class Year:
    """The turns of one calendar year: the days on which they begin, the order of each, and the balances at its end."""

    days: tuple[date, ...]
    orders: tuple[tuple[str, ...], ...]
    balances: tuple[Balance, ...]


def order(shift: Shift, calendar: DayCalendar, zone: ZoneInfo, begin: date) -> tuple[str, ...]:
    """The people of the shift for the turn that begins on `begin`, the one with the fewest hours first."""
    for year in range(shift.since.year, begin.year):
        _year(shift, calendar, zone, year)  # from the first one on, so that no call has to go down through all years
    found = _year(shift, calendar, zone, begin.year)
    return found.orders[bisect_left(found.days, begin)]


@lru_cache(maxsize=2048)
def _year(shift: Shift, calendar: DayCalendar, zone: ZoneInfo, year: int) -> Year:
    people = shift.people or ()
    if year < shift.since.year:
        return Year((), (), (Balance(),) * len(people))
    balances = list(_year(shift, calendar, zone, year - 1).balances)
    first, last = max(date(year, 1, 1), shift.since), date(year, 12, 31)
    free_days = _free(calendar, zone, year)
    days: list[date] = []
    orders: list[tuple[str, ...]] = []
    for begin, spans in occurrences(shift, calendar, zone, first, last):
        if not spans:
            continue  # all its hours are cut out: nobody has a turn
        free = seconds(piece for span in spans for piece in kept(span, free_days))
        ranks = sorted(range(len(people)), key=lambda n: (_had(balances[n], free), balances[n].last, n))
        had = balances[ranks[0]]
        other = had.other if free else had.other + seconds(spans)
        balances[ranks[0]] = Balance(had.free + free, other, begin)
        days.append(begin)
        orders.append(tuple(people[n] for n in ranks))
    return Year(tuple(days), tuple(orders), tuple(balances))


@lru_cache(maxsize=256)
def _free(calendar: DayCalendar, zone: ZoneInfo, year: int) -> tuple[Span, ...]:
    """The weekends and holidays that turns which begin in this year may reach into."""
    first, last = date(year, 1, 1) - DAY, date(year, 12, 31) + LOOK_BACK_DAYS * DAY
    return tuple(union([*opened(FREE, calendar, zone, first, last)]))


def _had(balance: Balance, free: int) -> int:
    return balance.free if free else balance.other
