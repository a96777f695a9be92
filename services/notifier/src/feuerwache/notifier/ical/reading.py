"""Calendars of others, read: what happens from when to when, repeats unrolled. Pure.

A calendar that holds anything we cannot be sure of (an unknown time zone, a broken date, a rule below a day) is refused
as a whole with the event's title: half of an absence would page somebody on a mountain. Times without a zone, and whole
days, are by the clock that is handed in: that of the person the calendar belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vBroken, vText

from feuerwache.notifier.ical.feed import LAYER, PERSON, SCHEDULE
from feuerwache.notifier.ical.recurrence import BadCalendar, instant, naive, walls

MOST_EVENTS = 20_000
MOST_OCCURRENCES = 5_000
EARLIEST_YEAR = 1900
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """From `start` until before `end` (UTC). `person`, `schedule`, `layer`: as our own calendars say them, else None.

    `mails`: who takes part, in lower case.
    """

    uid: str
    start: datetime
    end: datetime
    title: str
    categories: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    person: str | None = None
    schedule: str | None = None
    layer: str | None = None

    def says(self, text: str) -> bool:
        """Whether title or a category contains this, whatever its case."""
        wanted = text.casefold()
        return any(wanted in words.casefold() for words in (self.title, *self.categories))

    def names(self, text: str) -> bool:
        """Whether this stands in the title as a word of its own: "Bo" is not in "somebody"."""
        title, wanted = f" {self.title.casefold()} ", text.casefold()
        at = title.find(wanted)
        while at > 0:
            if not (title[at - 1].isalnum() or title[at + len(wanted)].isalnum()):
                return True
            at = title.find(wanted, at + 1)
        return False


def read(raw: bytes, start: datetime, end: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """What touches the span, by time. Cancelled events and those without length are left out. Raises `BadCalendar`."""
    found: list[Occurrence] = []
    for series in _series(raw):
        found += (one for one in _occurrences(series, end, zone) if one.start < end and one.end > start)
        if len(found) > MOST_OCCURRENCES:
            raise BadCalendar(f"more than {MOST_OCCURRENCES} events in this span")
    return sorted(found, key=lambda one: (one.start, one.end, one.uid))


def _series(raw: bytes) -> list[list[Event]]:
    """The events by UID: the master and what changes single instances of it."""
    if not _whole(raw):
        raise BadCalendar("this is no iCalendar (RFC 5545), or not a whole one")
    try:
        calendars = Calendar.from_ical(raw, multiple=True)
        walked = (component for calendar in calendars for component in calendar.walk("VEVENT"))
        events = [component for component in walked if isinstance(component, Event)]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise BadCalendar("this is no iCalendar (RFC 5545)") from error
    if len(events) > MOST_EVENTS:
        raise BadCalendar(f"more than {MOST_EVENTS} events")
    series: dict[str, list[Event]] = {}
    for number, event in enumerate(events):
        series.setdefault(str(event.get("UID", f"without uid {number}")), []).append(event)
    return list(series.values())


def _whole(raw: bytes) -> bool:
    """Whether it begins and ends as one: what came in only half must not look as if the rest were gone."""
    text = raw.removeprefix(b"\xef\xbb\xbf").strip().upper()
    edges = text.startswith(b"BEGIN:VCALENDAR") and text.endswith(b"END:VCALENDAR")
    return edges and text.count(b"\nBEGIN:") + 1 == text.count(b"\nEND:")


def _occurrences(series: list[Event], end: datetime, zone: ZoneInfo) -> Iterator[Occurrence]:
    changed: dict[datetime, Event] = {}
    for event in series:
        if "RECURRENCE-ID" in event:
            if event["RECURRENCE-ID"].params.get("RANGE"):
                raise _bad(event, "RANGE=THISANDFUTURE is not understood; split the series")
            changed[_instance(_time(event, "RECURRENCE-ID", zone), zone)] = event
    for event in series:
        if "RECURRENCE-ID" not in event:
            yield from (one for one in _of(event, end, zone) if one.start not in changed)
    for event in changed.values():
        yield from _of(event, end, zone, alone=True)


def _of(event: Event, end: datetime, zone: ZoneInfo, *, alone: bool = False) -> Iterator[Occurrence]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    first = _time(event, "DTSTART", zone)
    clock: tzinfo = first.tzinfo if isinstance(first, datetime) and first.tzinfo is not None else zone
    wall = naive(first, clock)
    last = naive(end, clock) + DAY
    if wall > last:
        return
    rules = [] if alone else _listed(event, "RRULE")
    try:
        begins = walls(wall, rules, clock, last)
    except BadCalendar as error:
        raise _bad(event, str(error)) from error
    if not alone:
        begins = sorted({*begins, *_added(event, clock, zone)} - _taken_out(event, begins, clock, zone))
    for begin in begins:
        start = instant(begin, clock)
        stop = _end(event, first, begin, clock, zone)
        if start < stop:
            yield _occurrence(event, start, stop)


def _end(event: Event, first: date, begin: datetime, clock: tzinfo, zone: ZoneInfo) -> datetime:
    """Whole days end by the calendar; a DTEND keeps the exact length of the first instance (RFC 5545, 3.8.5.3)."""
    if "DTEND" in event:
        last = _time(event, "DTEND", zone)
        if not isinstance(first, datetime):
            return instant(begin + (naive(last, clock) - naive(first, clock)), clock)
        return instant(begin, clock) + (_instance(last, zone) - _instance(first, zone))
    if "DURATION" in event:
        duration: Any = event["DURATION"]
        length = None if isinstance(duration, vBroken) else getattr(duration, "dt", None)
        if not isinstance(length, timedelta):
            raise _bad(event, "a DURATION that is none")
        return instant(begin + length, clock) if length % DAY == timedelta(0) else instant(begin, clock) + length
    return instant(begin, clock) if isinstance(first, datetime) else instant(begin + DAY, clock)


def _added(event: Event, clock: tzinfo, zone: ZoneInfo) -> set[datetime]:
    added = set()
    for value in _dates(event, "RDATE"):
        moment = value[0] if isinstance(value, tuple) else value
        added.add(naive(_zoned(event, moment, zone), clock))
    return added


def _taken_out(event: Event, begins: list[datetime], clock: tzinfo, zone: ZoneInfo) -> set[datetime]:
    out: set[datetime] = set()
    for value in _dates(event, "EXDATE"):
        if isinstance(value, datetime):
            out.add(naive(_zoned(event, value, zone), clock))
        else:  # a day: some programs write it for instances that have a time
            out |= {begin for begin in begins if begin.date() == value}
    return out


def _dates(event: Event, name: str) -> Iterator[Any]:
    for listed in _listed(event, name):
        if isinstance(listed, vBroken) or not hasattr(listed, "dts"):
            raise _bad(event, f"a {name} that is none")
        _known_zone(event, listed)
        yield from (each.dt for each in listed.dts)


def _listed(event: Event, name: str) -> list[Any]:
    value = event.get(name, [])
    return list(value) if isinstance(value, list) else [value]


def _time(event: Event, name: str, zone: ZoneInfo) -> date:
    prop: Any = event.get(name)
    value = None if isinstance(prop, vBroken) else getattr(prop, "dt", None)
    if not isinstance(value, date):
        raise _bad(event, f"no {name}, or one that is no time")
    _known_zone(event, prop)
    return _zoned(event, value, zone)


def _known_zone(event: Event, prop: Any) -> None:
    values = [each.dt for each in getattr(prop, "dts", [prop])]
    named = prop.params.get("TZID")
    if named and any(isinstance(value, datetime) and value.tzinfo is None for value in values):
        raise _bad(event, f"the time zone {named!r} is not known, and the calendar does not describe it")


def _zoned(event: Event, value: date, zone: ZoneInfo) -> date:
    if value.year < EARLIEST_YEAR:
        raise _bad(event, f"the year {value.year}")
    return value.replace(tzinfo=zone) if isinstance(value, datetime) and value.tzinfo is None else value


def _instance(value: date, zone: ZoneInfo) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else instant(naive(value, zone), zone)


def _occurrence(event: Event, start: datetime, end: datetime) -> Occurrence:
    categories = [str(word) for each in _listed(event, "CATEGORIES") for word in getattr(each, "cats", [each])]
    mails = [str(each) for name in ("ATTENDEE", "ORGANIZER") for each in _listed(event, name)]
    return Occurrence(
        uid=str(event.get("UID", "")),
        start=start,
        end=end,
        title=str(event.get("SUMMARY", "")),
        categories=tuple(categories),
        mails=tuple(mail.lower().removeprefix("mailto:") for mail in mails),
        person=_own(event, PERSON),
        schedule=_own(event, SCHEDULE),
        layer=_own(event, LAYER),
    )


def _own(event: Event, name: str) -> str | None:
    """One of our own properties, whose escapes icalendar does not undo."""
    found = _listed(event, name)
    return str(vText.from_ical(str(found[0]))) if found else None


def _bad(event: Event, reason: str) -> BadCalendar:
    return BadCalendar(f"the event {str(event.get('SUMMARY', 'without a title'))!r}: {reason}")
