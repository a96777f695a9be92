"""What all notifiers together have sent to whom: the pace of one is the pace of all.

Follows `pages.deliveries.v1` of all shards into `Pace`, so that a cap holds for a person whose incidents lie in shards
of several notifiers. It lags by the moment a claim takes through Kafka: what two notifiers claim within the same
moment, neither knows of the other. Own claims are noted by the book at once; noted twice they count once.
"""

from __future__ import annotations

from uuid import UUID

from feuerwache.common.errors import InvalidRecord
from feuerwache.common.events.page import DeliveryChanged
from feuerwache.common.kafka.follow import Follower
from feuerwache.common.kafka.record import Record
from feuerwache.common.kafka.topics import PAGES_DELIVERIES
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings
from feuerwache.notifier.delivery.ledger import counts
from feuerwache.notifier.delivery.pace import Pace

log = logger(__name__)


class Sent(Follower):
    def __init__(self, settings: CommonSettings, pace: Pace) -> None:
        super().__init__(settings, PAGES_DELIVERIES, "what was sent", self.take)
        self._pace = pace

    def take(self, record: Record) -> None:
        if record.value is None:
            return
        try:
            change = record.event().data
        except InvalidRecord as error:
            log.error("a delivery cannot be read", offset=record.offset, reason=type(error).__name__)
            return
        if isinstance(change, DeliveryChanged) and counts(change):
            claim: tuple[UUID, int] = (change.delivery_id, change.attempt)
            self._pace.note(change.recipient, change.channel, claim, change.at)
