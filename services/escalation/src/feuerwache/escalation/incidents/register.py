"""The incidents as everybody may read them: the last committed state of each, and commands given about them.

For the command line. It knows nothing the topics do not say, and changes nothing but by a command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.incident import Command, Declare, Incident, IncidentChanged, Mute
from feuerwache.common.kafka.consumer import read_partition, read_topic
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import INCIDENTS_CHANGED, INCIDENTS_COMMANDS
from feuerwache.common.settings import CommonSettings

SOURCE = "/cli"
LOOK_AGAIN_SECONDS = 0.3


class NoSuchIncident(FeuerwacheError):  # noqa: N818 - reads as what it is
    """No incident, or more than one, has this id."""


async def read_incidents(settings: CommonSettings) -> list[Incident]:
    """The last state of every incident, the one opened last first."""
    return latest(await read_topic(settings, settings.topics().of(INCIDENTS_CHANGED)))


def latest(records: list[Record]) -> list[Incident]:
    """The last state of each incident in these records; a tombstone removes it."""
    incidents: dict[UUID, Incident] = {}
    for record in records:
        if record.value is None:
            incidents.pop(UUID((record.key or b"").decode()), None)
        elif isinstance(changed := record.event().data, IncidentChanged):
            incidents[changed.incident.incident_id] = changed.incident
    return sorted(incidents.values(), key=lambda incident: incident.opened_at, reverse=True)


def chosen(incidents: list[Incident], beginning: str) -> Incident:
    """The incident whose id begins like this. Raises `NoSuchIncident`."""
    found = [incident for incident in incidents if str(incident.incident_id).startswith(beginning.lower())]
    if len(found) != 1:
        count = "no incident" if not found else f"{len(found)} incidents"
        raise NoSuchIncident(f"{count} with an id that begins with {beginning!r}; see `feuerwache incidents list`")
    return found[0]


async def give(settings: CommonSettings, incident: Incident, command: Command, *chosen: object) -> UUID:
    """Sends a command; returns its id once the broker has it. Given twice to the state one saw, it is one command.

    `chosen` is what makes it another one on the same state: another step, another comment.
    """
    actor = command.actor
    cause = (command.TYPE, incident.incident_id, actor.person_id, actor.via, incident.revision, *chosen)
    return await send(settings, incident.shard, command, derived_id("command", *cause))


async def give_to_shard(settings: CommonSettings, shard: int, command: Declare | Mute, *cause: object) -> UUID:
    """Sends what is not about one incident yet."""
    return await send(settings, shard, command, derived_id("command", command.TYPE, *cause))


async def send(settings: CommonSettings, shard: int, command: Command | Declare | Mute, event_id: UUID) -> UUID:
    event: Event[Payload] = Event(id=event_id, source=SOURCE, time=settings.clock().now(), data=command)
    topic = settings.topics().of(INCIDENTS_COMMANDS)
    async with EventProducer(settings) as producer:
        await producer.send(Outgoing.of(topic, shard, shard_key(shard), event))
    return event_id


async def opened(settings: CommonSettings, shard: int, incident_id: UUID, seconds: float) -> Incident | None:
    """The incident once it is there; None when that takes longer than `seconds`."""
    return await _seen(settings, shard, seconds, lambda state: state.incident_id == incident_id)


async def applied(settings: CommonSettings, incident: Incident, command_id: UUID, seconds: float) -> Incident | None:
    """The incident once it has taken in the command; None when that takes longer than `seconds`."""

    def taken(state: Incident) -> bool:
        return state.incident_id == incident.incident_id and command_id in state.command_ids

    return await _seen(settings, incident.shard, seconds, taken)


async def _seen(
    settings: CommonSettings, shard: int, seconds: float, wanted: Callable[[Incident], bool]
) -> Incident | None:
    topic = settings.topics().of(INCIDENTS_CHANGED)
    try:
        async with asyncio.timeout(seconds):
            while True:
                records = [record async for record in read_partition(settings, topic, shard)]
                for state in latest(records):
                    if wanted(state):
                        return state
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
    except TimeoutError:
        return None
