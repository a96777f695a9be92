"""Which integrations are paused, as all processes know it: the newest `OutboundPaused` of each in a compacted topic.

A platform that answers 410 Gone wants no more; nothing is sent to it any more until a human says so
(`feuerwache outbound resume`). That outlives every process, and nothing is dropped meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.outbound import OutboundPaused
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.keys import integration_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import OUTBOUND_PAUSES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

log = logger(__name__)


class Pauses:
    """`changed` is told of every pause and resumption, also of those from before the start."""

    def __init__(self, settings: CommonSettings, changed: Callable[[OutboundPaused], None]) -> None:
        self._changed = changed
        self._current: dict[str, OutboundPaused] = {}
        self._follower = Follower(settings, OUTBOUND_PAUSES, "pauses", self._take)

    def health(self) -> str | None:
        return self._follower.health()

    def of(self, integration: str) -> str | None:
        """Why it is paused; None when it is not."""
        known = self._current.get(integration)
        return known.reason or "paused" if known is not None and known.paused else None

    def following(self) -> AbstractAsyncContextManager[None]:
        return self._follower.following()

    def _take(self, record: Record) -> None:
        try:
            event = record.event()
        except InvalidRecord as error:
            log.error("a pause cannot be read", reason=str(error))
            return
        if isinstance(event.data, OutboundPaused):
            self._current[event.data.integration] = event.data
            self._changed(event.data)


async def say(
    settings: CommonSettings, clock: Clock, integration: str, reason: str, *, paused: bool, actor: Actor | None = None
) -> None:
    """Pauses or resumes. Raises `TransientError`, `FatalError`."""
    async with EventProducer(settings) as producer:
        await producer.send(record_of(settings, clock, integration, reason, paused=paused, actor=actor))


async def say_if_possible(
    producer: EventProducer, settings: CommonSettings, clock: Clock, integration: str, reason: str
) -> None:
    """Pauses by a platform's word. While Kafka is away this process keeps to it alone; the next 410 says it again."""
    log.error("paused: the platform wants no more", integration=integration, reason=reason, resume=command(integration))
    try:
        await producer.send(record_of(settings, clock, integration, reason, paused=True))
    except TransientError as error:
        log.warning("the pause is not on record", integration=integration, error=str(error))


def command(integration: str) -> str:
    return f"feuerwache outbound resume {integration}"


def record_of(
    settings: CommonSettings, clock: Clock, integration: str, reason: str, *, paused: bool, actor: Actor | None = None
) -> Outgoing:
    now = clock.real_now()
    payload = OutboundPaused(integration=integration, paused=paused, at=now, reason=reason, actor=actor)
    event = Event(derived_id("outbound pause", integration, paused, now.isoformat()), "/outbound", now, payload)
    key = integration_key(integration)
    partition = partition_of(key, settings.partitioning().of(OUTBOUND_PAUSES))
    return Outgoing.of(settings.topics().of(OUTBOUND_PAUSES), partition, key, event)
