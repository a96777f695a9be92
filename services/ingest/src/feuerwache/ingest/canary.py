"""The canary: a post of our own that travels the whole way every minute, in a community of its own.

It is accepted like any other, classified, judged (`config/rules/canary` escalates it), passed on by the incidents task
and answered with a drill receipt by the notifier, which tells a dead-man's switch outside. No platform, statistic or
person sees it. Its seconds are real: a demo that runs faster does not make it sing faster.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from feuerwache.common.clock import Clock
from feuerwache.common.config.community import Communities
from feuerwache.common.errors import TransientError
from feuerwache.common.logging import logger
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.verdict import Status

INTEGRATION = "feuerwache-canary"
PLATFORM = "feuerwache"
WAY = "canary"

log = logger(__name__)


class Canary:
    """`communities` says which are canaries now; without one nothing is sent. `seconds` 0: never."""

    def __init__(
        self, communities: Callable[[], Communities], intake: Intake, clock: Clock, metrics: Metrics, seconds: float
    ) -> None:
        self._communities = communities
        self._intake = intake
        self._clock = clock
        self._metrics = metrics
        self._seconds = seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`. While Kafka does not answer the canary is silent: that is what the one outside listens for."""
        if self._seconds <= 0:
            await stop.wait()
            return
        while not stop.is_set():
            for community in self._communities().communities:
                if community.canary:
                    await self._sing(community.id)
            try:
                async with asyncio.timeout(self._seconds):
                    await stop.wait()
            except TimeoutError:
                continue

    async def _sing(self, community: str) -> None:
        sender = Integration(id=INTEGRATION, platform=PLATFORM, communities=(community,))
        item = song(self._clock.now(), self._clock.real_now())
        try:
            (verdict,) = await self._intake.accept([item], sender, WAY)
        except TransientError as error:
            log.warning("the canary was not accepted", community=community, reason=str(error))
            self._metrics.canaries.labels("unavailable").inc()
            return
        if verdict.status is Status.REJECTED:
            log.error("the canary was refused", community=community, problems=[str(one) for one in verdict.problems])
        self._metrics.canaries.labels(verdict.status.value).inc()


def song(now: datetime, real_now: datetime) -> Item:
    """The post. Its id follows from real time, which no demo repeats; an author an hour keeps their journals short."""
    post = {
        "post_id": f"canary-{real_now.timestamp():.3f}",
        "author": {"id": f"canary-{real_now:%Y-%m-%dT%H}"},
        "text": "Feuerwache: Probe der Leitung. Niemand wird geweckt.",
        "created_at": now.isoformat(),
        "visibility": "private",
    }
    return Item(post, "post")
