"""Events of a calendar as exceptions to the schedule: absences of its owner, or the shifts of a layer. Pure.

Reading the same calendar again is a comparison: what is new or has changed is an exception, what is gone is taken back,
what is as it was is left alone. `source` (the file or the address, kept as a hash) says which calendar is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People
from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import derived_id
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.notifier.exception import ANYWHERE, Away, Place, absent, take_over
from feuerwache.notifier.ical.reading import Occurrence, read
from feuerwache.notifier.ical.recurrence import BadCalendar


def absences(
    raw: bytes,
    source: str,
    start: datetime,
    end: datetime,
    *,
    person: str,
    zone: ZoneInfo,
    reason: Away,
    actor: Actor,
    known: Sequence[OnCallOverridden],
    only: str | None = None,
    stand_in: str | None = None,
    place: Place = ANYWHERE,
) -> list[OnCallOverridden]:
    """What is to be put on record so that `person` is away exactly as the calendar says. Raises `BadCalendar`."""
    found = [one for one in read(raw, start, end, zone) if only is None or one.says(only)]
    mark = _mark(source, "absent", person, place)
    meant = [
        absent(person, one.start, one.end, reason=reason, actor=actor, stand_in=stand_in, place=place).model_copy(
            update={"override_id": _id(mark, one, person)}
        )
        for one in found
    ]
    return _difference(meant, mark, known, actor, (start, end))


def shifts(
    raw: bytes,
    source: str,
    start: datetime,
    end: datetime,
    *,
    place: Place,
    people: People,
    zone: ZoneInfo,
    actor: Actor,
    known: Sequence[OnCallOverridden],
    person: str | None = None,
) -> list[OnCallOverridden]:
    """What is to be put on record so that the layer has the people the calendar says. Raises `BadCalendar`.

    Who an event is about: `person` if given, else the id our own calendars write, else whose mail address takes part,
    else whose name or id stands in the title. Events of our own for other layers, and holes, are passed over.
    """
    mark = _mark(source, "shifts", person, place)
    meant = []
    strangers = []
    for one in read(raw, start, end, zone):
        foreign = one.schedule is not None and (one.schedule, one.layer) != (place.schedule, place.layer)
        if foreign or (one.schedule is not None and one.person is None):
            continue
        who = person or whose(one, people)
        if who is None:
            strangers.append(f"{one.title!r} ({one.start:%Y-%m-%d})")
            continue
        made = take_over(place, who, one.start, one.end, actor=actor)
        meant.append(made.model_copy(update={"override_id": _id(mark, one, who)}))
    if strangers:
        raise BadCalendar(f"whose shift is it? Nobody of people.yaml is in: {', '.join(strangers[:5])}")
    return _difference(meant, mark, known, actor, (start, end))


def whose(one: Occurrence, people: People) -> str | None:
    """The one person the event is about; None when it is nobody, or could be several."""
    if one.person is not None:
        return one.person if people.person(one.person) is not None else None
    by_mail = {
        person.id
        for person in people.people
        for contact in person.contacts
        if isinstance(contact, EmailContact) and contact.address.lower() in one.mails
    }
    by_name = {person.id for person in people.people if one.names(person.name) or one.names(person.id)}
    for found in (by_mail, by_name):
        if len(found) == 1:
            return found.pop()
    return None


def _difference(
    meant: Sequence[OnCallOverridden],
    mark: str,
    known: Sequence[OnCallOverridden],
    actor: Actor,
    span: tuple[datetime, datetime],
) -> list[OnCallOverridden]:
    had = {each.override_id: each for each in known if each.override_id.endswith(mark) and not each.cancelled}
    ids = {each.override_id for each in meant}
    here = [each for each in had.values() if each.end > span[0] and each.start < span[1]]
    gone = [each for each in here if each.override_id not in ids]
    return [
        *(each.model_copy(update={"cancelled": True, "actor": actor}) for each in gone),
        *(each for each in meant if each.override_id not in had or not _same(each, had[each.override_id])),
    ]


def _same(one: OnCallOverridden, other: OnCallOverridden) -> bool:
    return one.model_copy(update={"actor": other.actor}) == other


def _mark(source: str, *what: object) -> str:
    digest = sha256("\x1f".join([source, *(str(part) for part in what)]).encode()).hexdigest()
    return f"-ics-{digest[:12]}"


def _id(mark: str, one: Occurrence, person: str) -> str:
    return f"{derived_id('ics', one.uid, one.start.isoformat(), one.end.isoformat(), person)}{mark}"
