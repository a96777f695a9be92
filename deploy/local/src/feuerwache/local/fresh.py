"""A stack with nothing in it from an earlier run, on a clock of its own: what demo and replay play on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress

from feuerwache.common.settings import CommonSettings
from feuerwache.local import ledger
from feuerwache.local.handle import Handle, StackFailed, launch
from feuerwache.local.ledger import Ledger
from feuerwache.local.plan import FastClock, Plan
from feuerwache.local.progress import Reporter

#: How long the clock stands still for the services to get ready; see `FastClock`.
LEAD_SECONDS, LEAD_FACTOR = 8.0, 1.5
CHECK_SECONDS = 0.3


def launch_fresh(plan: Plan, reporter: Reporter, prepare: Callable[[], None] = lambda: None) -> Handle:
    """Removes what is left of a former run, lets `prepare` put files into the empty home, and starts.

    Raises `StackFailed` if one of that name still runs.
    """
    home = plan.places.home
    known = ledger.read(home)
    if known is not None and known.alive():
        raise StackFailed(f"A {plan.name} is still running; feuerwache down ends it.")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    prepare()
    return launch(plan, reporter)


def fast_settings(known: Ledger, clock: FastClock) -> CommonSettings:
    """Where that stack is, and what time it is there."""
    return CommonSettings(
        kafka_bootstrap=known.kafka, clock_start=clock.start, clock_epoch=known.clock_epoch, clock_factor=clock.factor
    )


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float) -> bool:
    """Waits for the condition, at most so many real seconds; says whether it came true."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                answer = condition()
                if answer if isinstance(answer, bool) else await answer:
                    return True
                await asyncio.sleep(CHECK_SECONDS)
    return False
