"""What stands behind the routes: who a link belongs to, what is known about its incident, putting a command on record.

The token in a path is the capability: bound to one person and one incident, signed, and not to be guessed. Signature
and lifetime are held against real time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.clock import Clock
from feuerwache.common.config.people import People, Person
from feuerwache.common.config.plan import Plans
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Incident, IncidentCommand
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import INCIDENTS_COMMANDS, TopicNames
from feuerwache.common.linktoken import BadToken, EndedToken, verify
from feuerwache.common.permission import refusal
from feuerwache.common.shownname import Names
from feuerwache.common.vocabulary import Language
from feuerwache.common.wording.refusal import refusal_text
from feuerwache.console.page.reader import Reader
from feuerwache.console.postmortem.story import Story
from feuerwache.console.store.reading import Dossier, read_burning, read_dossier
from feuerwache.console.store.timeline import read_timeline

SOURCE = "/console"
#: A link works until so long after the incident's end, in real time.
AFTER_THE_END = timedelta(days=1)
#: An incident that was merged, and again, is followed so far.
MOST_MERGES = 5
#: So many burning incidents are looked at for those that could be merged with one.
MOST_OTHERS = 200


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """Ends a request with a page that says why."""

    def __init__(
        self,
        status: int,
        name: str,
        outcome: str,
        *,
        back: str | None = None,
        reload: int | None = None,
        detail: str = "",
        language: Language | None = None,
    ) -> None:
        super().__init__(name)
        self.status, self.name, self.outcome, self.back, self.reload = status, name, outcome, back, reload
        self.detail, self.language = detail, language


class Desk:
    """What the routes work with: SQL to read from, Kafka to write commands to, people, the secret, the clocks.

    `author_names` says who may be named to whom; without it nobody is.
    """

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        producer: EventProducer,
        people: Callable[[], People],
        secret: SecretStr,
        names: TopicNames,
        clock: Clock,
        plans: Callable[[], Plans] = Plans,
        author_names: Callable[[], Names] = Names,
    ) -> None:
        self._engine = engine
        self._producer = producer
        self._people = people
        self._secret = secret.get_secret_value().encode()
        self._commands = names.of(INCIDENTS_COMMANDS)
        self._clock = clock
        self.plans = plans
        self._author_names = author_names

    def now(self) -> datetime:
        """Civil time, in which incidents live."""
        return self._clock.now()

    def person(self, token: str) -> tuple[Person, UUID]:
        """Whom the link belongs to, and which incident it opens. Raises `Refused`."""
        try:
            link = verify(token, self._secret, self._clock.real_now())
        except EndedToken as error:
            raise Refused(410, "ended", "refused") from error
        except BadToken as error:
            raise Refused(403, "bad", "refused") from error
        person = self._people().person(link.person_id)
        if person is None:
            raise Refused(403, "bad", "refused")
        return person, link.incident_id

    async def dossier(self, incident_id: UUID) -> Dossier:
        """What is known about the incident, or about the one it was merged into. Raises `Refused`."""
        dossier = await read_dossier(self._engine, incident_id)
        if dossier is None:
            raise Refused(404, "missing", "not_there", reload=2)
        for _ in range(MOST_MERGES):
            into = dossier.incident.merged_into
            target = await read_dossier(self._engine, into) if into is not None else None
            if target is None:
                break
            dossier = target
        if dossier.ended_ms is not None:
            since = self._clock.real_now().timestamp() - dossier.ended_ms / 1000
            if since > AFTER_THE_END.total_seconds():
                raise Refused(410, "ended", "refused")
        return dossier

    async def revision(self, incident_id: UUID) -> int:
        return (await self.dossier(incident_id)).incident.revision

    async def others(self, incident: Incident) -> tuple[Incident, ...]:
        """Incidents that burn as well and could be one fire with this one: of the same brand, so of the same shard."""
        burning = await read_burning(self._engine, MOST_OTHERS)
        near = [one for one in burning if one.shard == incident.shard and one.brand == incident.brand]
        return tuple(one for one in near if one.incident_id != incident.incident_id and not one.canary)

    async def story(self, dossier: Dossier) -> Story:
        """The whole incident, with the lines its own timeline no longer holds."""
        return Story(dossier.incident, await read_timeline(self._engine, dossier.incident), dossier.receipts)

    def reader(self, person: Person, language: Language) -> Reader:
        return Reader(person, language, self._people(), self._clock.now(), self._author_names())

    def plan_title(self, incident: Incident, language: Language) -> str:
        """The name of the incident's plan; empty when the house has no such plan any more."""
        plan = self.plans().get(incident.plan.plan_id) if incident.plan is not None else None
        return plan.title.both()[language] if plan is not None else ""

    def check(self, command: IncidentCommand, incident: Incident, person: Person, back: str) -> None:
        """Raises `Refused`, in words, for what this person may not do."""
        reason = refusal(command, self._people(), incident.kind, self._clock.now())
        if reason is not None:
            detail = refusal_text(reason, person.role, person.language)
            raise Refused(403, "not_allowed", "refused", back=back, detail=detail, language=person.language)

    async def give(self, incident: Incident, command: IncidentCommand, seen: str, *chosen: str) -> UUID:
        """On record when this returns; the command's id. `seen`: the revision of the page whose button was pressed."""
        actor = command.actor
        event_id = derived_id("command", command.TYPE, incident.incident_id, actor.person_id, actor.via, seen, *chosen)
        event = Event(id=event_id, source=SOURCE, time=self._clock.now(), data=command)
        await self._producer.send(Outgoing.of(self._commands, incident.shard, shard_key(incident.shard), event))
        return event_id
