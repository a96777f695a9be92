"""Where sends happen: outside of any transaction, a bounded number at a time per channel, shared by all partitions.

A send belongs to one claim, named by delivery and attempt. The desk remembers its outcome until the settling is on
record; so when a transaction fails and a handler is built anew in this process, it asks the desk what became of its
claims instead of sending again. Only the death of the process, or the partition's move to another one, leaves an
outcome unknown.

Within a claim, transient failures are tried again with jitter until the job's time is up, or until somebody has
answered meanwhile. Waiting for another try holds no place in the channel's pool, and no channel waits for another
one's. All times here are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.http.retry import backoff
from feuerwache.common.logging import logger
from feuerwache.notifier import metrics
from feuerwache.notifier.channels.channel import Channel, Delivery, Outcome, Result, permanent
from feuerwache.notifier.message.message import Message

PARALLEL = 8
#: A result that nobody asked for in this time belonged to a partition that has moved away.
FORGOTTEN_AFTER = 900.0

Claim = tuple[UUID, int]
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One claimed delivery, ready to go. `seconds` bounds the retries, not the single try (the channel does that)."""

    claim: Claim
    channel: str
    delivery: Delivery
    message: Message
    seconds: float


@dataclass(slots=True)
class _Work:
    """`task` is set right after it is made; `called_off` ends it before its next try."""

    called_off: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[Outcome] | None = None
    done_at: float | None = None


@dataclass(slots=True)
class Desk:
    """`channels` by name. Create and close it in the event loop of the process."""

    channels: Mapping[str, Channel]
    clock: Clock
    parallel: int = PARALLEL
    _work: dict[Claim, _Work] = field(default_factory=dict)
    _pools: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    def start(self, job: Job) -> None:
        """Sends in the background; the same claim again is the same send."""
        self._drop_forgotten()
        if job.claim not in self._work:
            work = self._work[job.claim] = _Work()
            work.task = asyncio.create_task(self._send(job, work.called_off), name=f"send {job.channel}")
            work.task.add_done_callback(lambda _: setattr(work, "done_at", self.clock.monotonic()))

    def call_off(self, claim: Claim) -> None:
        """No further try: somebody has answered. A try that is under way ends as it ends."""
        if claim in self._work:
            self._work[claim].called_off.set()

    def knows(self, claim: Claim) -> bool:
        return claim in self._work

    def outcome(self, claim: Claim) -> Outcome | None:
        """None while it is being sent. A bug in a channel is a permanent failure: the next contact is tried."""
        work = self._work.get(claim)
        if work is None or work.task is None or not work.task.done() or work.task.cancelled():
            return None
        error = work.task.exception()
        if error is not None:
            log.error("a channel failed in an unforeseen way", error=type(error).__name__)
            return permanent(f"the channel failed: {type(error).__name__}")
        return work.task.result()

    def settled(self, claim: Claim) -> None:
        """The outcome is on record."""
        self._work.pop(claim, None)

    @property
    def unsettled(self) -> int:
        return len(self._work)

    async def close(self, seconds: float) -> None:
        """Lets what is being sent finish for so long; then cuts it. Closes the channels."""
        tasks = {work.task for work in self._work.values() if work.task is not None and not work.task.done()}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for channel in self.channels.values():
            await channel.close()

    async def _send(self, job: Job, called_off: asyncio.Event) -> Outcome:
        channel = self.channels.get(job.channel)
        if channel is None:
            return permanent("this channel is not set up")
        pool = self._pools.setdefault(job.channel, asyncio.Semaphore(self.parallel))
        deadline = self.clock.monotonic() + job.seconds
        tries = 0
        while True:
            async with pool:
                if called_off.is_set():
                    return Outcome(Result.WITHDRAWN, "somebody has answered")
                chaos.point("notifier.before_channel")
                began = self.clock.monotonic()
                outcome = await channel.send(job.delivery, job.message)
                metrics.SEND_SECONDS.labels(job.channel).observe(self.clock.monotonic() - began)
            chaos.point("notifier.after_channel")
            tries += 1
            wait = backoff(tries, outcome.retry_after)
            if outcome.result is not Result.TRANSIENT or self.clock.monotonic() + wait > deadline:
                return outcome if tries == 1 else _after(outcome, tries)
            metrics.RETRIES.labels(job.channel).inc()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await called_off.wait()

    def _drop_forgotten(self) -> None:
        now = self.clock.monotonic()
        for claim, work in list(self._work.items()):
            if work.done_at is not None and now - work.done_at > FORGOTTEN_AFTER:
                del self._work[claim]


def _after(outcome: Outcome, tries: int) -> Outcome:
    return replace(outcome, reason=f"{outcome.reason} ({tries} tries)".strip())
