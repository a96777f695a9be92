"""The shell every service process runs in: logging, signals, health server, exit code.

SIGTERM and SIGINT set `process.stop`; the service finishes what it has begun and returns. One that has not returned
after `STOP_SECONDS` is ended. The exit code is 0 after an orderly stop, that of a `FatalError`, or 1 for a bug.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from feuerwache.common import chaos
from feuerwache.common.clock import Clock
from feuerwache.common.errors import FatalError, FeuerwacheError
from feuerwache.common.health import Health, HealthServer
from feuerwache.common.logging import configure, logger
from feuerwache.common.settings import CommonSettings

#: Below the 30 s after which Kubernetes kills, above what the runner needs to finish its transactions.
STOP_SECONDS = 25.0
CRASHED = 1

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Process:
    """What the shell gives to a service."""

    name: str
    settings: CommonSettings
    clock: Clock
    health: Health
    stop: asyncio.Event


Main = Callable[[Process], Awaitable[None]]
S = TypeVar("S", bound=CommonSettings)


def settings_for(name: str, kind: type[S]) -> S:
    """The service's settings from its environment; one line and the exit code when they are wrong."""
    try:
        return kind.from_environment()
    except FatalError as error:
        sys.stderr.write(f"{name}: {error}\n")
        raise SystemExit(error.exit_code) from error


def run(name: str, settings: CommonSettings, main: Main) -> NoReturn:
    """Runs a service until it returns or is told to stop, and leaves the interpreter with its exit code."""
    configure(name, settings.log_level, settings.log_format)
    chaos.arm(os.environ.get(chaos.VARIABLE))
    raise SystemExit(asyncio.run(_run(name, settings, main)))


async def _run(name: str, settings: CommonSettings, main: Main) -> int:
    process = Process(name, settings, settings.clock(), Health(), asyncio.Event())
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, process.stop.set)
    health = HealthServer(process.health, settings.health_host, settings.health_port, service=name)
    async with health as server:
        log.info("started", health=server.address)
        code = await _supervised(process, main)
        log.info("stopped", exit_code=code)
        return code


async def _supervised(process: Process, main: Main) -> int:
    work = asyncio.ensure_future(main(process))
    told = asyncio.ensure_future(process.stop.wait())
    try:
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({work}, timeout=STOP_SECONDS)
        if not work.done():
            log.error("did not stop in time", seconds=STOP_SECONDS)
            work.cancel()
            await asyncio.wait({work}, timeout=1.0)
            return CRASHED
        return _exit_code(work)
    finally:
        told.cancel()


def _exit_code(work: asyncio.Future[None]) -> int:
    error = work.exception()
    if error is None:
        return 0
    if isinstance(error, FatalError):
        log.error("fatal", reason=str(error), exit_code=error.exit_code)
        return error.exit_code
    if isinstance(error, FeuerwacheError):
        log.error("failed", reason=str(error), error=type(error).__name__)
        return CRASHED
    log.error("crashed", exc_info=error)
    return CRASHED
