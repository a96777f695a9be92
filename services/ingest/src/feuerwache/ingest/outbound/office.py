"""What the couriers of one integration share: its configuration now, the way to its platform, the valve, the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from feuerwache.common.clock import Clock
from feuerwache.common.kafka.topics import TopicNames
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.outbound.metrics import Metrics
from feuerwache.ingest.outbound.platform import Platform
from feuerwache.ingest.outbound.valve import Valve

STAGE = "outbound"


def stage_of(integration: str) -> str:
    """The consumer group (after the topic prefix), and what the runner's metrics call it."""
    return f"{STAGE}.{integration}"


@dataclass(frozen=True, slots=True)
class Limits:
    """`patience`: how long a decision is tried, from its first try. `first` and `longest` bound the pauses between
    tries, in seconds. At most `parked` decisions wait per partition before no more are read. One batch of a partition
    takes no longer than `batch_seconds` and one call: what has not been tried by then is parked."""

    patience: timedelta = timedelta(days=1)
    first: float = 1.0
    longest: float = 900.0
    parked: int = 200
    batch_seconds: float = 15.0


@dataclass(slots=True)
class Office:
    """`parked` counts by partition, for the metric. `pause` makes it known that the platform wants no more."""

    integration: Callable[[], Integration]
    platform: Platform
    valve: Valve
    clock: Clock
    names: TopicNames
    metrics: Metrics
    limits: Limits
    places: asyncio.Semaphore
    pause: Callable[[str], Awaitable[None]]
    parked: dict[int, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.integration().id

    def now_ms(self) -> int:
        return int(self.clock.real_now().timestamp() * 1000)

    def count(self, outcome: str) -> None:
        self.metrics.deliveries.labels(self.id, outcome).inc()

    def note_parked(self, partition: int, count: int) -> None:
        self.parked[partition] = count
        self.metrics.parked.labels(self.id).set(sum(self.parked.values()))
        self.metrics.closed.labels(self.id).set(self.valve.closed and self.valve.paused is None)

    def admits(self, parcel: UUID) -> bool:
        return self.valve.admits(parcel, self.clock.monotonic())
