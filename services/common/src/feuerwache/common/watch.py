"""Keeps a process's configuration up to date while it runs, and says in a metric whether the one on disk is good.

A broken file is told once, with file and line, and the last good configuration stays in force. Any other error is a
bug or a broken machine: it leaves `watch`, and with `together` it ends the process, for one that only seems to look
would run on yesterday's people.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from feuerwache.common.config.catalog import Catalog
from feuerwache.common.logging import logger
from feuerwache.common.metrics import CONFIG_OK

T = TypeVar("T")

log = logger(__name__)


async def watch(
    catalog: Catalog[T], service: str, seconds: float, stop: asyncio.Event, taken: Callable[[T], None] | None = None
) -> None:
    """Looks every `seconds` (real time) until `stop`; `taken` is told of every configuration that comes into force."""
    CONFIG_OK.labels(service).set(catalog.problem is None)
    while not await _stopped(stop, seconds):
        await look(catalog, service, taken)


async def look(catalog: Catalog[T], service: str, taken: Callable[[T], None] | None = None) -> None:
    """One look at the files; also for who cannot wait for the next one."""
    before = catalog.current
    if not await asyncio.to_thread(catalog.refresh):
        return
    CONFIG_OK.labels(service).set(catalog.problem is None)
    if catalog.problem is not None:
        log.error("the configuration is broken, the last good one is kept", problems=str(catalog.problem))
        return
    log.info("the configuration on disk is in force")
    if taken is not None and catalog.current is not before:
        taken(catalog.current)


async def together(stop: asyncio.Event, *parts: Coroutine[Any, Any, None]) -> None:
    """Runs the parts until all have ended; when one fails, the others are told to stop, and its error is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        stop.set()
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        task.result()


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
