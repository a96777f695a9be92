"""Which of our people a PagerDuty user is: by what is said on the command line, the mail address, or the name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feuerwache.common.config.contact import EmailContact
from feuerwache.common.config.people import People
from feuerwache.notifier.pagerduty.document import PagerDutySchedule, Reference
from feuerwache.notifier.pagerduty.translation import slug


def users_of(schedules: Iterable[PagerDutySchedule]) -> dict[str, Reference]:
    """Every user of these schedules, by id."""
    return {
        member.user.id: member.user
        for schedule in schedules
        for layer in schedule.schedule_layers
        for member in layer.users
    }


def match(users: Mapping[str, Reference], people: People, said: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """User id → person id for all of them, and in words who is not in `people.yaml`; they get an id of their name."""
    persons: dict[str, str] = {}
    strangers = []
    for user_id, user in users.items():
        name = user.name or user.summary or user_id
        known = said.get(user_id) or _by_mail(user, people) or _by_name(name, people)
        persons[user_id] = known or slug(name).replace("-", ".")
        if people.person(persons[user_id]) is None:
            gone = ", gone from PagerDuty" if user.deleted_at else ""
            strangers.append(f"{name} ({user_id}{gone}) is not in people.yaml; here: {persons[user_id]}")
    return persons, strangers


def _by_mail(user: Reference, people: People) -> str | None:
    if not user.email:
        return None
    mail = user.email.lower()
    for person in people.people:
        if any(isinstance(each, EmailContact) and each.address.lower() == mail for each in person.contacts):
            return person.id
    return None


def _by_name(name: str, people: People) -> str | None:
    found = [person.id for person in people.people if person.name.casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None
