"""What every process of a whole local stack holds in memory."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.stack import Stack
from bench.throughput import HOT_PATH, ingest_service
from feuerwache.local import ports

OTHERS = (
    "feuerwache.escalation.crisis",
    "feuerwache.escalation.incidents",
    "feuerwache.notifier",
)


@dataclass(frozen=True, slots=True)
class Resident:
    """Resident memory of one process, in MB (10^6 bytes)."""

    name: str
    megabytes: float


async def every_process(stack: Stack) -> list[Resident]:
    """Starts all services beside the two servers and reads their resident memory."""
    async with AsyncExitStack() as services:
        found: list[Resident] = []
        for module in (*HOT_PATH, *OTHERS):
            child = await services.enter_async_context(stack.service(module))
            found.append(Resident(module, stack.resident_megabytes(child)))
        console = stack.service("feuerwache.console", FEUERWACHE_HTTP_PORT=str(ports.free_port()))
        child = await services.enter_async_context(console)
        found.append(Resident("feuerwache.console", stack.resident_megabytes(child)))
        _, resident = await services.enter_async_context(ingest_service(stack))
        found.append(Resident("feuerwache.ingest", resident()))
        for server in (stack.kafka.child, stack.redis.child):
            if server is not None:
                found.append(Resident(server.name, stack.resident_megabytes(server)))
        return found
