"""The broker is killed under load and comes back: the runner says so, goes on by itself, and nothing is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from chaos.verdict import gaps, judge
from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import TransientError
from feuerwache.common.kafka.consumer import read_topic
from feuerwache.common.kafka.producer import EventProducer
from feuerwache.common.kafka.record import Outgoing
from feuerwache.common.kafka.runner import Runner
from feuerwache.common.settings import CommonSettings
from feuerwache.local.group import ProcessGroup
from feuerwache.local.kafka import EmbeddedKafka
from feuerwache.local.places import cache_dir, checkout
from support.handlers import Counter, Relay
from support.kafka import BRISK, COUNTERS, LETTERS, NUMBERS, RESULTS, prepared, running, until, values_in

VALUES = [str(number).encode() for number in range(1, 2_001)]
OPTIONS = replace(BRISK, silence_seconds=2.0, transaction_seconds=5.0)


def test_a_broker_that_dies_and_returns_costs_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with ProcessGroup() as group:
            cache = cache_dir(checkout(Path(__file__).parent))
            broker = EmbeddedKafka(group, tmp_path / "kafka", tmp_path / "kafka.log", cache)
            async with broker:
                settings = await prepared(broker.bootstrap, "restart.", partitions=1)
                relay, counting = _runners(settings)
                async with running(relay), running(counting):
                    sending = asyncio.create_task(_send(settings))
                    await until(lambda: _relayed(settings, 200), "records flowing")
                    assert broker.child is not None
                    broker.child.process.kill()
                    assert await broker.child.wait(10) is not None
                    await until(lambda: _troubled(relay), "a reason for not being ready", 20)
                    await broker.start()
                    await sending
                    await until(lambda: _counted(settings, len(VALUES)), "everything through", 60)
                    await until(lambda: _relayed(settings, len(VALUES)), "everything through", 60)
                    await until(lambda: _well(relay, counting), "runners that are well again")
                seen = await values_in(settings, RESULTS)
                verdict = judge({0: VALUES}, {0: list(dict.fromkeys(seen))})
                # The plain producer may have written a batch twice when its answer was lost; the runner may not.
                sent = await values_in(settings, NUMBERS)
                assert verdict.clean, verdict
                assert seen == sent
                counters = [int(value) for value in await values_in(settings, COUNTERS)]
                assert gaps({b"k": counters}, {b"k": len(sent)}) == 0

    asyncio.run(scenario())


def _runners(settings: CommonSettings) -> tuple[Runner, Runner]:
    relay = Runner(
        stage="relay",
        inputs=(NUMBERS,),
        make_handler=lambda _: Relay(settings),
        settings=settings,
        clock=SystemClock(),
        options=OPTIONS,
    )
    counting = Runner(
        stage="counting",
        inputs=(NUMBERS, LETTERS),
        state=COUNTERS,
        make_handler=lambda number: Counter(settings, number),
        settings=settings,
        clock=SystemClock(),
        options=OPTIONS,
    )
    return relay, counting


async def _send(settings: CommonSettings) -> None:
    """Every value, in order, each batch again until it is acknowledged."""
    name = settings.topics().of(NUMBERS)
    producer = EventProducer(settings, delivery_seconds=3)
    async with producer:
        for start in range(0, len(VALUES), 20):
            batch = [Outgoing(name, 0, b"k", value) for value in VALUES[start : start + 20]]
            while True:
                try:
                    await producer.send_all(batch)
                    break
                except TransientError:
                    await asyncio.sleep(0.2)
            await asyncio.sleep(0.02)


async def _relayed(settings: CommonSettings, count: int) -> bool:
    return len(set(await values_in(settings, RESULTS))) >= count


async def _counted(settings: CommonSettings, count: int) -> bool:
    return len(await read_topic(settings, settings.topics().of(COUNTERS))) >= count


async def _troubled(runner: Runner) -> bool:
    return runner.health() is not None


async def _well(*runners: Runner) -> bool:
    return all(runner.health() is None for runner in runners)
