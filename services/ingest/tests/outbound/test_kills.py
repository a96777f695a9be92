"""Killed with -9, wherever it hurts: nothing is lost, a repeat has the same id, the order of a post holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from feuerwache.common.events.decision import Action
from feuerwache.common.kafka.topics import ACTIONS_RECEIPTS
from support.decisions import decision, event
from support.kafka import until
from support.outbound import Hook, configure, hooks, ids, make_settings, station
from support.peers.wire import Reply
from support.servers import KafkaServer

HOLD = Action.HOLD
KILLS = 3


@pytest.mark.parametrize("point", ["after_handle", "after_send", "after_commit"])
def test_killed_between_the_send_and_the_commit_repeats_with_the_same_id_and_loses_nothing(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str, point: str
) -> None:
    async def scenario() -> None:
        hook = Hook()
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, post_partitions=2)
            async with station(settings) as one:
                made = [event(decision(HOLD, post=f"p-{number}")) for number in range(30)]
                await one.decide(*made)
                marker = tmp_path / "hit"
                await one.start(FEUERWACHE_CHAOS=f"outbound.forum.{point}@{marker}")
                assert await one.ended() == -9
                assert marker.exists(), "the kill hit"
                sent = hook.ids()
                assert sent, "something was sent before"
                receipts = {record.event().data.decision_id for record in await one.records(ACTIONS_RECEIPTS)}
                assert bool(receipts) is (point == "after_commit")
                await one.start()

                async def all_settled() -> bool:
                    return len(await one.receipts()) >= len(made)

                await until(all_settled, "all receipts", 60)
        assert set(hook.ids()) == set(ids(made))
        repeated = [one_id for one_id in set(sent) if hook.ids().count(one_id) > 1]
        assert bool(repeated) or point == "after_commit"
        found = [receipt.decision_id for receipt in await one.receipts()]
        assert sorted(map(str, found)) == sorted(ids(made)), "each receipt once"

    asyncio.run(scenario())


def test_killed_again_and_again_over_a_platform_that_fails_nothing_is_lost_and_no_post_is_out_of_order(
    tmp_path: Path, kafka: KafkaServer, topic_prefix: str
) -> None:
    async def scenario() -> None:
        hook, tries = Hook(), dict[str, int]()

        def script(body: dict[str, Any]) -> Reply:
            name = body["data"]["id"]
            tries[name] = tries.get(name, 0) + 1
            return Reply("500 No") if hash(name) % 3 == 0 and tries[name] < 3 else Reply()

        hook.script = script
        async with hooks(hook):
            configure(tmp_path, {"forum": hook.url})
            settings = make_settings(tmp_path, kafka.bootstrap, topic_prefix, outbound_longest_pause_seconds=0.2)
            async with station(settings) as one:
                made = [
                    event(decision(HOLD, post=f"p-{post}", revision=turn))
                    for turn in range(KILLS)
                    for post in range(40)
                ]
                for kill in range(KILLS):
                    await one.decide(*made[kill * 40 : kill * 40 + 40])
                    await one.start()
                    before = len(hook.taken)

                    async def under_way(before: int = before) -> bool:
                        return len(hook.taken) > before + 10

                    await until(under_way, "it is under way", 90)
                    await one.kill()
                await one.start()

                async def last_words() -> bool:
                    return (
                        in_the_end(hook) == {f"p-{post}": KILLS - 1 for post in range(40)} and await one.parked() == []
                    )

                await until(last_words, "each platform has the last word about each post", 90)
        skipped = {one["id"] for body in hook.bodies() for one in body["data"].get("skipped", [])}
        assert set(hook.taken) | skipped == set(ids(made)), "taken, or skipped and said"
        for post in range(40):
            first_taken = revisions(hook, f"p-{post}")
            assert first_taken == sorted(first_taken)

    asyncio.run(scenario())


def taken_bodies(hook: Hook) -> list[dict[str, Any]]:
    """Each decision that was taken, once, in the order in which it was taken first."""
    bodies = {body["data"]["id"]: body["data"] for body in hook.bodies()}
    return [bodies[one] for one in dict.fromkeys(hook.taken)]


def revisions(hook: Hook, post: str) -> Sequence[int]:
    return [data["revision"] for data in taken_bodies(hook) if data["post_id"] == post]


def in_the_end(hook: Hook) -> dict[str, int]:
    """The revision that was taken last, repeats included: what stands on the platform."""
    bodies = {body["data"]["id"]: body["data"] for body in hook.bodies()}
    return {bodies[one]["post_id"]: bodies[one]["revision"] for one in hook.taken}
