"""Duties as an iCalendar (RFC 5545), for calendars that people already have. Pure.

Times are written in UTC: every instant has exactly one such name, also in the hour that comes twice in autumn, which a
local time with VTIMEZONE cannot tell apart (RFC 5545, 3.3.5: it would mean the first of the two). Calendar programs
show them by the reader's own clock.

A duty keeps its UID as long as schedule, layer, people and beginning stay, whenever the feed is asked for.
`X-FEUERWACHE-…` say in ids what the summary says in words, so that a calendar we wrote can be read back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from icalendar import Calendar, Event, vText

from feuerwache.common.config.people import People
from feuerwache.common.events.base import derived_id
from feuerwache.common.vocabulary import Language
from feuerwache.notifier.duty import Duty

PRODUCT = "-//Feuerwache//On call//DE"
PERSON, SCHEDULE, LAYER = "X-FEUERWACHE-PERSON", "X-FEUERWACHE-SCHEDULE", "X-FEUERWACHE-LAYER"
#: How often a program may ask for the feed again (RFC 7986, 5.7).
REFRESH = timedelta(hours=1)
WORDS = {
    "de": {
        "mine": "Bereitschaft: {place}",
        "others": "{names}: {place}",
        "nobody": "Niemand in Bereitschaft: {place}",
        "detail": "{names}\nPlan {schedule}, Ebene {layer}, {hours} Stunden",
        "hole": "In diesen {hours} Stunden wird niemand erreicht.",
    },
    "en": {
        "mine": "On call: {place}",
        "others": "{names}: {place}",
        "nobody": "Nobody on call: {place}",
        "detail": "{names}\nSchedule {schedule}, layer {layer}, {hours} hours",
        "hole": "For these {hours} hours nobody is reached.",
    },
}


@dataclass(frozen=True, slots=True)
class Feed:
    """What is told: `name` of the calendar, the duties, the reader's language. `owner`: whose own calendar it is."""

    name: str
    duties: tuple[Duty, ...]
    language: Language
    timezone: str
    owner: str | None = None

    def tag(self, people: People) -> str:
        """Changes when what the feed says does, names included (an HTTP entity tag, without quotes)."""
        ids = sorted({person for duty in self.duties for person in duty.people})
        return sha256(repr((self, _names(ids, people))).encode()).hexdigest()[:32]


def write(feed: Feed, people: People, stamp: datetime) -> bytes:
    """The calendar as bytes. `stamp`: when it was made, which RFC 5545 wants in each event."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", vText(feed.name))
    calendar.add("x-wr-calname", vText(feed.name))
    calendar.add("x-wr-timezone", feed.timezone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for duty in feed.duties:
        calendar.add_component(_event(duty, feed, people, stamp))
    return bytes(calendar.to_ical())


def uid(duty: Duty) -> str:
    return f"{derived_id('calendar', duty.schedule, duty.layer, duty.start.isoformat(), *duty.people)}@feuerwache"


def _event(duty: Duty, feed: Feed, people: People, stamp: datetime) -> Event:
    words = WORDS[feed.language]
    names = ", ".join(_names(duty.people, people))
    place = f"{duty.schedule}/{duty.layer}"
    hours = f"{duty.hours:g}".replace(".", "," if feed.language == "de" else ".")
    kind = "nobody" if not duty.people else "mine" if feed.owner in duty.people else "others"
    detail = words["detail" if duty.people else "hole"]
    event = Event()
    event.add("uid", uid(duty))
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", duty.start.astimezone(UTC))
    event.add("dtend", duty.end.astimezone(UTC))
    event.add("summary", words[kind].format(place=place, names=names))
    event.add("description", detail.format(names=names, schedule=duty.schedule, layer=duty.layer, hours=hours))
    # Who is on call may still be invited to a meeting.
    event.add("transp", "TRANSPARENT")
    for person_id in duty.people:
        event.add(PERSON, vText(person_id))
    event.add(SCHEDULE, vText(duty.schedule))
    event.add(LAYER, vText(duty.layer))
    return event


def _names(ids: Iterable[str], people: People) -> list[str]:
    known = {person.id: person.name for person in people.people}
    return [known.get(person_id, person_id) for person_id in ids]
