"""A stream of lines: each chunk is answered when it is on record, and every end says how far it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from feuerwache.common.clock import SystemClock
from feuerwache.common.errors import TransientError
from feuerwache.ingest.http.ndjson import Bounds, Streams
from feuerwache.ingest.integration import Integration, Integrations
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.verdict import Status, Verdict

QUICK = Bounds(line_bytes=1_000, chunk_lines=3, gather_seconds=0.02, idle_seconds=0.3)
FORUM: dict[str, Any] = {"id": "forum", "platform": "forum", "communities": ["c"]}
DEADLINE = 10.0


@dataclass
class Desk:
    """Takes what has a post id, and is away after so many chunks."""

    away_after: int = 1_000
    chunks: list[list[Item]] = field(default_factory=list)

    async def accept(self, items: Sequence[Item], _: Integration, __: str) -> list[Verdict]:
        if len(self.chunks) >= self.away_after:
            raise TransientError("away")
        self.chunks.append(list(items))
        wrong = Problem("missing_field", "post_id", "is missing", "send it")
        return [
            Verdict(Status.ACCEPTED, item.post_id)
            if item.post_id
            else Verdict(Status.REJECTED, None, problems=item.problems or (wrong,))
            for item in items
        ]


class Gate:
    def __init__(self, **more: Any) -> None:
        self.integration = Integrations.model_validate({"integrations": [{**FORUM, **more}]}).integrations[0]

    def admit(self, *_: Any) -> Any:
        return self

    def may(self, _: str) -> bool:
        return True


class Unlimited:
    async def take(self, *_: Any) -> float:
        return 0.0


@dataclass
class Call:
    """One stream: pieces are put in, what is answered is put together."""

    pieces: asyncio.Queue[tuple[bytes, bool]] = field(default_factory=asyncio.Queue)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    heard: bytes = b""
    ended: bool = False
    heard_more: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> dict[str, Any]:
        body, more = await self.pieces.get()
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.heard += message["body"]
            self.ended = not message.get("more_body", False)
        self.heard_more.set()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.heard.splitlines()]

    async def until(self, through: int) -> None:
        async with asyncio.timeout(DEADLINE):
            while {"accepted_through": through} not in self.lines:
                self.heard_more.clear()
                await self.heard_more.wait()


async def streamed(call: Call, desk: Desk, *, bounds: Bounds = QUICK, **integration: Any) -> None:
    gate = Gate(**integration)
    streams = Streams(
        cast(Any, gate), cast(Any, desk), cast(Any, Unlimited()), SystemClock(), stop=call.stop, bounds=bounds
    )
    scope: dict[str, Any] = {"type": "http", "headers": []}
    running = streams.run(
        scope,
        cast(Any, call.receive),
        call.send,
        integration=gate.integration,
        headers={},
        collection="posts",
    )
    await asyncio.wait_for(running, DEADLINE)


def line(number: int) -> bytes:
    return json.dumps({"post_id": f"p-{number}"}).encode() + b"\n"


def test_every_line_is_in_or_named_and_a_chunk_is_answered_before_the_next_one_comes() -> None:
    async def scenario() -> None:
        call, desk = Call(), Desk()
        running = asyncio.create_task(streamed(call, desk))
        call.pieces.put_nowait((line(1) + line(2)[:5], True))
        await call.until(1)
        call.pieces.put_nowait((line(2)[5:] + b"\n{}\nkein JSON\n" + line(6), True))
        await call.until(6)
        call.pieces.put_nowait((line(7).rstrip(), False))
        await running
        assert (call.status, call.ended) == (200, True)
        said = call.lines
        assert [each for each in said if "line" in each] == [
            {
                "line": 4,
                "post_id": None,
                "status": "rejected",
                "problems": [
                    {
                        "code": "missing_field",
                        "field": "post_id",
                        "value": None,
                        "reason": "is missing",
                        "fix": "send it",
                    }
                ],
            },
            next(each for each in said if each.get("line") == 5),
        ]
        assert next(each for each in said if each.get("line") == 5)["problems"][0]["code"] == "not_json"
        assert said[-1] == {"accepted_through": 7}
        assert [item.post_id for chunk in desk.chunks for item in chunk if item.post_id] == ["p-1", "p-2", "p-6", "p-7"]
        assert max(map(len, desk.chunks)) <= QUICK.chunk_lines

    asyncio.run(scenario())


def test_kafka_away_in_the_middle_says_how_far_it_came_and_before_anything_it_is_503() -> None:
    async def scenario() -> None:
        for away_after, status in ((1, 200), (0, 503)):
            call = Call()
            call.pieces.put_nowait((b"".join(map(line, range(1, 6))), False))
            await streamed(call, Desk(away_after))
            assert call.status == status
            if status == 200:
                assert call.lines[-1] == {"error": "unavailable", "accepted_through": 3, "retry_after": 5}

    asyncio.run(scenario())


def test_a_stop_finishes_what_came_and_a_stream_that_says_nothing_ends() -> None:
    async def scenario() -> None:
        call, desk = Call(), Desk()
        running = asyncio.create_task(streamed(call, desk, bounds=Bounds(gather_seconds=0.02)))
        call.pieces.put_nowait((line(1), True))
        await call.until(1)
        call.stop.set()
        await running
        assert call.lines[-1] == {"error": "stopping", "accepted_through": 1, "retry_after": 5}
        silent = Call()
        await streamed(silent, desk)
        assert silent.lines == [{"error": "idle", "accepted_through": 0}]

    asyncio.run(scenario())


def test_a_line_that_never_ends_is_not_kept() -> None:
    async def scenario() -> None:
        call = Call()
        call.pieces.put_nowait((line(1) + b"x" * 2_000, True))
        await streamed(call, Desk())
        assert call.lines[-1] == {"error": "line_too_long", "accepted_through": 1, "most": 1_000}

    asyncio.run(scenario())


@pytest.mark.parametrize("required", [True, False])
def test_an_integration_that_has_to_sign_its_calls_cannot_stream(required: bool) -> None:
    async def scenario() -> None:
        call, desk = Call(), Desk()
        call.pieces.put_nowait((line(1), False))
        await streamed(call, desk, signed={"secrets": [{"env": "SIGNING"}], "required": required})
        assert (call.status, bool(desk.chunks)) == ((403, False) if required else (200, True))

    asyncio.run(scenario())
