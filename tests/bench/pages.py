"""From the moment a page is asked for to the moment its peer has it in hand: one notifier, real SMTP and real HTTP.

Pages leave on a timetable whether or not earlier ones arrived (open loop), each to a person of its own, by mail and by
webhook in turn.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from chaos.pages import configure, delivery_of, page_for
from chaos.peers import peers

from bench.stack import Stack
from feuerwache.common.events.base import Event
from feuerwache.common.kafka.keys import incident_key, partition_of
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import PAGES_REQUESTED

WARM_UP = 20
LAST_PAGE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PageLatency:
    """Milliseconds over `pages` asked for at `per_minute`; `late` took a second or more."""

    per_minute: int
    pages: int
    late: int
    p50: float
    p95: float
    p99: float
    resident: float


async def on_its_way(stack: Stack, per_minute: int, seconds: float) -> PageLatency:
    """Raises `RuntimeError` when a page does not arrive."""
    many = int(per_minute * seconds / 60)
    async with peers() as peer:
        folder = stack.home / "pages"
        people = configure(folder, 2 * many, peer.http_port)
        environment = {
            "FEUERWACHE_CONFIG_DIR": str(folder),
            "FEUERWACHE_SMTP_HOST": "127.0.0.1",
            "FEUERWACHE_SMTP_PORT": str(peer.smtp_port),
            "FEUERWACHE_HTTP_ALLOW": "127.0.0.0/8",
        }
        async with stack.service("feuerwache.notifier", **environment) as child, EventProducer(stack.settings) as out:

            async def asked(number: int) -> tuple[UUID, float]:
                page_id, page = uuid4(), page_for(people[number], quiet=False)
                key = incident_key(page.incident_id)
                event = Event(page_id, "/bench", page.due_at, page)
                partition = partition_of(key, stack.settings.shards)
                at = time.monotonic()
                await out.send(Outgoing.of(stack.settings.topics().of(PAGES_REQUESTED), partition, key, event))
                return delivery_of(page_id, page), at

            warm = [await asked(many + number) for number in range(min(WARM_UP, many))]
            await _arrived(peer.arrived, dict(warm))
            began, told = time.monotonic(), {}
            for number in range(many):
                await asyncio.sleep(max(0.0, began + number * 60 / per_minute - time.monotonic()))
                delivery, at = await asked(number)
                told[delivery] = at
            await _arrived(peer.arrived, told)
            resident = stack.resident_megabytes(child)
    taken = sorted((peer.arrived[str(delivery)] - at) * 1000 for delivery, at in told.items())
    p50, p95, p99 = (taken[min(len(taken) - 1, int(len(taken) * share))] for share in (0.50, 0.95, 0.99))
    return PageLatency(per_minute, len(taken), sum(one >= 1000 for one in taken), p50, p95, p99, resident)


async def _arrived(arrived: dict[str, float], told: dict[UUID, float]) -> None:
    deadline = time.monotonic() + LAST_PAGE_SECONDS
    while missing := [one for one in told if str(one) not in arrived]:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(missing)} of {len(told)} pages did not arrive")
        await asyncio.sleep(0.05)
