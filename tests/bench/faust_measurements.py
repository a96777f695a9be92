"""What Faust loses, repeats and should not have seen: the measurements behind ADR 3, once more.

`PYTHONPATH=tests python -m bench.faust_measurements` needs some minutes. The stage is `support.tally`, which counts
numbered ticks behind a fence: what it did not count is lost, what its fence refused is what would have been counted
twice without one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from aiokafka import AIOKafkaProducer
from rich.console import Console
from rich.table import Table

from bench.stack import Stack, stack
from feuerwache.common.kafka.admin import ensure_topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.settings import CommonSettings
from support.tally import TALLIES, TICKS, TOPICS, tick
from support.worker import Worker, worker

SHARDS = 4
TALLY = "support.tally"
BETWEEN_KILLS = 10.0
#: The counts stand when they have not moved for longer than a killed worker is waited for.
STILL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Result:
    what: str
    sent: int
    counted: int
    repeated: int

    @property
    def lost(self) -> int:
        return max(0, self.sent - self.counted)


async def aborted_records(settings: CommonSettings, _: int) -> Result:
    """500 committed and 500 aborted records, read as Faust reads by itself."""
    return await _with_aborted(settings, "bench.uncommitted_tally", "500 committed, 500 aborted: Faust's transport")


async def committed_records(settings: CommonSettings, _: int) -> Result:
    """The same, through our transport."""
    return await _with_aborted(settings, TALLY, "500 committed, 500 aborted: ours")


async def restarted(settings: CommonSettings, records: int) -> Result:
    """One worker, killed and started again every ten seconds."""
    async with _sending(settings, records) as sending:
        while not sending.done():
            async with worker(TALLY, settings) as one:
                await asyncio.wait({sending}, timeout=BETWEEN_KILLS)
                await one.kill()
        async with worker(TALLY, settings):
            counted, repeated = await _still(settings)
    return Result("one worker, kill -9 and restart every 10 s", records, counted, repeated)


async def stormed(settings: CommonSettings, records: int) -> Result:
    """Two workers; every ten seconds the older one is killed and a new one joins."""
    async with AsyncExitStack() as workers, _sending(settings, records) as sending:
        running: list[Worker] = []
        while not sending.done():
            running.append(await workers.enter_async_context(worker(TALLY, settings)))
            if len(running) > 2:
                await running.pop(0).kill()
            await asyncio.wait({sending}, timeout=BETWEEN_KILLS)
        counted, repeated = await _still(settings)
    return Result("two workers, a join and a kill -9 every 10 s", records, counted, repeated)


PARTS: tuple[Callable[[CommonSettings, int], Awaitable[Result]], ...] = (
    aborted_records,
    committed_records,
    restarted,
    stormed,
)


async def _with_aborted(settings: CommonSettings, module: str, what: str) -> Result:
    name = settings.topics().of(TICKS)
    producer = AIOKafkaProducer(**settings.kafka_client(), transactional_id=f"{settings.topic_prefix}aborting")
    await producer.start()
    try:
        for number in range(1, 1001):
            await producer.begin_transaction()
            await (await producer.send(name, tick(number % 2, number), partition=number % SHARDS))
            await (producer.commit_transaction() if number % 2 else producer.abort_transaction())
    finally:
        await producer.stop()
    async with worker(module, settings):
        counted, repeated = await _still(settings)
    return Result(what, 500, counted, repeated)


@asynccontextmanager
async def _sending(settings: CommonSettings, records: int) -> AsyncIterator[asyncio.Task[None]]:
    """Records go out evenly over a minute while the block runs."""
    task = asyncio.create_task(_send(settings, records, seconds=60.0))
    try:
        yield task
        await task
    finally:
        task.cancel()


async def _send(settings: CommonSettings, records: int, seconds: float) -> None:
    name, begin = settings.topics().of(TICKS), monotonic()
    async with EventProducer(settings) as producer:
        for first in range(0, records, 100):
            batch = range(first, min(first + 100, records))
            await producer.send_all(
                [Outgoing(name, number % SHARDS, b"k", tick(0, number // SHARDS + 1)) for number in batch]
            )
            await asyncio.sleep(max(0.0, begin + seconds * (first + 100) / records - monotonic()))


async def _still(settings: CommonSettings) -> tuple[int, int]:
    """(counted, repeated) over all shards, once they have come to rest."""
    last, since = (-1, -1), monotonic()
    while monotonic() - since < STILL_SECONDS:
        now = await _tallies(settings)
        if now != last:
            last, since = now, monotonic()
        await asyncio.sleep(0.5)
    return last


async def _tallies(settings: CommonSettings) -> tuple[int, int]:
    rows: dict[int, dict[str, int]] = {}
    for record in await read_topic(settings, settings.topics().of(TALLIES)):
        row = json.loads(record.value or b"")
        before = rows.get(record.partition, {"count": 0, "repeats": 0})
        rows[record.partition] = {key: max(before[key], row[key]) for key in ("count", "repeats")}
    return sum(row["count"] for row in rows.values()), sum(row["repeats"] for row in rows.values())


async def measure(console: Console, records: int) -> None:
    table = Table("what", "sent", "counted", "lost", "repeated and fenced off")
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as home:
        async with stack(Path(home)) as servers:
            for number, part in enumerate(PARTS):
                console.print(f"measuring {part.__name__.replace('_', ' ')} …")
                result = await part(await _prepared(servers, number), records)
                table.add_row(
                    result.what,
                    f"{result.sent:,}",
                    f"{result.counted:,}",
                    f"{100 * result.lost / result.sent:.2f} %",
                    f"{100 * result.repeated / result.sent:.1f} %",
                )
    console.print(table)


async def _prepared(servers: Stack, number: int) -> CommonSettings:
    settings = servers.settings.model_copy(update={"topic_prefix": f"faust{number}.", "shards": SHARDS})
    await ensure_topics(settings, TOPICS)
    return settings


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    asyncio.run(measure(Console(width=120), parser.parse_args().records))
