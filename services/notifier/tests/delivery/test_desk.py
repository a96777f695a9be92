from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID, uuid4

from feuerwache.common.clock import SystemClock
from feuerwache.common.config.contact import EmailContact
from feuerwache.notifier.channels.channel import Delivery, Outcome, Result, permanent, transient
from feuerwache.notifier.delivery.desk import Claim, Desk, Job
from feuerwache.notifier.message.message import Message
from support.kafka import until
from support.scripted_channel import ScriptedChannel

MESSAGE = Message("de", "s", "t", "h", {})
SENT = Outcome(Result.ACCEPTED)


def job(seconds: float = 30.0, channel: str = "email", delivery_id: UUID | None = None) -> Job:
    delivery = Delivery(delivery_id or uuid4(), UUID(int=1), EmailContact(address="a@x.example"))
    return Job((delivery.delivery_id, 1), channel, delivery, MESSAGE, seconds)


async def outcomes(desk: Desk, claims: Iterable[Claim]) -> list[Outcome]:
    found: list[Outcome] = []
    for claim in claims:

        async def answered(claim: Claim = claim) -> bool:
            return desk.outcome(claim) is not None

        await until(answered, "the send ends", 20)
        found += [outcome for outcome in [desk.outcome(claim)] if outcome is not None]
    return found


def served(make: Callable[[], ScriptedChannel], one: Job) -> tuple[Outcome, ScriptedChannel]:
    async def main() -> tuple[Outcome, ScriptedChannel]:
        channel = make()
        desk = Desk({"email": channel}, SystemClock())
        desk.start(one)
        (outcome,) = await outcomes(desk, [one.claim])
        await desk.close(1)
        return outcome, channel

    return asyncio.run(main())


def test_a_transient_failure_is_tried_again_and_a_permanent_one_is_not() -> None:
    outcome, channel = served(lambda: ScriptedChannel(transient("SMTP 450"), SENT), job())
    assert (outcome.result, len(channel.sent), channel.closed) == (Result.ACCEPTED, 2, True)
    outcome, channel = served(lambda: ScriptedChannel(permanent("SMTP 550"), SENT), job())
    assert (outcome.reason, len(channel.sent)) == ("SMTP 550", 1)


def test_retries_end_with_the_steps_time() -> None:
    outcome, channel = served(lambda: ScriptedChannel(transient("SMTP 450")), job(seconds=1.0))
    assert outcome.result is Result.TRANSIENT
    assert outcome.reason == f"SMTP 450 ({len(channel.sent)} tries)"
    assert 2 <= len(channel.sent) <= 3


def test_a_wait_that_is_too_long_is_not_waited_for() -> None:
    outcome, channel = served(lambda: ScriptedChannel(transient("HTTP 429", retry_after=60), SENT), job(seconds=5))
    assert (outcome.reason, len(channel.sent)) == ("HTTP 429", 1)


def test_a_bug_in_a_channel_and_a_missing_channel_are_permanent_failures() -> None:
    outcome, _ = served(lambda: ScriptedChannel(RuntimeError("secret")), job())
    assert (outcome.result, outcome.reason) == (Result.PERMANENT, "the channel failed: RuntimeError")
    outcome, channel = served(lambda: ScriptedChannel(SENT), job(channel="pigeon"))
    assert (outcome.result, len(channel.sent)) == (Result.PERMANENT, 0)


def test_one_claim_is_one_send_until_it_is_settled() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT)
        desk, one = Desk({"email": channel}, SystemClock()), job()
        desk.start(one)
        desk.start(one)
        await outcomes(desk, [one.claim])
        assert (len(channel.sent), desk.knows(one.claim), desk.unsettled) == (1, True, 1)
        desk.settled(one.claim)
        assert (desk.knows(one.claim), desk.unsettled) == (False, 0)

    asyncio.run(main())


def test_a_channel_serves_a_bounded_number_at_once() -> None:
    async def main() -> None:
        gate = asyncio.Event()
        channel = ScriptedChannel(SENT, gate=gate)
        desk, jobs = Desk({"email": channel}, SystemClock(), parallel=3), [job() for _ in range(10)]
        for one in jobs:
            desk.start(one)

        async def full() -> bool:
            return channel.at_once == 3

        await until(full, "three are served", 20)
        gate.set()
        await outcomes(desk, [one.claim for one in jobs])
        assert (len(channel.sent), channel.most_at_once) == (10, 3)

    asyncio.run(main())


def test_closing_is_bounded() -> None:
    async def main() -> None:
        channel = ScriptedChannel(SENT, gate=asyncio.Event())
        desk = Desk({"email": channel}, SystemClock())
        one = job()
        desk.start(one)
        async with asyncio.timeout(5):
            await desk.close(0.1)
        assert desk.outcome(one.claim) is None
        assert channel.closed

    asyncio.run(main())


def test_a_slow_provider_never_holds_up_another_channel() -> None:
    async def main() -> None:
        stuck, quick = ScriptedChannel(SENT, gate=asyncio.Event()), ScriptedChannel(SENT)
        desk = Desk({"sms": stuck, "email": quick}, SystemClock(), parallel=3)
        for one in [job(channel="sms") for _ in range(50)]:
            desk.start(one)

        async def full() -> bool:
            return stuck.at_once == 3

        await until(full, "every place of the slow one is taken", 20)
        jobs = [job() for _ in range(50)]
        for one in jobs:
            desk.start(one)
        await outcomes(desk, [one.claim for one in jobs])
        assert (len(quick.sent), len(stuck.sent)) == (50, 3), "one finished while the other had not begun to answer"
        await desk.close(0)

    asyncio.run(main())


def test_what_was_called_off_is_not_tried_again_and_not_begun() -> None:
    async def main() -> None:
        gate = asyncio.Event()
        channel = ScriptedChannel(transient("SMTP 450"), gate=gate)
        desk = Desk({"email": channel}, SystemClock(), parallel=1)
        running, waiting = job(), job()
        desk.start(running)
        desk.start(waiting)

        async def tried() -> bool:
            return channel.at_once == 1

        await until(tried, "the first is being sent", 20)
        desk.call_off(running.claim)
        desk.call_off(waiting.claim)
        gate.set()
        ended = await outcomes(desk, [running.claim, waiting.claim])
        assert [outcome.result for outcome in ended] == [Result.WITHDRAWN] * 2
        assert len(channel.sent) == 1
        await desk.close(0)

    asyncio.run(main())
