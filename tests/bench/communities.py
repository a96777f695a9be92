"""How many communities one detector worker carries: its share of a core, its memory, its delay, its recovery.

`PYTHONPATH=tests python -m bench.communities [--communities 1000 5000 10000]` needs three minutes for each size. A
tenth of the communities is busy: every second each of them gains a few posts. Beside them one quiet community a second
catches fire in a single pulse, and the alarm's delay is the broker's own: time of the alarm minus time of the pulse. At
the end a second worker joins, the first one is killed with -9, and the fires go on: the latest alarm says how long the
watch was blind. The first seconds are those of a worker that was restarted: before, the imported day was learned, which
happens once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import uuid4

import psutil
from rich.console import Console
from rich.table import Table

from bench.counting import drained
from bench.stack import Stack, stack
from feuerwache.common.events.alarm import AlarmRaised, CrisisKind
from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.pulse import CommunitiesPulsed, Increment
from feuerwache.common.kafka import keys, topics
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.escalation.crisis.csvfile import Count
from feuerwache.escalation.crisis.imports import import_pulses, outgoing

CRISIS = "feuerwache.escalation.crisis"
SOURCES = 12
BUSY_PART = 10
#: Live seconds before the kill, and after it.
LEARNING_SECONDS, STARTING_SECONDS, LIVE_SECONDS, BLIND_SECONDS = 10, 5, 60, 40
#: A day of baseline, so that rows have their real size and volumes are known.
BASELINE = timedelta(days=1)
FIRE = {"posts": 60, "negative": 54}
SETTLE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Result:
    """`core` is the share of one core, `blind_s` the latest alarm after the kill.

    `alarm_ms` from pulse to alarm; `starting_ms` the same while a worker that has just started reads its rows.
    """

    communities: int
    core: float
    resident_mb: float
    starting_ms: Sequence[float]
    alarm_ms: Sequence[float]
    blind_s: float
    missed: int


class Load:
    """Writes pulses as the rules would: per second, source partition and shard one."""

    def __init__(self, servers: Stack, names: Sequence[str], producer: EventProducer) -> None:
        self._servers = servers
        self._names = names
        self._busy = names[: len(names) // BUSY_PART]
        self._fires = iter(names[len(self._busy) :])
        self._producer = producer
        self._sequences: dict[tuple[int, int], int] = {}
        self.burning: dict[str, None] = {}

    async def second(self) -> None:
        now = datetime.now(UTC)
        minute = now.replace(second=0, microsecond=0)
        by_place: dict[tuple[int, int], list[Increment]] = {}
        for number, name in enumerate(self._busy):
            place = (number % SOURCES, self._shard(name))
            by_place.setdefault(place, []).append(_ordinary(name, minute, number))
        fire = next(self._fires)
        self.burning[fire] = None
        by_place.setdefault((0, self._shard(fire)), []).append(_fire(fire, minute))
        await self._producer.send_all([self._pulse(place, now, each) for place, each in by_place.items()])

    async def seconds(self, many: int) -> None:
        """That many seconds in real time; falls behind rather than sending less."""
        begin = time.monotonic()
        for number in range(many):
            await self.second()
            await asyncio.sleep(max(0.0, begin + number + 1 - time.monotonic()))

    def _shard(self, community: str) -> int:
        return keys.shard_of(community, self._servers.settings.shards)

    def _pulse(self, place: tuple[int, int], now: datetime, increments: Iterable[Increment]) -> Outgoing:
        source, shard = place
        sequence = self._sequences[place] = self._sequences.get(place, 0) + 1
        pulse = CommunitiesPulsed(shard=shard, source_partition=source, sequence=sequence, increments=tuple(increments))
        event = Event(derived_id("bench", uuid4()), "/bench", now, pulse)
        return Outgoing.of(topics.COMMUNITIES_PULSE.name, shard, keys.shard_key(shard), event)


def _ordinary(name: str, minute: datetime, number: int) -> Increment:
    return Increment(
        community=name,
        minute=minute,
        posts=2,
        negative=number % 7 == 0,
        reach=100,
        authors=(f"{hash((name, minute)) & 0xFFFFFFFF:08x}", f"{number:08x}"),
        integrations={"facebook": 2},
        terms={f"wort{(number + each) % 50}": 1 for each in range(6)},
        actions={"approve": 2},
    )


def _fire(name: str, minute: datetime) -> Increment:
    return Increment(
        community=name,
        minute=minute,
        reach=50_000,
        authors=tuple(f"{each * 2654435761 & 0xFFFFFFFF:08x}" for each in range(FIRE["posts"])),
        integrations={"facebook": FIRE["posts"]},
        terms={"Rückruf": 40, "Lieferung": 12},
        actions={"approve": FIRE["posts"]},
        labels={"negative": FIRE["negative"]},
        **FIRE,
    )


async def measure(count: int, console: Console) -> Result:
    names = [f"community-{number:05}" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="feuerwache-bench-") as place:
        home = Path(place)
        async with stack(home) as servers, AsyncExitStack() as workers:
            console.print(f"{count:,} communities: writing a day of baseline …")
            config = configured(servers, names, home / "config")
            servers.settings = servers.settings.model_copy(update={"config_dir": config})
            servers.environment = servers.environment | {"FEUERWACHE_CONFIG_DIR": str(config)}
            producer = await workers.enter_async_context(EventProducer(servers.settings))
            await imported(servers, names, producer)
            load = Load(servers, names, producer)
            async with servers.service(CRISIS):
                await drained(servers.settings, "crisis", topics.COMMUNITIES_PULSE.name)
                await load.seconds(LEARNING_SECONDS)
                await drained(servers.settings, "crisis", topics.COMMUNITIES_PULSE.name)
            load.burning.clear()
            first = await workers.enter_async_context(servers.service(CRISIS))
            console.print(f"  {LIVE_SECONDS} s of live pulses …")
            await load.seconds(STARTING_SECONDS)  # the first pulse of each community parses its rows
            starting = list(load.burning)
            load.burning.clear()
            process = psutil.Process(first.pid)
            before, began = process.cpu_times(), time.monotonic()
            await load.seconds(LIVE_SECONDS)
            after, seconds = process.cpu_times(), time.monotonic() - began
            core = (after.user + after.system - before.user - before.system) / seconds
            resident = servers.resident_megabytes(first)
            quiet = Result(
                count, core, resident, await delays(servers, starting), await delays(servers, load.burning), 0.0, 0
            )
            console.print(f"  {core:.2f} of a core, {resident:.0f} MB; a second worker joins, the first is killed …")
            await workers.enter_async_context(servers.service(CRISIS))
            await load.seconds(15)  # the rebalance is over before the kill
            load.burning.clear()
            process.kill()
            await load.seconds(BLIND_SECONDS)
            blind = await delays(servers, load.burning)
            return replace(quiet, blind_s=max(blind) / 1000, missed=len(load.burning) - len(blind))


def configured(servers: Stack, names: Sequence[str], target: Path) -> Path:
    """The project's configuration with these communities instead of its own."""
    shutil.copytree(servers.settings.config_dir, target)
    communities = [{"id": name, "title": name, "brand": name, "rules": "brand-de", "policy": "brand"} for name in names]
    (target / "communities.yaml").write_text(json.dumps({"communities": communities}), "utf-8")
    (target / "campaigns.yaml").unlink(missing_ok=True)
    return target


