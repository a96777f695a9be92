"""What must hold while partitions move: one loop per number in a process, none in a process that is leaving."""

from __future__ import annotations

import asyncio

from aiokafka import TopicPartition

from feuerwache.common.clock import SystemClock
from feuerwache.common.kafka.record import Handler
from feuerwache.common.kafka.runner.limits import DeadLetterLimit
from feuerwache.common.kafka.runner.loop import PartitionLoop
from feuerwache.common.kafka.runner.membership import Membership
from feuerwache.common.kafka.runner.options import Stage
from support.kafka import BRISK, settings_for, until


def stage() -> Stage:
    """A stage whose broker is not there, so that nothing but the loop's own order of things happens."""

    def make(_: int) -> Handler:
        raise AssertionError("a handler was made")

    return Stage(
        name="moving",
        group="moving",
        inputs=("numbers",),
        state=None,
        make_handler=make,
        settings=settings_for("127.0.0.1:1", "moving."),
        clock=SystemClock(),
        options=BRISK,
        limit=DeadLetterLimit(10, 0.5),
    )


def test_a_leaving_member_spawns_no_loops() -> None:
    """A rebalance may hand it partitions at that very moment; nobody would stop those loops."""

    async def scenario() -> None:
        membership = Membership(stage())
        await membership.leave()
        await membership.on_partitions_assigned({TopicPartition("numbers", 0)})
        assert membership.health() == "has no partitions yet"
        assert membership.longest_stall() == (-1, 0.0)

    asyncio.run(scenario())


def test_a_loop_begins_only_after_the_former_one_of_its_number() -> None:
    """Two loops on one partition in one process lose records: one takes what was fetched for the other."""

    async def scenario() -> None:
        leave = asyncio.Event()
        former = PartitionLoop(stage(), 0, None, None)
        former.task.cancel()
        former.task = asyncio.create_task(_wait_for(leave))
        loop = PartitionLoop(stage(), 0, None, former)
        loop.stop()
        await asyncio.sleep(0.1)
        assert not loop.task.done(), "it must wait, even when it was told to stop: its successor waits for it alone"
        leave.set()
        await asyncio.wait_for(loop.task, 5)

        second = PartitionLoop(stage(), 0, None, loop)
        await until(lambda: _begun(second), "an attempt to begin")
        second.stop()
        await asyncio.wait_for(second.task, 10)

    asyncio.run(scenario())


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()


async def _begun(loop: PartitionLoop) -> bool:
    return "starts anew: no transactional producer" in (loop.health() or "")
