"""Follows `oncall.overrides.v1`: who stands in for whom. A projection in memory, read anew at each start.

Until it has caught up with the topic the process is not ready, but it pages: by the schedule alone, because a page to
the one who was on call first is better than none. When the broker is away, the last known overrides hold, and the
process is not ready until they are read again. A record that is no override is counted and passed over.
"""

from __future__ import annotations

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import ONCALL_OVERRIDES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier import metrics

log = logger(__name__)


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
        self._known: dict[str, OnCallOverridden] = {}

    def current(self) -> tuple[OnCallOverridden, ...]:
        return tuple(self._known.values())

    def _taken(self, record: Record) -> None:
        if not take(self._known, record):
            metrics.OVERRIDES_UNREADABLE.inc()


async def read_overrides(settings: CommonSettings) -> tuple[OnCallOverridden, ...]:
    """The overrides as they are on record now, for a command. Raises `TransientError`."""
    known: dict[str, OnCallOverridden] = {}
    for record in await read_topic(settings, settings.topics().of(ONCALL_OVERRIDES)):
        take(known, record)
    return tuple(known.values())


def take(known: dict[str, OnCallOverridden], record: Record) -> bool:
    """Puts one record into what is known, the latest word last. False when it is no override."""
    if record.value is None:
        return True  # a schedule without exceptions: those that were known end by their own time
    try:
        override = record.event().data
        if not isinstance(override, OnCallOverridden):
            raise InvalidRecord(f"{override.TYPE} is no override")
    except InvalidRecord as error:
        # A reader without offsets cannot dead-letter it; the others must hold all the same.
        log.error("an on-call override cannot be read", offset=record.offset, reason=str(error))
        return False
    known.pop(override.override_id, None)
    known[override.override_id] = override
    return True
