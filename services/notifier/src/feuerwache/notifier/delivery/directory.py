"""Whom a target means at an instant, and how they can be reached. Pure, from people, schedules and overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feuerwache.common.config.contact import Contact
from feuerwache.common.config.people import People, Quiet
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.events.page import (
    ChannelTarget,
    LayerTarget,
    PageRequested,
    PersonTarget,
    Target,
    TeamTarget,
)
from feuerwache.common.vocabulary import Language
from feuerwache.notifier.delivery.timetable import Turn, timetable
from feuerwache.notifier.schedule.model import Schedules
from feuerwache.notifier.schedule.oncall import who

ROOM = "room:"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, or a room (`personal` False). `contacts` by slot, in the order in which they are tried.

    A slot is the channel's name, with a number from the second contact of the same channel on: `email`, `email:2`.
    """

    id: str
    name: str
    language: Language
    timezone: str
    contacts: dict[str, Contact]
    personal: bool = True
    quiet: Quiet | None = None
    preview: bool = False

    def turns(self, page: PageRequested, now: datetime) -> tuple[Turn, ...]:
        """When each contact has its turn for this page."""
        return timetable(self.contacts, self.quiet, self.timezone, page, now)

    def following(self, slot: str, page: PageRequested, now: datetime) -> tuple[str, ...]:
        """The slots to try when `slot` has failed: those after it, then those before it."""
        slots = [turn.slot for turn in self.turns(page, now)]
        place = slots.index(slot) if slot in slots else -1
        return (*slots[place + 1 :], *slots[: max(place, 0)])

    def left(self, slot: str) -> int:
        """How many slots there are from `slot` on."""
        slots = list(self.contacts)
        return len(slots) - slots.index(slot) if slot in slots else 1


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A target that names nobody, and why; the reason names the target as the configuration does."""

    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Directory:
    people: People
    schedules: Schedules

    def resolve(
        self, targets: Sequence[Target], instant: datetime, overrides: Sequence[OnCallOverridden] = ()
    ) -> tuple[list[Recipient], list[Unreachable]]:
        """Everybody the targets mean, each once, and the targets that mean nobody."""
        found: dict[str, Recipient] = {}
        lost: list[Unreachable] = []
        for target in targets:
            ids, nobody = self._ids(target, instant, overrides)
            known = [recipient for recipient in map(self.recipient, ids) if recipient is not None]
            if not known:
                lost.append(nobody)
            found |= {recipient.id: recipient for recipient in known if recipient.id not in found}
        return list(found.values()), lost

    def recipient(self, recipient_id: str) -> Recipient | None:
        """By the id that is on record: a person's, or `room:` and a room's."""
        if recipient_id.startswith(ROOM):
            room = self.people.room(recipient_id.removeprefix(ROOM))
            if room is None:
                return None
            return Recipient(
                recipient_id, room.id, room.language, "Europe/Berlin", slots([room.contact]), personal=False
            )
        person = self.people.person(recipient_id)
        if person is None:
            return None
        return Recipient(
            person.id,
            person.name,
            person.language,
            person.timezone,
            slots(person.contacts),
            quiet=person.quiet,
            preview=person.preview,
        )

    def _ids(
        self, target: Target, instant: datetime, overrides: Sequence[OnCallOverridden]
    ) -> tuple[Sequence[str], Unreachable]:
        match target:
            case LayerTarget():
                schedule = self.schedules.get(target.schedule)
                name = f"layer {target.schedule}/{target.layer}"
                if schedule is None or schedule.layer(target.layer) is None:
                    return (), Unreachable(name, f"{name} is not in schedules.yaml")
                ids = who(schedule, target.layer, instant, overrides)
                reason = "is not in people.yaml" if ids else "has nobody on call"
                return ids, Unreachable(name, f"{name} {reason}")
            case TeamTarget():
                team = self.people.team(target.team)
                name = f"team {target.team}"
                return (team.members if team else ()), Unreachable(name, f"{name} is not in people.yaml")
            case PersonTarget():
                name = f"person {target.person_id}"
                return (target.person_id,), Unreachable(name, f"{name} is not in people.yaml")
            case ChannelTarget():
                name = f"room {target.channel}"
                return (f"{ROOM}{target.channel}",), Unreachable(name, f"{name} is not in people.yaml")


def slots(contacts: Sequence[Contact]) -> dict[str, Contact]:
    named: dict[str, Contact] = {}
    for contact in contacts:
        number = 1 + sum(known.channel == contact.channel for known in named.values())
        named[contact.channel if number == 1 else f"{contact.channel}:{number}"] = contact
    return named


def channel_of(slot: str) -> str:
    return slot.partition(":")[0]
