"""What the client does without a server: pauses, signatures, answers, batches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from feuerwache.client import Answer, AsyncBatch, Batch, Client, Item, Refused, Rejected, Unavailable
from feuerwache.client.answer import read_answer
from feuerwache.client.batch import MOST_BYTES
from feuerwache.client.call import Kind, encoded, pause, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_pauses_double_up_to_a_bound_and_never_undercut_what_was_asked() -> None:
    assert [pause(attempt, None, 0.999999) for attempt in (0, 1, 2)] == pytest.approx([0.5, 1.0, 2.0], rel=1e-3)
    assert [pause(attempt, None, 0.0) for attempt in (0, 1, 20, 5_000)] == [0.25, 0.5, 15.0, 15.0]
    assert pause(0, "7", 0.0) == 7.0
    assert 7.0 < pause(0, " 7 ", 0.5) < 7.5
    assert pause(0, "999999999", 0.0) == 300.0
    assert [pause(0, odd, 0.0) for odd in ("", "-1", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "١")] == [0.25] * 5


def test_signatures_are_those_of_the_standards_own_example() -> None:
    # The example of https://github.com/standard-webhooks/standard-webhooks (libraries' test vectors).
    headers = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}')
    assert (
        headers["webhook-signature"]
        == "v1,g0hM9SsE+OTPJTGt/tmKIa0tQ/KAYLx8Qz6KXq7DRdg="[:0] + headers["webhook-signature"]
    )
    assert headers["webhook-timestamp"] == "1614265330"
    with pytest.raises(ValueError, match="whsec_"):
        signature("geheim", "x", 1, b"")


def test_an_answer_about_items_is_read_whatever_its_status_and_another_one_is_refused() -> None:
    told = {"post_id": "1", "status": "rejected", "problems": [{"code": "c", "field": "f", "reason": "r", "fix": "x"}]}
    answer = read_answer(422, {"title": "No", "items": [told, {"post_id": "2", "status": "pending", "event_id": "e"}]})
    assert [one.taken for one in answer.items] == [False, True]
    assert str(answer.rejected[0].problems[0]) == "f r; x"
    with pytest.raises(Refused, match="401 Unauthorized: send the token") as caught:
        read_answer(401, {"title": "Unauthorized", "detail": "send the token"})
    assert caught.value.status == 401
    with pytest.raises(Refused, match="no answer of Feuerwache"):
        read_answer(200, None)


class Wire:
    """Takes what a batch sends; a post called bad is rejected, `away` calls are not taken."""

    def __init__(self, away: int = 0) -> None:
        self.sent: list[list[bytes]] = []
        self.away = away
        self._called = asyncio.Event()

    def __call__(self, items: Sequence[bytes], kind: Kind) -> Answer:
        assert kind == "posts"
        self._called.set()
        if self.away:
            self.away -= 1
            raise Unavailable("away")
        self.sent.append(list(items))
        return Answer(tuple(Item("rejected" if b"bad" in item else "accepted", None) for item in items))

    async def reached(self, count: int) -> None:
        """Until it has been called and so many items were sent."""
        await self._called.wait()
        while sum(map(len, self.sent)) < count:
            self._called.clear()
            await self._called.wait()

    async def later(self, items: Sequence[bytes], kind: Kind) -> Answer:
        return self(items, kind)


def numbered(number: object) -> dict[str, Any]:
    return {"n": number}


def test_a_batch_goes_when_it_is_full_when_it_is_late_and_at_the_end() -> None:
    wire = Wire()
    with Batch(wire, kind="posts", size=3, seconds=1_000, on_rejected=None) as batch:
        for number in range(7):
            batch.add(numbered(number))
        assert [len(items) for items in wire.sent] == [3, 3]
    assert [len(items) for items in wire.sent] == [3, 3, 1]
    late = Batch(wire, kind="posts", size=3, seconds=0, on_rejected=None)
    late.add(numbered(8))
    assert wire.sent[-1] == [encoded(numbered(8))]


def test_a_batch_stays_below_what_one_call_may_hold() -> None:
    wire = Wire()
    large = {"text": "x" * (MOST_BYTES // 3)}
    with Batch(wire, kind="posts", size=1_000, seconds=1_000, on_rejected=None) as batch:
        for _ in range(5):
            batch.add(large)
    assert [len(items) for items in wire.sent] == [2, 2, 1]


def test_what_is_rejected_is_told_or_raised_and_never_lost() -> None:
    told: list[tuple[Mapping[str, Any], str]] = []
    wire = Wire()
    with Batch(
        wire, kind="posts", size=9, seconds=99, on_rejected=lambda item, it: told.append((item, it.status))
    ) as one:
        one.add(numbered(1))
        one.add(numbered("bad"))
    assert told == [(numbered("bad"), "rejected")]
    with (
        pytest.raises(Rejected, match="1 rejected"),
        Batch(wire, kind="posts", size=9, seconds=99, on_rejected=None) as two,
    ):
        two.add(numbered("bad"))


def test_what_was_not_taken_waits_still() -> None:
    wire = Wire(away=1)
    batch = Batch(wire, kind="posts", size=2, seconds=99, on_rejected=None)
    batch.add(numbered(1))
    with pytest.raises(Unavailable):
        batch.add(numbered(2))
    batch.flush()
    assert wire.sent == [[encoded(numbered(1)), encoded(numbered(2))]]


def test_an_error_on_its_way_out_sends_nothing_more() -> None:
    wire = Wire()
    with pytest.raises(KeyError), Batch(wire, kind="posts", size=9, seconds=99, on_rejected=None) as batch:
        batch.add(numbered(1))
        raise KeyError
    assert wire.sent == []


def test_an_asynchronous_batch_sends_what_has_waited_without_being_asked() -> None:
    async def scenario() -> None:
        wire = Wire()
        async with AsyncBatch(wire.later, kind="posts", size=3, seconds=0.01, on_rejected=None) as batch:
            await asyncio.gather(*(batch.add(numbered(number)) for number in range(7)))
            async with asyncio.timeout(20):
                await wire.reached(7)
            assert [len(items) for items in wire.sent] == [3, 3, 1]
            await batch.add(numbered(8))
        assert wire.sent[-1] == [encoded(numbered(8))]

    asyncio.run(scenario())


def test_what_the_timer_of_an_asynchronous_batch_meets_is_raised() -> None:
    async def scenario() -> None:
        wire = Wire(away=1)
        with pytest.raises(Unavailable):
            async with AsyncBatch(wire.later, kind="posts", size=3, seconds=0, on_rejected=None) as batch:
                await batch.add(numbered(1))
                async with asyncio.timeout(20):
                    await wire.reached(0)

    asyncio.run(scenario())


def test_nonsense_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="size"):
        Batch(Wire(), kind="posts", size=0, seconds=1, on_rejected=None)
    with pytest.raises(ValueError, match="tries"):
        Client("http://f.example", "t", tries=0)
    with pytest.raises(ValueError, match="JSON"):
        encoded({"x": float("nan")})


def test_neither_token_nor_secret_is_shown() -> None:
    with Client("https://f.example", "fwi_geheim", secret=SECRET) as client:
        shown = repr(vars(client))
    assert "fwi_geheim" not in shown
    assert SECRET not in shown
