"""Which person of people.yaml an account or a number belongs to, and which rooms a chat is. Pure.

A number may be shared (one duty phone for two people), so these are lists; whose button it was decides.
"""

from __future__ import annotations

from feuerwache.common.config.contact import SlackContact, SmsContact, TelegramContact, VoiceContact
from feuerwache.common.config.people import People, Person
from feuerwache.notifier.delivery.directory import ROOM


def by_slack(people: People, account: str, place: str) -> list[Person]:
    """Whoever names this member's id as a contact, or the direct conversation (D…) in which it was pressed."""
    own = {account, place} if place.startswith("D") else {account}
    return [one for one in people.people if any(isinstance(c, SlackContact) and c.to in own for c in one.contacts)]


def by_telegram(people: People, account: str) -> list[Person]:
    """A private chat has the id of its person."""
    return [
        one
        for one in people.people
        if any(isinstance(contact, TelegramContact) and str(contact.chat) == account for contact in one.contacts)
    ]


def by_number(people: People, number: str) -> list[Person]:
    return [
        one
        for one in people.people
        if any(isinstance(c, (SmsContact, VoiceContact)) and c.number == number for c in one.contacts)
    ]


def rooms(people: People, place: str) -> list[str]:
    """The holders of references that were sent into this chat."""
    return [
        f"{ROOM}{room.id}"
        for room in people.rooms
        if (isinstance(room.contact, SlackContact) and room.contact.to == place)
        or (isinstance(room.contact, TelegramContact) and str(room.contact.chat) == place)
    ]
