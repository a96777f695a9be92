"""What stands behind the routes: who a link belongs to, what is known about its incident, putting a command on record.

The token in a path is the capability: bound to one person and one incident, signed, and not to be guessed. Signature
and lifetime are held against real time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.clock import Clock
from feuerwache.common.config.people import People, Person
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.incident import Command, Incident
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import INCIDENTS_COMMANDS, TopicNames
from feuerwache.common.linktoken import BadToken, EndedToken, verify
from feuerwache.common.vocabulary import Language
from feuerwache.console.page.view import Reader
from feuerwache.console.store.reading import Dossier, read_dossier, read_revision

SOURCE = "/console"
#: A link works until so long after the incident's end, in real time.
AFTER_THE_END = timedelta(days=1)


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """Ends a request with a page that says why."""

    def __init__(
        self, status: int, name: str, outcome: str, *, back: str | None = None, reload: int | None = None
    ) -> None:
        super().__init__(name)
        self.status, self.name, self.outcome, self.back, self.reload = status, name, outcome, back, reload


class Desk:
    """What the routes work with: SQL to read from, Kafka to write commands to, people, the secret, the clocks."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        producer: EventProducer,
        people: Callable[[], People],
        secret: SecretStr,
        names: TopicNames,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._producer = producer
        self._people = people
        self._secret = secret.get_secret_value().encode()
        self._commands = names.of(INCIDENTS_COMMANDS)
        self._clock = clock

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
        dossier = await read_dossier(self._engine, incident_id)
        if dossier is None:
            raise Refused(404, "missing", "not_there", reload=2)
        if dossier.ended_ms is not None:
            since = self._clock.real_now().timestamp() - dossier.ended_ms / 1000
            if since > AFTER_THE_END.total_seconds():
                raise Refused(410, "ended", "refused")
        return dossier

    async def revision(self, incident_id: UUID) -> int:
        revision = await read_revision(self._engine, incident_id)
        if revision is None:
            raise Refused(404, "missing", "not_there")
        return revision

    def reader(self, person: Person, language: Language) -> Reader:
        return Reader(person, language, self._people(), self._clock.now())

    async def give(self, incident: Incident, command: Command, seen: str) -> None:
        """On record when this returns. `seen`: the revision of the page whose button was pressed."""
        actor = command.actor
        event_id = derived_id("command", command.TYPE, incident.incident_id, actor.person_id, actor.via, seen)
        event = Event(id=event_id, source=SOURCE, time=self._clock.now(), data=command)
        await self._producer.send(Outgoing.of(self._commands, incident.shard, shard_key(incident.shard), event))
