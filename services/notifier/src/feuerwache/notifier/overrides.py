"""Follows `oncall.overrides.v1`: who stands in for whom. A projection in memory, read anew at each start.

Until it has caught up with the topic the process is not ready, but it pages: by the schedule alone, because a page to
the one who was on call first is better than none. When the broker is away, the last known overrides hold, and the
process is not ready until they are read again. A record that is no override is counted and passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, Payload, derived_id
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.keys import override_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import ONCALL_OVERRIDES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier import metrics

log = logger(__name__)

SOURCE = "/cli"
#: Override id → the time of its latest event, the id, and what that event said.
Known = dict[str, tuple[datetime, str, OnCallOverridden]]


class Overrides(Follower):
    """`current` in the order in which they were made."""

    def __init__(self, settings: CommonSettings) -> None:
        super().__init__(
            settings,
            ONCALL_OVERRIDES,
            "the on-call overrides",
            self._taken,
            lambda: metrics.OVERRIDES_UNREADABLE.set(0),
        )
        self._known: Known = {}

    def current(self) -> tuple[OnCallOverridden, ...]:
        return in_order(self._known)

    def _taken(self, record: Record) -> None:
        if not take(self._known, record):
            metrics.OVERRIDES_UNREADABLE.inc()


async def read_overrides(settings: CommonSettings) -> tuple[OnCallOverridden, ...]:
    """The overrides as they are on record now, for a command. Raises `TransientError`."""
    known: Known = {}
    for record in await read_topic(settings, settings.topics().of(ONCALL_OVERRIDES)):
        take(known, record)
    return in_order(known)


async def record(settings: CommonSettings, overrides: Sequence[OnCallOverridden]) -> None:
    """Puts exceptions on record; returns once the broker has them all. Raises `TransientError`."""
    now = settings.clock().now()
    topic = settings.topics().of(ONCALL_OVERRIDES)
    outgoing = []
    for override in overrides:
        key = override_key(override.schedule, override.override_id)
        made = (override.override_id, override.cancelled, override.actor.person_id, now.isoformat())
        event: Event[Payload] = Event(derived_id("oncall", *made), SOURCE, now, override)
        outgoing.append(Outgoing.of(topic, partition_of(key, settings.shards), key, event))
    async with EventProducer(settings) as producer:
        await producer.send_all(outgoing)


def in_order(known: Known) -> tuple[OnCallOverridden, ...]:
    """By the time of their events, so that every instance lays them on top of each other in the same order."""
    return tuple(override for _, _, override in sorted(known.values(), key=lambda each: each[:2]))


def take(known: Known, record: Record) -> bool:
    """Puts one record into what is known: the latest word on each override. False when it is no override."""
    if record.value is None:
        return True  # a schedule without exceptions: those that were known end by their own time
    try:
        event = record.event()
        override = event.data
        if not isinstance(override, OnCallOverridden):
            raise InvalidRecord(f"{override.TYPE} is no override")
    except InvalidRecord as error:
        # A reader without offsets cannot dead-letter it; the others must hold all the same.
        log.error("an on-call override cannot be read", offset=record.offset, reason=str(error))
        return False
    known[override.override_id] = (event.time, override.override_id, override)
    return True
