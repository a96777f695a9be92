"""Runs one stage: joins the group, watches its loops, joins again after an error, ends loudly when it must.

What it guarantees: over its inputs, every record leads to its outputs (or its dead letter) exactly once as a
`read_committed` consumer sees it, in order per partition, whatever is killed, stopped or moved. How: `loop.py`,
`session.py`, `membership.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from feuerwache.common import metrics
from feuerwache.common.clock import Clock
from feuerwache.common.errors import FatalError
from feuerwache.common.kafka.connection import EX_NOPERM, refusal
from feuerwache.common.kafka.record import Handler
from feuerwache.common.kafka.runner.limits import Backoff, DeadLetterLimit
from feuerwache.common.kafka.runner.membership import Membership
from feuerwache.common.kafka.runner.options import RunnerOptions, Stage
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.logging import logger
from feuerwache.common.settings import CommonSettings

WATCH_SECONDS = 0.5
EX_UNAVAILABLE = 69
REFUSED = (GroupAuthorizationFailedError, TopicAuthorizationFailedError, TransactionalIdAuthorizationFailed)

log = logger(__name__)


class Runner:
    """A stage over one or several co-partitioned input topics, with state in a compacted topic or without.

    `stage` names the consumer group (with the topic prefix), the transactional ids and the metrics' label. A handler
    is made per partition number and assignment. `run` once.
    """

    def __init__(
        self,
        *,
        stage: str,
        inputs: Sequence[Topic],
        state: Topic | None = None,
        make_handler: Callable[[int], Handler],
        settings: CommonSettings,
        clock: Clock,
        options: RunnerOptions | None = None,
    ) -> None:
        options = options or RunnerOptions()
        names = settings.topics()
        without = [topic.name for topic in inputs if not topic.dead_letters]
        if without or not inputs:
            raise ValueError(f"inputs need a dead-letter topic; {without or 'none'} given")
        self._clock = clock
        self._stage = Stage(
            name=stage,
            group=f"{settings.topic_prefix}{stage}",
            inputs=tuple(names.of(topic) for topic in inputs),
            state=None if state is None else names.of(state),
            make_handler=make_handler,
            settings=settings,
            clock=clock,
            options=options,
            limit=DeadLetterLimit(options.dead_letter_window, options.dead_letter_share),
        )
        self._membership: Membership | None = None
        self._trouble: str | None = "has not started"

    def health(self) -> str | None:
        """None only while this process is in the group and each of its partitions polls and is answered."""
        if self._trouble is not None or self._membership is None:
            return self._trouble or "is not in the group"
        return self._membership.health()

    async def run(self, stop: asyncio.Event) -> None:
        """Returns once stopped, everything begun being finished. Raises `FatalError`."""
        metrics.initialise_runner(self._stage.name)
        options = self._stage.options
        backoff = Backoff(options.backoff_first, options.backoff_limit)
        while not stop.is_set():
            membership = Membership(self._stage)
            try:
                await membership.join()
                self._membership, self._trouble = membership, None
                await self._watch(membership, stop, backoff)
            except REFUSED as error:
                raise FatalError(f"{self._stage.name}: the broker refuses: {error!r}", EX_NOPERM) from error
            except KafkaError as error:
                self._trouble = f"joins the group anew: {await self._reason(error)}"
                log.warning("membership lost", stage=self._stage.name, error=self._trouble)
            finally:
                self._membership = None
                if stop.is_set():
                    self._trouble = "is stopping"
                await membership.leave()
            await _wait(stop, backoff.next())
        self._trouble = "has stopped"

    async def _reason(self, error: KafkaError) -> str:
        """Raises `FatalError` when the broker refuses us for good, e.g. for a wrong password."""
        if not isinstance(error, KafkaConnectionError):
            return repr(error)
        reason = await refusal(self._stage.settings, error)
        if isinstance(reason, FatalError):
            raise FatalError(f"{self._stage.name}: {reason}", reason.exit_code) from error
        return str(reason)

    async def _watch(self, membership: Membership, stop: asyncio.Event, backoff: Backoff) -> None:
        """Returns at the stop; raises what a loop failed with, what the coordinator has, or that a loop hangs."""
        name, options = self._stage.name, self._stage.options
        while not await _wait(stop, WATCH_SECONDS, membership.failure):
            if membership.failure.done():
                membership.failure.result()
            membership.check()
            number, stalled = membership.longest_stall()
            metrics.STALLED.labels(name).set(membership.stalled())
            if stalled > options.give_up_seconds:
                raise FatalError(
                    f"{name}: partition {number} has made no progress for {stalled:.0f} s; this process ends so that "
                    "another one gets it",
                    EX_UNAVAILABLE,
                )
            if membership.health() is None:
                backoff.reset()


async def _wait(stop: asyncio.Event, seconds: float, failure: asyncio.Future[None] | None = None) -> bool:
    """True when told to stop; returns after `seconds`, or at once when `failure` is set."""
    told = asyncio.ensure_future(stop.wait())
    try:
        awaited: set[asyncio.Future[Any]] = {told} if failure is None else {told, failure}
        await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return stop.is_set()
    finally:
        told.cancel()
