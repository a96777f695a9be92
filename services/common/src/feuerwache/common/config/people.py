"""`config/people.yaml`: who can be reached, where, in which language. The only file that holds addresses."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from feuerwache.common.config.contact import Contact
from feuerwache.common.config.source import ConfigModel, load
from feuerwache.common.config.walltime import WallTime
from feuerwache.common.config.zone import Zone


class Role(StrEnum):
    AGENT = "agent"
    MANAGER = "manager"
    HEAD = "head"
    OPERATOR = "operator"


class Quiet(ConfigModel):
    """From `from` until `to`, by the person's own clock, only `channels` reach them. Never holds for what is critical.

    With no channel left a page waits until `to`, unless it is urgent: then the first contact is tried all the same.
    """

    start: Annotated[WallTime, Field(alias="from")]
    end: Annotated[WallTime, Field(alias="to")]
    channels: tuple[str, ...] = ("email",)


class Person(ConfigModel):
    """`contacts` in the order in which they are tried: the next one when its time has come, or the one before failed.

    `preview`: whether what lights up on a locked phone may quote the words that are said most. `feed`: the number of
    the person's own addresses, of calendars and of the review queue; raised by one, those given out before are good for
    nothing.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    name: str
    language: Literal["de", "en"] = "de"
    timezone: Zone = "Europe/Berlin"
    role: Role = Role.MANAGER
    preview: bool = False
    feed: Annotated[int, Field(ge=1)] = 1
    quiet: Quiet | None = None
    contacts: Annotated[tuple[Contact, ...], Field(min_length=1)]


class Team(ConfigModel):
    id: str
    members: Annotated[tuple[str, ...], Field(min_length=1)]


class Room(ConfigModel):
    """A room or a system that is told, without being a person: the target kind `channel`."""

    id: str
    language: Literal["de", "en"] = "de"
    contact: Contact


class People(ConfigModel):
    people: Annotated[tuple[Person, ...], Field(min_length=1)]
    teams: tuple[Team, ...] = ()
    rooms: tuple[Room, ...] = ()

    @model_validator(mode="after")
    def references_hold(self) -> People:
        ids = [person.id for person in self.people]
        twice = {person_id for person_id in ids if ids.count(person_id) > 1}
        if twice:
            raise ValueError(f"person {sorted(twice)[0]!r} stands there twice")
        for team in self.teams:
            unknown = set(team.members) - set(ids)
            if unknown:
                raise ValueError(f"team {team.id!r} names unknown person {sorted(unknown)[0]!r}")
        return self

    def person(self, person_id: str) -> Person | None:
        return next((person for person in self.people if person.id == person_id), None)

    def team(self, team_id: str) -> Team | None:
        return next((team for team in self.teams if team.id == team_id), None)

    def room(self, room_id: str) -> Room | None:
        return next((room for room in self.rooms if room.id == room_id), None)


def load_people(config_dir: Path) -> People:
    return load(config_dir / "people.yaml", People)
