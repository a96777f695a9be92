"""What a calendar is about: a person, a team or a schedule; which duties that means. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.vocabulary import Language
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.duty import Duty, whole
from feuerwache.notifier.ical.feed import Feed

PAST = timedelta(days=30)
AHEAD = timedelta(days=180)
TITLE = {"de": "Bereitschaft", "en": "On call"}


class UnknownSubject(FeuerwacheError):  # noqa: N818 - reads as what it is
    """No person, team or schedule goes by this id; the message says which there are."""


@dataclass(frozen=True, slots=True)
class Subject:
    kind: Literal["person", "team", "schedule"]
    id: str


def feed_of(
    subject: Subject,
    directory: Directory,
    overrides: Sequence[OnCallOverridden],
    start: datetime,
    end: datetime,
    *,
    language: Language = "de",
    timezone: str = "Europe/Berlin",
) -> Feed:
    """The duties of the subject between `start` and `end`, by time. Holes stand only in a schedule's calendar, which is
    the one that is whole. Raises `UnknownSubject`."""
    name, found = _duties(subject, directory, overrides, start, end)
    ordered = tuple(sorted(found, key=lambda duty: (duty.start, duty.schedule, duty.layer)))
    owner = subject.id if subject.kind == "person" else None
    return Feed(f"{TITLE[language]}: {name}", ordered, language, timezone, owner)


def _duties(
    subject: Subject, directory: Directory, overrides: Sequence[OnCallOverridden], start: datetime, end: datetime
) -> tuple[str, list[Duty]]:
    people, schedules = directory.people, directory.schedules
    if subject.kind == "schedule":
        schedule = schedules.get(subject.id)
        if schedule is None:
            raise UnknownSubject(_unknown(subject, [one.id for one in schedules.schedules]))
        return schedule.id, list(whole([schedule], start, end, overrides))
    if subject.kind == "team":
        team = people.team(subject.id)
        if team is None:
            raise UnknownSubject(_unknown(subject, [one.id for one in people.teams]))
        name, members = team.id, {*team.members}
    else:
        person = people.person(subject.id)
        if person is None:
            raise UnknownSubject(_unknown(subject, [one.id for one in people.people]))
        name, members = person.name, {person.id}
    every = whole(schedules.schedules, start, end, overrides)
    return name, [duty for duty in every if members.intersection(duty.people)]


def _unknown(subject: Subject, known: list[str]) -> str:
    return f"no {subject.kind} {subject.id!r}; there is: {', '.join(known) or 'none'}"
