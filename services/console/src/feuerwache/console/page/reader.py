"""Through whose eyes a page is written: language, zone, names of people, and the time now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.config.people import People, Person
from feuerwache.common.vocabulary import Language
from feuerwache.console.page.numbers import clock_time
from feuerwache.console.page.wording import WORDS, Words


@dataclass(frozen=True, slots=True)
class Reader:
    """`now` is civil time; times are told in the person's zone."""

    person: Person
    language: Language
    people: People
    now: datetime

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    def time(self, at: datetime) -> str:
        return clock_time(at, self.now, ZoneInfo(self.person.timezone), self.words)

    def name(self, person_id: str | None) -> str:
        """A person's name; the id itself for tokens and for people who are no longer there."""
        if person_id is None:
            return self.words.ui["someone"]
        person = self.people.person(person_id)
        return person.name if person is not None else person_id
