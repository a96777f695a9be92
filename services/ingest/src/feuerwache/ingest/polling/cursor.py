"""Where pollers stand, in the compacted topic `polling.cursors.v1`: the newest cursor of each integration.

A cursor is written when everything before it has been accepted. So who begins with it, after a crash or in another
process, may read a page again and never skips one. Every process follows all cursors, since any of them may be the next
to poll.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.polling import PollingCursor
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.keys import integration_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing, Record
from feuerwache.common.kafka.topics import POLLING_CURSORS
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

log = logger(__name__)


class Cursors:
    def __init__(self, settings: CommonSettings, producer: EventProducer) -> None:
        self._settings = settings
        self._producer = producer
        self._newest: dict[str, PollingCursor] = {}
        self._follower = Follower(settings, POLLING_CURSORS, "the cursors of pollers", self._take)

    def health(self) -> str | None:
        return self._follower.health()

    def following(self) -> AbstractAsyncContextManager[None]:
        return self._follower.following()

    def of(self, integration: str) -> PollingCursor | None:
        """None for one that was never polled; ask only while `health` is None."""
        return self._newest.get(integration)

    async def write(self, cursor: PollingCursor) -> None:
        """On record afterwards. Raises `TransientError`, or `InvalidRecord` for one that is too large."""
        key = integration_key(cursor.integration)
        partition = partition_of(key, self._settings.partitioning().of(POLLING_CURSORS))
        cause = derived_id("polling cursor", cursor.integration, cursor.at.isoformat())
        event = Event(cause, f"/ingest/poll/{cursor.integration}", cursor.at, cursor)
        await self._producer.send(Outgoing.of(self._settings.topics().of(POLLING_CURSORS), partition, key, event))
        self._newest[cursor.integration] = cursor

    def _take(self, record: Record) -> None:
        if record.value is None:
            return
        try:
            event = record.event()
        except InvalidRecord as error:
            log.error("a cursor of a poller cannot be read", reason=str(error))
            return
        if isinstance(event.data, PollingCursor):
            known = self._newest.get(event.data.integration)
            if known is None or known.at <= event.data.at:
                self._newest[event.data.integration] = event.data
