"""Asks one platform for one integration, page by page, for as long as this process has the lease.

For each page: ask, take its items for good, write the cursor. In this order a crash repeats a page and skips none. What
a platform cannot give now (429, a quota, 5xx, no answer) makes the poller wait, longer each time, and at least as long
as it was asked to; nobody is told that it is ill, but the delay rises. Told to stop, it finishes the page in hand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from feuerwache.common.clock import Clock
from feuerwache.common.errors import InvalidRecord, TransientError
from feuerwache.common.events.polling import PollingCursor
from feuerwache.common.http.retry import retry_after
from feuerwache.common.logging import logger
from feuerwache.ingest.adapters.adapter import Ask, Fetch, Fetched, Page, Polled, Secrets, Wait
from feuerwache.ingest.adapters.polled import PolledSettings
from feuerwache.ingest.arrival import Arrivals
from feuerwache.ingest.envelope import Unreadable
from feuerwache.ingest.integration import Integration
from feuerwache.ingest.polling.budget import Budget
from feuerwache.ingest.polling.cursor import Cursors
from feuerwache.ingest.polling.lease import Lease
from feuerwache.ingest.polling.metrics import OUTCOMES, PollingMetrics
from feuerwache.ingest.polling.pace import Pace
from feuerwache.ingest.security.keyring import MissingSecret

WAY = "poll"
#: A bug of ours, or a key that is not there: it is not put right within seconds.
BROKEN_SECONDS = 60.0
LOOK_SECONDS = 1.0

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """What a poller polls, and with what."""

    integration: Integration
    adapter: Polled
    settings: PolledSettings
    secrets: Callable[[], Coroutine[Any, Any, Secrets]]
    fetch: Callable[[Fetch, Secrets], Coroutine[Any, Any, Fetched | str]]


@dataclass(slots=True)
class _Stand:
    """Where it is. `cost`: units of the pass under way."""

    cursor: dict[str, Any]
    day: str = ""
    spent: int = 0
    cost: int = 0


class Poller:
    """`shortest`: no platform is asked for a pass more often than this, in real seconds."""

    def __init__(
        self,
        errand: Errand,
        arrivals: Arrivals,
        cursors: Cursors,
        lease: Lease,
        *,
        clock: Clock,
        metrics: PollingMetrics,
        shortest: float,
        pace: Pace | None = None,
    ) -> None:
        self._errand = errand
        self._id = errand.integration.id
        self._arrivals, self._cursors, self._lease = arrivals, cursors, lease
        self._clock, self._metrics = clock, metrics
        self._interval = max(shortest, errand.settings.interval.total_seconds())
        self._budget = Budget(errand.settings.units_per_day, errand.settings.QUOTA_ZONE)
        self._pace = pace or Pace()
        self._stand: _Stand | None = None
        self._whole = clock.real_now()
        metrics.initialise(self._id, self._delay)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        try:
            while not stop.is_set():
                await self._rest(await self.turn(stop), stop)
        finally:
            await self._lease.release()
            self._metrics.forget(self._id)

    async def turn(self, stop: asyncio.Event) -> float:
        """One pass, where this process has the lease. Answers the real seconds to wait before the next turn."""
        return await self._pass(stop) if await self._mine() else LOOK_SECONDS

    def _delay(self) -> float:
        return max(0.0, (self._clock.real_now() - self._whole).total_seconds())

    async def _mine(self) -> bool:
        """Whether this process polls now. Where it did not before, it goes on from what is on record."""
        mine = self._cursors.health() is None and await self._lease.keep()
        self._metrics.polling.labels(self._id).set(mine)
        if not mine:
            self._stand = None
            self._metrics.elsewhere(self._id)
        elif self._stand is None:
            known = self._cursors.of(self._id)
            if known is None:
                self._stand = _Stand(dict(self._errand.adapter.begin(self._clock.now())))
            else:
                self._stand, self._whole = _Stand(dict(known.cursor), known.day, known.spent), known.at
            log.info("polling begins here", integration=self._id, anew=known is None)
        return mine

    async def _rest(self, seconds: float, stop: asyncio.Event) -> None:
        """Keeps the lease meanwhile; over at once when it is lost."""
        end = self._clock.monotonic() + seconds
        while (left := end - self._clock.monotonic()) > 0 and not stop.is_set():
            try:
                async with asyncio.timeout(min(left, LOOK_SECONDS)):
                    await stop.wait()
            except TimeoutError:
                if self._stand is not None and not await self._mine():
                    return

    async def _pass(self, stop: asyncio.Event) -> float:
        """Asks until nothing is left to ask. Answers the seconds to wait before the next one."""
        stand = self._stand
        assert stand is not None
        stand.cost = 0
        try:
            asks = deque(self._errand.adapter.ask(stand.cursor, self._clock.now()))
        except Exception as error:  # noqa: BLE001 - an adapter that breaks holds up its own platform, and no other
            return self._broken(error)
        while asks:
            if stop.is_set() or not await self._lease.keep():
                return 0.0
            pause = self._budget.pause(asks[0].units, self._left(stand), self._clock.real_now())
            if pause:
                self._count("quota")
                return pause
            wait = await self._page(stand, asks.popleft(), asks)
            if wait is not None:
                return wait
        self._whole = self._clock.real_now()
        return self._budget.interval(self._interval, stand.cost, self._left(stand), self._whole)

    async def _page(self, stand: _Stand, asked: Ask, asks: deque[Ask]) -> float | None:
        """One page, to its end. None: go on; else the seconds to wait."""
        answer = await self._answer(stand, asked)
        if not isinstance(answer, Fetched):
            return answer
        page = self._read(stand, asked, answer)
        if not isinstance(page, Page):
            return page
        try:
            await self._arrivals.take(page.items, self._errand.integration, WAY)
            await self._write(stand, page)
        except (TransientError, InvalidRecord) as error:
            log.warning("a page is not on record, it will be read again", integration=self._id, reason=str(error))
            return self._failed("not_accepted")
        for skipped in page.skipped:
            self._metrics.skipped.labels(self._id, skipped.reason).inc()
        asks.extendleft(reversed(page.more))
        if page.wait is not None:
            return self._told(page.wait, self._asked_for(answer))
        self._count("taken")
        self._pace.worked()
        return None

    async def _answer(self, stand: _Stand, asked: Ask) -> Fetched | float:
        """What the platform says, or the seconds to wait where it says nothing now."""
        try:
            answer = await self._errand.fetch(asked.fetch, await self._errand.secrets())
        except MissingSecret as error:
            log.error("a platform cannot be asked", integration=self._id, reason=str(error))
            return self._failed("no_secret", BROKEN_SECONDS)
        self._spend(stand, asked.units)
        if isinstance(answer, str):
            log.warning("a platform does not answer", integration=self._id, reason=answer)
            return self._failed("unanswered")
        if answer.status == 429:
            return self._failed("rate", self._asked_for(answer))
        if answer.status >= 500:
            return self._failed("unavailable", self._asked_for(answer))
        return answer

    def _read(self, stand: _Stand, asked: Ask, answer: Fetched) -> Page | float:
        try:
            return self._errand.adapter.page(stand.cursor, asked, answer, self._clock.now())
        except Unreadable as error:
            log.warning("a page cannot be read", integration=self._id, reason=error.title)
            return self._failed("unreadable")
        except Exception as error:  # noqa: BLE001 - as in `_pass`; its text may quote the page
            return self._broken(error)

    def _asked_for(self, answer: Fetched) -> float | None:
        return retry_after(answer.headers.get("retry-after"), self._clock.real_now())

    async def _write(self, stand: _Stand, page: Page) -> None:
        cursor = dict(page.cursor)
        at = self._clock.real_now()
        await self._cursors.write(
            PollingCursor(integration=self._id, cursor=cursor, at=at, day=stand.day, spent=stand.spent)
        )
        stand.cursor = cursor

    def _told(self, wait: Wait, asked_for: float | None) -> float:
        """What the platform said instead of a page."""
        outcome = wait.reason if wait.reason in OUTCOMES else "refused"
        log.warning("a platform gives nothing", integration=self._id, reason=outcome)
        if wait.until is not None:
            self._count(outcome)
            return max(LOOK_SECONDS, (wait.until - self._clock.now()).total_seconds())
        return self._failed(outcome, wait.seconds if wait.seconds is not None else asked_for)

    def _broken(self, error: Exception) -> float:
        log.error("an adapter failed", integration=self._id, error=type(error).__name__)
        return self._failed("failed", BROKEN_SECONDS)

    def _failed(self, outcome: str, asked: float | None = None) -> float:
        self._count(outcome)
        return self._pace.failed(asked)

    def _count(self, outcome: str) -> None:
        self._metrics.pages.labels(self._id, outcome).inc()

    def _spend(self, stand: _Stand, units: int) -> None:
        today = self._budget.day(self._clock.real_now())
        stand.spent = units + (stand.spent if stand.day == today else 0)
        stand.day, stand.cost = today, stand.cost + units
        left = self._left(stand)
        if left is not None:
            self._metrics.units.labels(self._id).set(left)

    def _left(self, stand: _Stand) -> int | None:
        return self._budget.left(stand.day, stand.spent, self._clock.real_now())
