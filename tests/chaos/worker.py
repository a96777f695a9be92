"""The process a storm kills: a stateless relay and a counter with state over two inputs, on the real runner.

Run as `python -m chaos.worker`; settings come from the environment as for every service.
"""

from __future__ import annotations

import asyncio

from feuerwache.common.kafka.runner import Runner
from feuerwache.common.process import Process, run
from feuerwache.common.settings import CommonSettings
from support.handlers import Counter, Relay
from support.kafka import BRISK, COUNTERS, LETTERS, NUMBERS

RELAY = "relay"
COUNTING = "counting"


async def main(process: Process) -> None:
    settings, clock = process.settings, process.clock
    relay = Runner(
        stage=RELAY,
        inputs=(NUMBERS,),
        make_handler=lambda _: Relay(settings),
        settings=settings,
        clock=clock,
        options=BRISK,
    )
    counting = Runner(
        stage=COUNTING,
        inputs=(NUMBERS, LETTERS),
        state=COUNTERS,
        make_handler=lambda number: Counter(settings, number),
        settings=settings,
        clock=clock,
        options=BRISK,
    )
    async with asyncio.TaskGroup() as group:
        for runner in (relay, counting):
            group.create_task(runner.run(process.stop))


if __name__ == "__main__":
    run("worker", CommonSettings(), main)
