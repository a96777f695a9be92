"""A process that is killed at the worst moments leaves nothing half done, and each kill is shown to have hit."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from chaos.rebalances import environment_of
from chaos.verdict import judge
from chaos.worker import COUNTING, RELAY
from chaos.workers import Workers
from feuerwache.common import chaos
from feuerwache.common.kafka.consumer import read_topic
from support.kafka import COUNTERS, NUMBERS, RESULTS, prepared, put, until, values_in
from support.servers import KafkaServer

VALUES = [str(number).encode() for number in range(1, 201)]


@pytest.mark.parametrize("stage", [RELAY, COUNTING])
@pytest.mark.parametrize("place", ["after_handle", "after_send", "after_commit"])
def test_a_kill_leaves_nothing_half_done(
    kafka: KafkaServer, topic_prefix: str, tmp_path: Path, stage: str, place: str
) -> None:
    async def scenario() -> None:
        settings = await prepared(kafka.bootstrap, topic_prefix, partitions=1)
        names = settings.topics()
        workers = Workers(tmp_path, environment_of(settings))
        marker = tmp_path / "killed"
        try:
            await put(settings, NUMBERS, 0, VALUES)
            victim = workers.join({chaos.VARIABLE: f"{stage}.{place}@{marker}"})
            assert await asyncio.to_thread(victim.wait, 30) == -signal.SIGKILL
            assert marker.exists(), "the process died of something else"
            workers.running.remove(victim)
            # The same trigger again: it was used up, so the second process lives.
            workers.join({chaos.VARIABLE: f"{stage}.{place}@{marker}"})

            async def all_through() -> bool:
                counted = await read_topic(settings, names.of(COUNTERS))
                return len(await values_in(settings, RESULTS)) >= 200 and len(counted) >= 200

            await until(all_through, "everything through after the kill", 40)
            assert not workers.died()
            assert judge({0: VALUES}, {0: await values_in(settings, RESULTS)}).clean
            assert await values_in(settings, COUNTERS) == [b"1"] * 200, "each key was counted once"
        finally:
            workers.close()

    asyncio.run(scenario())


def test_a_point_that_is_not_armed_is_free(tmp_path: Path) -> None:
    chaos.arm(None)
    chaos.point("relay.after_send")
    chaos.arm(f"relay.after_send@{tmp_path / 'marker'}")
    try:
        chaos.point("relay.after_commit")
        (tmp_path / "marker").touch()
        chaos.point("relay.after_send")
    finally:
        chaos.arm(None)
    with pytest.raises(ValueError, match="POINT@MARKER"):
        chaos.arm("relay.after_send")
