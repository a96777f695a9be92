"""An entry as it stands on the topics: receipts for incidents, the state of deliveries, tombstones for what is over.

The ids of the events follow from what they say, so the same entry twice is the same records.
"""

from __future__ import annotations

from datetime import datetime

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.page import DeliveryChanged, PageReceipt
from feuerwache.common.kafka.keys import shard_key
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import PAGES_DELIVERIES, PAGES_RECEIPTS, TopicNames
from feuerwache.notifier.delivery.entry import Entry

SOURCE = "/notifier"


def recorded(entry: Entry, partition: int, topics: TopicNames, now: datetime) -> list[Outgoing]:
    """`now` is the time of the events, UTC."""
    receipts, state = topics.of(PAGES_RECEIPTS), topics.of(PAGES_DELIVERIES)
    return [
        *(_receipt(receipt, receipts, partition, now) for receipt in entry.receipts),
        *(_state(change, state, partition, now) for change in entry.changes.values()),
        *(Outgoing(state, partition, str(gone).encode(), None) for gone in entry.removed),
    ]


def _receipt(receipt: PageReceipt, topic: str, partition: int, now: datetime) -> Outgoing:
    cause = derived_id("receipt", receipt.delivery_id, receipt.attempt, receipt.status)
    return Outgoing.of(topic, partition, shard_key(partition), Event(cause, SOURCE, now, receipt))


def _state(change: DeliveryChanged, topic: str, partition: int, now: datetime) -> Outgoing:
    cause = derived_id("delivery-changed", change.delivery_id, change.revision)
    return Outgoing.of(topic, partition, str(change.delivery_id).encode(), Event(cause, SOURCE, now, change))