async def imported(servers: Stack, names: Sequence[str], producer: EventProducer) -> None:
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    quarters = [end - BASELINE + n * timedelta(minutes=15) for n in range(BASELINE // timedelta(minutes=15))]
    now = datetime.now(UTC)
    for first in range(0, len(names), 500):
        counts = [Count(name, start, 8, 1) for name in names[first : first + 500] for start in quarters]
        for source, pulse in enumerate(import_pulses(counts, servers.settings.shards)):
            # Each chunk numbers its pulses from 1; a source of its own keeps them from being taken for repeats.
            told = pulse.model_copy(update={"source_partition": pulse.source_partition + 1000 * (first + 1) + source})
            await producer.send_all([outgoing(told, topics.COMMUNITIES_PULSE.name, now)])


async def delays(servers: Stack, fires: Iterable[str]) -> list[float]:
    """Milliseconds from the pulse with a fire to the first alarm about it, by the broker's append times."""
    wanted = set(fires)
    pulsed: dict[str, int] = {}
    for record in await read_topic(servers.settings, topics.COMMUNITIES_PULSE.name):
        pulse = record.event().data
        if isinstance(pulse, CommunitiesPulsed) and pulse.source_partition == 0:
            for increment in pulse.increments:
                if increment.community in wanted and increment.posts == FIRE["posts"]:
                    pulsed[increment.community] = record.timestamp_ms
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        alarmed: dict[str, int] = {}
        for record in await read_topic(servers.settings, topics.ALARMS_RAISED.name):
            alarm = record.event().data
            if isinstance(alarm, AlarmRaised) and alarm.kind is CrisisKind.NEGATIVITY_BURST:
                alarmed.setdefault(alarm.community, record.timestamp_ms)
        if wanted <= alarmed.keys() or time.monotonic() > deadline:
            return [float(alarmed[name] - pulsed[name]) for name in wanted & alarmed.keys()]
        await asyncio.sleep(0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communities", type=int, nargs="+", default=[1_000, 5_000, 10_000])
    console = Console(width=120)
    table = Table(
        "communities",
        "busy",
        "of one core",
        "MB",
        "alarm ms, median / worst",
        f"worst of the first {STARTING_SECONDS} s",
        "blind after kill -9, s",
        "missed",
    )
    for count in parser.parse_args().communities:
        result = asyncio.run(measure(count, console))
        table.add_row(
            f"{count:,}",
            f"{count // BUSY_PART:,}",
            f"{result.core:.2f}",
            f"{result.resident_mb:.0f}",
            f"{median(result.alarm_ms):.0f} / {max(result.alarm_ms):.0f}",
            f"{max(result.starting_ms):.0f}",
            f"{result.blind_s:.1f}",
            str(result.missed),
        )
    console.print(table)


if __name__ == "__main__":
    main()
