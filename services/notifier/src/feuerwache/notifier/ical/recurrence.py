"""When a repeating event happens (RFC 5545, 3.3.10 and 3.8.5), within a span and within bounds. Pure.

A rule runs on the wall clock of the event's own zone, so "every Friday 18:00" stays at 18:00 across a changeover. An
instance in the skipped hour happens with the offset from before it, one in the hour that comes twice in the first of
the two (RFC 5545, 3.3.5). Rules below a day, and calendars that would take long to work out, are refused: nobody is
away every second.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import takewhile
from math import prod
from typing import Any

from dateutil.rrule import rrulestr

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WITHIN_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_A_DAY = 24
#: Days of one rule that are walked through: a daily one for over a century.
LONGEST_WALK = 50_000


class BadCalendar(ValueError):  # noqa: N818 - reads as what it is
    """A calendar that cannot be understood as a whole, and is therefore not used at all."""


def walls(first: datetime, rules: Sequence[Any], zone: tzinfo, last: datetime) -> list[datetime]:
    """The wall-clock beginnings (naive) of all instances by these rules up to `last` (naive), `first` included."""
    found = {first}
    for rule in rules:
        parts = {str(name).upper(): list(values) for name, values in rule.items()}
        found.update(_of_rule(first, parts, zone, last))
    return sorted(wall for wall in found if wall <= last)


def _of_rule(first: datetime, parts: dict[str, list[Any]], zone: tzinfo, last: datetime) -> Iterable[datetime]:
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    if frequency not in FREQUENCIES:
        raise BadCalendar(f"a rule with FREQ={frequency or 'nothing'}; {', '.join(FREQUENCIES)} are understood")
    if int(parts.get("INTERVAL", [1])[0]) < 1:
        raise BadCalendar("a rule with an INTERVAL below 1")
    if prod(max(1, len(parts.get(name, []))) for name in WITHIN_A_DAY) > MOST_A_DAY:
        raise BadCalendar(f"a rule with more than {MOST_A_DAY} instances a day")
    count = int(parts.pop("COUNT")[0]) if "COUNT" in parts else None
    until = _wall_of(parts.pop("UNTIL")[0], zone) if "UNTIL" in parts else last
    end = min(until, last)
    if (end - first).days > LONGEST_WALK:
        raise BadCalendar("a rule that began too long ago")
    admits = _filter(frequency, parts)
    text = ";".join(f"{name}={','.join(_plain(value) for value in values)}" for name, values in parts.items())
    # COUNT is counted here: dateutil does not take it beside UNTIL.
    text += f";UNTIL={end:%Y%m%dT%H%M%S}"
    try:
        by_rule = rrulestr(text, dtstart=first)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCalendar(f"a rule that is none: {text}") from error
    # DTSTART is the first instance, whether the rule names it or not (3.8.5.3).
    every = [first, *(wall for wall in takewhile(lambda wall: wall <= end, by_rule) if wall != first and admits(wall))]
    return every[:count] if count is not None else every


def _filter(frequency: str, parts: dict[str, list[Any]]) -> Callable[[datetime], bool]:
    """Takes what only limits out of a daily or weekly rule, and gives it as a test.

    dateutil goes on to the year 9999 when a rule never matches, and `every seventh day, on Tuesdays` may never. Without
    its limits such a rule always matches, so the search ends where the span does.
    """
    if frequency not in ("DAILY", "WEEKLY"):
        return lambda _: True
    if "BYSETPOS" in parts or "BYYEARDAY" in parts or "BYWEEKNO" in parts:
        raise BadCalendar(f"a rule with FREQ={frequency} and BYSETPOS, BYYEARDAY or BYWEEKNO")
    months = {int(month) for month in parts.pop("BYMONTH", [])}
    days = {int(day) for day in parts.pop("BYMONTHDAY", [])}
    weekdays = {str(day).upper() for day in parts.pop("BYDAY", [])} if frequency == "DAILY" else set()

    def admits(wall: datetime) -> bool:
        length = monthrange(wall.year, wall.month)[1]
        return (
            (not months or wall.month in months)
            and (not days or wall.day in days or wall.day - length - 1 in days)
            and (not weekdays or WEEKDAYS[wall.weekday()] in weekdays)
        )

    return admits


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """The instant (UTC) of a wall-clock time by the rules of RFC 5545."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def naive(value: date, zone: tzinfo) -> datetime:
    """The wall-clock time of a DATE (midnight) or DATE-TIME in `zone`, without a zone."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0))
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo is not None else value


def _wall_of(until: date, zone: tzinfo) -> datetime:
    if isinstance(until, datetime):
        return naive(until, zone)
    return datetime.combine(until, time(0)) + timedelta(days=1, seconds=-1)


def _plain(value: Any) -> str:
    raw = value.to_ical() if hasattr(value, "to_ical") else str(value)
    return raw.decode() if isinstance(raw, bytes) else str(raw)
