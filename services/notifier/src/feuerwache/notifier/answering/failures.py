"""What a provider says later of a message it had taken over, on its way to whoever keeps the delivery.

Any notifier may hear it, one of them has the delivery in its book: so it goes on `pages.failures.v1`, into the
partition of the delivery's shard, and comes to the book as pages do. Its id is derived from delivery and attempt, and
the book takes it once.
"""

from __future__ import annotations

from dataclasses import dataclass

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.page import DeliveryFailed
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import PAGES_FAILURES, TopicNames
from feuerwache.common.logging import logger
from feuerwache.notifier.answering.callback import About, Report

SOURCE = "/notifier/answers"
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Failures:
    """`shards`: how many partitions there are."""

    producer: EventProducer
    names: TopicNames
    clock: Clock
    shards: int

    async def record(self, about: About, said: Report) -> bool:
        """Whether it is on record. One about a shard that is not there is nobody's, and settled."""
        if not 0 <= about.shard < self.shards:
            log.error("a report is about a shard that is not there", shard=about.shard)
            return True
        failed = DeliveryFailed(delivery_id=about.delivery_id, attempt=about.attempt, reason=said.reason)
        event_id = derived_id("delivery-failed", about.delivery_id, about.attempt)
        event = Event(event_id, SOURCE, self.clock.now(), failed)
        name = self.names.of(PAGES_FAILURES)
        try:
            await self.producer.send(Outgoing.of(name, about.shard, shard_key(about.shard), event))
        except TransientError as error:
            log.error("a report could not be put on record", error=type(error).__name__)
            return False
        return True
