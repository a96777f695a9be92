"""What stands behind the review queue: whose address it is, what waits, and putting a word on a post on record.

A word is given on what was looked at: when the decision in force is another one by then, or somebody else's click was
first, nothing is written, and whoever came second is told how it stands. So two people never act on one post unknown
to each other, and pressing twice is one command: its id is derived from person, verdict and what was looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.clock import Clock
from feuerwache.common.config.people import People, Person
from feuerwache.common.errors import TransientError
from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.decision import AnswerAppeal, ReviewDecision
from feuerwache.common.kafka.keys import author_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import DECISIONS_COMMANDS, TopicNames
from feuerwache.common.linktoken import BadToken, EndedToken
from feuerwache.common.permission import decision_refusal
from feuerwache.common.shownname import Names
from feuerwache.common.vocabulary import Language
from feuerwache.common.wording.refusal import refusal_text
from feuerwache.console.desk import SOURCE, Refused
from feuerwache.console.page.reader import Reader
from feuerwache.console.review.token import person_of
from feuerwache.console.review.verdict import Verdict
from feuerwache.console.store import claim
from feuerwache.console.store.claim import Claim
from feuerwache.console.store.queue import Case, QueuePage, Sieve, read_case, read_page
from feuerwache.console.store.words import UPHELD

#: Posts on a page.
SIZE = 20
Word = ReviewDecision | AnswerAppeal


@dataclass(frozen=True, slots=True)
class Given:
    """`command_id` None: nothing was written, because somebody was faster."""

    command_id: UUID | None


class ReviewDesk:
    """`partitions` is the number of those of topics keyed by author. `author_names`: who may be named to whom."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        producer: EventProducer,
        people: Callable[[], People],
        secret: SecretStr,
        names: TopicNames,
        partitions: int,
        clock: Clock,
        author_names: Callable[[], Names] = Names,
    ) -> None:
        self._engine = engine
        self._producer = producer
        self._people = people
        self._secret = secret.get_secret_value().encode()
        self._commands = names.of(DECISIONS_COMMANDS)
        self._partitions = partitions
        self._clock = clock
        self._author_names = author_names

    def person(self, token: str) -> Person:
        """Whose address it is. Raises `Refused`."""
        try:
            return person_of(token, self._people(), self._secret, self._clock.real_now())
        except EndedToken as error:
            raise Refused(410, "queue_ended", "refused") from error
        except BadToken as error:
            raise Refused(403, "queue_bad", "refused") from error

    def real_now(self) -> datetime:
        return self._clock.real_now()

    def reader(self, person: Person, language: Language) -> Reader:
        return Reader(person, language, self._people(), self._clock.now(), self._author_names())

    def title(self, community_id: str) -> str:
        communities = self._author_names().communities
        community = communities.get(community_id) if communities is not None else None
        return community.title if community is not None else community_id

    async def page(self, sieve: Sieve) -> QueuePage:
        return await read_page(self._engine, sieve, SIZE)

    async def case(self, platform: str, post_id: str) -> Case:
        """Raises `Refused` for a post of which nothing is known (any more)."""
        found = await self.find(platform, post_id)
        if found is None:
            raise Refused(404, "queue_missing", "not_there")
        return found

    async def find(self, platform: str, post_id: str) -> Case | None:
        return await read_case(self._engine, platform, post_id)

    def check(self, person: Person, command: type, back: str, language: Language) -> None:
        """Raises `Refused`, in words, for what this person may not do."""
        reason = decision_refusal(command, actor_of(person), self._people())
        if reason is not None:
            detail = refusal_text(reason, person.role, language)
            raise Refused(403, "queue_not_allowed", "refused", back=back, detail=detail, language=language)

    async def review(self, case: Case, person: Person, seen: str, verdict: Verdict, note: str) -> Given:
        """A word on the decision `seen`. On record when this returns; raises `TransientError` when it is not."""
        force = case.in_force
        if case.deleted or force is None or case.looked_at != seen:
            return Given(None)
        decision = force[1]
        word = ReviewDecision(
            ref=decision.ref,
            author_id=decision.author_id,
            revision=decision.revision,
            action=verdict.action,
            actor=actor_of(person),
            note=note,
        )
        return await self._give(word, seen, verdict.value)

    async def answer(self, case: Case, person: Person, seen: str, verdict: Verdict | None, note: str) -> Given:
        """An answer to the open appeal against the decision `seen`; `verdict` None: that one stands."""
        appeal = next((one for one in case.appeals if str(one.decision_id) == seen), None)
        if appeal is None or appeal != case.open_appeal:
            return Given(None)
        word = AnswerAppeal(
            ref=appeal.ref,
            author_id=appeal.author_id,
            decision_id=appeal.decision_id,
            upheld=verdict is None,
            action=verdict.action if verdict is not None else None,
            actor=actor_of(person),
            note=note,
        )
        return await self._give(word, seen, verdict.value if verdict is not None else UPHELD)

    async def _give(self, word: Word, seen: str, verdict: str) -> Given:
        ref, person_id = word.ref, word.actor.person_id
        command_id = derived_id("review", word.TYPE, ref.platform, ref.post_id, seen, person_id, verdict)
        # An appeal and a review of one decision are two questions: each has its own answer.
        place = f"{seen}:appeal" if isinstance(word, AnswerAppeal) else seen
        mine = Claim(ref.platform, ref.post_id, place, str(command_id), person_id, verdict, at=self._clock.real_now())
        if (await claim.take(self._engine, mine)).command_id != mine.command_id:
            return Given(None)
        key = author_key(ref.community, word.author_id)
        event = Event(id=command_id, source=SOURCE, time=self._clock.now(), data=word)
        try:
            await self._producer.send(Outgoing.of(self._commands, partition_of(key, self._partitions), key, event))
        except TransientError:
            await claim.give_back(self._engine, mine)
            raise
        return Given(command_id)


def actor_of(person: Person) -> Actor:
    return Actor(person_id=person.id, via=Via.LINK)


def pending(case: Case, real_now: datetime, holds: timedelta = claim.HOLDS) -> Claim | None:
    """The newest click on this post that nothing is known to have come of yet, while that can still be expected."""
    fresh = (one for one in reversed(case.claims) if real_now - one.at < holds and not case.heard(one.command_id))
    return next(fresh, None)
