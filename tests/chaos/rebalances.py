"""A storm over the runner: records flow while its processes join, end, are killed, and are stopped past their session.

Two tasks run in each process, a relay and a counter with state over two inputs. Afterwards everything must have come
out once, in order, and every counter must read 1..n without a gap.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from chaos.verdict import Verdict, gaps, judge
from chaos.worker import RELAY
from chaos.workers import Workers
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.topics import Topic
from feuerwache.common.settings import CommonSettings
from support.kafka import COUNTERS, LETTERS, NUMBERS, RESULTS, prepared, until

PARTITIONS = 6
KEYS = 5
MOST_WORKERS = 3
BATCH = 25


@dataclass(frozen=True, slots=True)
class Figures:
    """What a storm did and what came of it."""

    rebalances: int
    joins: int
    kills: int
    ends: int
    freezes: int
    seconds: float
    relay: Verdict
    counters: int
    counters_with_gaps: int

    @property
    def clean(self) -> bool:
        return self.relay.clean and not self.counters_with_gaps


class Source:
    """Sends numbered records for as long as it runs, and remembers what went in."""

    def __init__(self, settings: CommonSettings, rate: float) -> None:
        self._settings = settings
        self._rate = rate
        self.sent: dict[int, list[bytes]] = {partition: [] for partition in range(PARTITIONS)}
        self.by_key: Counter[bytes] = Counter()

    async def run(self, stop: asyncio.Event) -> None:
        names = self._settings.topics()
        serial = 0
        async with EventProducer(self._settings) as producer:
            while not stop.is_set():
                batch: list[Outgoing] = []
                for _ in range(BATCH):
                    serial += 1
                    partition = serial % PARTITIONS
                    # A key belongs to one partition number, in both topics: that is what co-partitioned means.
                    key = f"{partition}-{serial // PARTITIONS % KEYS}".encode()
                    value = str(serial).encode()
                    batch.append(Outgoing(names.of(NUMBERS), partition, key, value))
                    self.sent[partition].append(value)
                    self.by_key[key] += 1
                    if serial % 3 == 0:
                        batch.append(Outgoing(names.of(LETTERS), partition, key, value))
                        self.by_key[key] += 1
                await producer.send_all(batch)
                await asyncio.sleep(BATCH / self._rate)


async def storm(
    bootstrap: str,
    prefix: str,
    folder: Path,
    *,
    rebalances: int,
    seed: int,
    rate: float = 500.0,
    longest: float = 3600.0,
) -> Figures:
    """Goes on until the relay's group has rebalanced so often. Raises `AssertionError` when work does not get done."""
    chance = random.Random(seed)
    settings = await prepared(bootstrap, prefix, PARTITIONS)
    workers = Workers(folder, environment_of(settings))
    source, stop, began = Source(settings, rate), asyncio.Event(), monotonic()
    sending = asyncio.create_task(source.run(stop))
    done: Counter[str] = Counter()
    try:
        workers.join()
        await until(lambda: _reached(workers, 1), "the first worker in its group", 60)
        while workers.generations(RELAY) < rebalances and monotonic() - began < longest:
            done[await disturb(workers, chance)] += 1
            assert not workers.died(), f"workers ended by themselves: {workers.died()}"
            await asyncio.sleep(chance.uniform(0.1, 2.0))
        generations = workers.generations(RELAY)
        stop.set()
        await sending
        if not workers.running:
            workers.join()
        await until(lambda: _all_out(settings, source), "every record through", 120)
        for process in list(workers.running):
            await workers.end(process)
        return await _count(settings, source, generations, done, monotonic() - began)
    finally:
        sending.cancel()
        await asyncio.wait({sending})
        workers.close()


async def disturb(workers: Workers, chance: random.Random) -> str:
    """One thing that makes the group rebalance."""
    choices = ["kill", "end", "freeze"] if len(workers.running) > 1 else []
    if len(workers.running) < MOST_WORKERS:
        choices.append("join")
    what = chance.choice(choices)
    match what:
        case "join":
            workers.join()
        case "kill":
            workers.kill(chance.choice(workers.running))
        case "end":
            await workers.end(chance.choice(workers.running))
        case "freeze":
            await workers.freeze(chance.choice(workers.running), chance.uniform(0.5, 5.0))
    return what


def environment_of(settings: CommonSettings) -> Mapping[str, str]:
    return {
        "FEUERWACHE_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "FEUERWACHE_TOPIC_PREFIX": settings.topic_prefix,
        "FEUERWACHE_POST_PARTITIONS": str(settings.post_partitions),
        "FEUERWACHE_SHARDS": str(settings.shards),
    }


async def _reached(workers: Workers, generation: int) -> bool:
    return workers.generations(RELAY) >= generation


async def _all_out(settings: CommonSettings, source: Source) -> bool:
    relayed = await read_topic(settings, settings.topics().of(RESULTS))
    counted = await read_topic(settings, settings.topics().of(COUNTERS))
    return len(relayed) >= sum(map(len, source.sent.values())) and len(counted) >= source.by_key.total()


async def _by_partition(settings: CommonSettings, topic: Topic) -> dict[int, list[bytes]]:
    seen: dict[int, list[bytes]] = {}
    for record in await read_topic(settings, settings.topics().of(topic)):
        seen.setdefault(record.partition, []).append(record.value or b"")
    return seen


async def _count(
    settings: CommonSettings, source: Source, generations: int, done: Counter[str], seconds: float
) -> Figures:
    counted: dict[bytes, list[int]] = {}
    for record in await read_topic(settings, settings.topics().of(COUNTERS)):
        counted.setdefault(record.key or b"", []).append(int(record.value or 0))
    return Figures(
        rebalances=generations,
        joins=done["join"] + 1,
        kills=done["kill"],
        ends=done["end"],
        freezes=done["freeze"],
        seconds=seconds,
        relay=judge(source.sent, await _by_partition(settings, RESULTS)),
        counters=len(counted),
        counters_with_gaps=gaps(counted, source.by_key),
    )
