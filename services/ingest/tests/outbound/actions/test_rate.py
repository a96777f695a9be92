"""How often a platform is asked, and what is known of our own actions while Redis is away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from feuerwache.common.events.decision import Action
from feuerwache.ingest.outbound.actions.bucket import Bucket
from feuerwache.ingest.outbound.actions.echo import Echo
from feuerwache.ingest.outbound.outcome import Kind, Outcome
from support.actions.stage import Peer, cases, handover, integration, platform, reply
from support.peers.wire import closed_port


@given(st.integers(1, 6_000), st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_no_more_goes_than_is_allowed_whatever_the_pauses(per_minute: int, pauses: list[float]) -> None:
    bucket, now, taken = Bucket(per_minute, 0.0), 0.0, 0
    for pause in pauses:
        now += pause
        wait = bucket.take(now)
        assert wait >= 0
        taken += wait == 0
        assert taken <= max(1.0, per_minute / 6) + now * per_minute / 60 + 1e-6


def test_who_waits_as_long_as_told_gets_through() -> None:
    bucket, now = Bucket(7, 0.0), 0.0
    for _ in range(100):
        now += bucket.take(now)
        assert bucket.take(now) == 0 or now == 0


def test_beyond_the_rate_it_waits_and_nothing_is_asked() -> None:
    kind, case = next(cases())

    async def main() -> list[Outcome]:
        async with platform(kind, case, peer) as (made, _, _):
            one = integration(kind, case)
            assert one.outbound is not None
            slow = {case.action: one.outbound.acts[case.action].model_copy(update={"per_minute": 6})}
            made._integration = lambda: one.model_copy(
                update={"outbound": one.outbound.model_copy(update={"acts": slow})}  # type: ignore[union-attr]  # see above
            )
            return [
                await made.deliver(replace(handover(kind, case), delivery_id=UUID(int=number))) for number in (1, 2)
            ]

    peer = Peer(lambda _: reply(case.done))
    first, second = asyncio.run(main())
    assert first.kind is Kind.TAKEN
    assert (second.kind, second.reason) == (Kind.RETRY, "no more than 6 a minute")
    assert second.retry_after == pytest.approx(10, abs=5)
    assert len(peer.calls) == 1 + (case.look is not None)


def test_while_redis_is_away_nothing_is_known_and_nobody_waits() -> None:
    async def main() -> bool:
        redis = Redis(host="127.0.0.1", port=await closed_port())
        try:
            echo = Echo(redis, "t.")
            async with asyncio.timeout(20):
                await echo.expect("forum", "1", Action.HIDE)
                await echo.forget("forum", "1", Action.HIDE)
                return await echo.ours("forum", "1", "hidden")
        finally:
            await redis.aclose()

    assert asyncio.run(main()) is False
