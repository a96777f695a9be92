"""Through whose eyes a page is written: language, zone, names of people, and the time now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from feuerwache.common.config.people import People, Person
from feuerwache.common.events.post import PostCreated, PostEdited
from feuerwache.common.shownname import Names
from feuerwache.common.vocabulary import Language
from feuerwache.console.page.numbers import clock_time
from feuerwache.console.page.wording import WORDS, Words

NOBODY_NAMED = Names()


@dataclass(frozen=True, slots=True)
class Reader:
    """`now` is civil time; times are told in the person's zone. `names` knows which authors may be named to them."""

    person: Person
    language: Language
    people: People
    now: datetime
    names: Names = NOBODY_NAMED

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

    def author(self, received: PostCreated | PostEdited) -> str:
        """Whose post it is, as far as this person may know."""
        author = received.post.author
        name = author.display_name or author.handle
        shown = self.names.shown(received.ref.community, received.author_id, name, self.person.role)
        return shown or self.words.ui["unknown_author"]

    def text(self, received: PostCreated | PostEdited) -> str:
        """The post's text, without names where this person may not know them."""
        author = received.post.author
        own = (author.display_name, author.handle)
        return self.names.text(received.ref.community, received.post.text, own, self.person.role)

    def sees_names(self, community_id: str) -> bool:
        return self.names.open_to(community_id, self.person.role)
