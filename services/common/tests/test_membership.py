"""A member that is leaving takes on nothing new, even when a rebalance hands it partitions at that moment."""

from __future__ import annotations

import asyncio

from aiokafka import TopicPartition

from feuerwache.common.clock import SystemClock
from feuerwache.common.kafka.record import Handler
from feuerwache.common.kafka.runner.limits import DeadLetterLimit
from feuerwache.common.kafka.runner.membership import Membership
from feuerwache.common.kafka.runner.options import Stage
from support.kafka import BRISK, settings_for


def test_a_leaving_member_spawns_no_loops() -> None:
    def make(_: int) -> Handler:
        raise AssertionError("a handler was made for a member that is leaving")

    async def scenario() -> None:
        settings = settings_for("127.0.0.1:1", "leaving.")
        limit = DeadLetterLimit(10, 0.5)
        stage = Stage(
            name="leaving",
            group="leaving",
            inputs=("numbers",),
            state=None,
            make_handler=make,
            settings=settings,
            clock=SystemClock(),
            options=BRISK,
            limit=limit,
        )
        membership = Membership(stage)
        await membership.leave()
        await membership.on_partitions_assigned({TopicPartition("numbers", 0)})
        assert membership.health() == "has no partitions yet"
        assert membership.longest_stall() == (-1, 0.0)

    asyncio.run(scenario())
