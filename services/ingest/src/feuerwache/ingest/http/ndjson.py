"""`application/x-ndjson` on `/v1/posts` and `/v1/events`: one item a line, as long as the sender likes.

The answer is NDJSON, too, and goes along: for each chunk of lines those that were not simply accepted (`{"line": 17,
"status": "rejected", …}`), then `{"accepted_through": 200}`: every line up to there is on record, or was named as
rejected. While a chunk is written nothing more is read, so a sender is as fast as Kafka. A stream that ends early says
why in a last line with `error`; sending again from the line after `accepted_through` is right, repeats do no harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json
from starlette.types import Message, Receive, Scope, Send

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.webprotocol import ENDLESS, certificate_names
from feuerwache.ingest.answer import item_of, problem
from feuerwache.ingest.envelope import NDJSON, Unreadable, parse, traceparent
from feuerwache.ingest.http.response import RETRY_AFTER_SECONDS, SECURITY, respond, unavailable
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate, Integration, May
from feuerwache.ingest.item import Item
from feuerwache.ingest.problem import Problem
from feuerwache.ingest.security.quota import Quota
from feuerwache.ingest.verdict import Status, Verdict

WAY = "http"


@dataclass(frozen=True, slots=True)
class Bounds:
    """`idle_seconds` without a whole line end a stream; `gather_seconds`: how long a chunk that is not full waits for
    more lines; after `trust_seconds` the token is looked at again."""

    line_bytes: int = 256 * 1024
    chunk_lines: int = 200
    gather_seconds: float = 0.05
    idle_seconds: float = 60.0
    trust_seconds: float = 30.0


USUAL = Bounds()


@dataclass(slots=True)
class _Lines:
    """What came and is not accepted yet. `number` is that of the last whole line, counted from 1."""

    bounds: Bounds
    rest: bytearray = field(default_factory=bytearray)
    whole: list[tuple[int, bytes]] = field(default_factory=list)
    number: int = 0

    def take(self, data: bytes, *, last: bool) -> bool:
        """False when a line is too long."""
        self.rest += data
        *whole, rest = self.rest.split(b"\n")
        if last and rest.strip():
            whole.append(rest)
            rest = bytearray()
        for line in whole:
            self.number += 1
            if len(line) > self.bounds.line_bytes:
                self.number -= 1
                return False
            if line.strip():
                self.whole.append((self.number, bytes(line)))
        self.rest = rest
        return len(rest) <= self.bounds.line_bytes

    def chunk(self) -> list[tuple[int, bytes]]:
        chunk = self.whole[: self.bounds.chunk_lines]
        del self.whole[: len(chunk)]
        return chunk


class Streams:
    def __init__(
        self, gate: Gate, intake: Intake, quota: Quota, clock: Clock, *, stop: asyncio.Event, bounds: Bounds = USUAL
    ) -> None:
        """At `stop` a stream finishes what it holds and ends."""
        self._gate = gate
        self._intake = intake
        self._quota = quota
        self._clock = clock
        self._stop = stop
        self._bounds = bounds

    async def run(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        integration: Integration,
        headers: Mapping[str, str],
        collection: May,
    ) -> None:
        """Answers the whole stream."""
        if integration.signed is not None and integration.signed.required:
            why = "this integration signs its calls, and a stream has no body to sign; send batches"
            await respond(send, problem(403, "Not signed", why))
            return
        if headers.get("content-encoding", "identity").lower() != "identity":
            await respond(send, problem(415, "Unsupported content encoding", "send a stream as it is"))
            return

        def admitted() -> Integration | None:
            found = self._gate.admit(headers.get("authorization"), certificate_names(scope))
            allowed = found is not None and found.integration.id == integration.id and found.may(collection)
            return found.integration if found is not None and allowed else None

        let_last = (scope.get("extensions") or {}).get(ENDLESS)
        if let_last is not None:
            let_last()
        kind = "post" if collection == "posts" else None
        trace = traceparent(headers.get("traceparent"))

        def item(line: bytes) -> Item:
            try:
                return Item(parse(line), kind, traceparent=trace)
            except Unreadable as error:
                return Item(None, problems=(Problem("not_json", "", "is not JSON", error.detail[:200]),))

        await _Stream(self, receive, send, admitted, item).run()

    async def accept(self, items: Sequence[Item], integration: Integration) -> list[Verdict]:
        """Waits where the quota says so: a stream goes on when it may."""
        while (wait := await self._quota.take(integration, len(items), WAY)) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(min(wait, 5.0))
        return await self._intake.accept(items, integration, WAY)

    @property
    def bounds(self) -> Bounds:
        return self._bounds

    @property
    def stopping(self) -> asyncio.Event:
        return self._stop

    def monotonic(self) -> float:
        return self._clock.monotonic()


class _Stream:
    def __init__(
        self,
        streams: Streams,
        receive: Receive,
        send: Send,
        admitted: Callable[[], Integration | None],
        item: Callable[[bytes], Item],
    ) -> None:
        self._streams = streams
        self._receive = receive
        self._send = send
        self._admitted = admitted
        self._item = item
        self._lines = _Lines(streams.bounds)
        self._through = 0
        self._begun = False
        self._looked = -1.0
        self._integration: Integration | None = None

    def _trusted(self) -> Integration | None:
        """Who is sending, looked at again from time to time: a token that was taken away ends its streams."""
        now = self._streams.monotonic()
        if self._looked < 0 or now - self._looked > self._streams.bounds.trust_seconds:
            self._integration, self._looked = self._admitted(), now
        return self._integration

    async def run(self) -> None:
        reading: asyncio.Task[Message] | None = None
        stopping = asyncio.create_task(self._streams.stopping.wait())
        bounds, integration, ended = self._streams.bounds, self._trusted(), False
        try:
            while not ended or self._lines.whole:
                if not ended and len(self._lines.whole) < bounds.chunk_lines:
                    reading = reading or asyncio.create_task(_received(self._receive))
                    patience = bounds.gather_seconds if self._lines.whole else bounds.idle_seconds
                    await asyncio.wait({reading, stopping}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                    if reading.done():
                        message, reading = reading.result(), None
                        if message["type"] != "http.request":
                            return  # nobody is there to hear an answer
                        ended = not message.get("more_body")
                        if not self._lines.take(message["body"], last=ended):
                            await self._rest(integration)
                            await self._end("line_too_long", most=bounds.line_bytes)
                            return
                        if not stopping.done():
                            continue
                    elif not self._lines.whole and not stopping.done():
                        await self._end("idle")
                        return
                integration = self._trusted()
                if integration is None:
                    await self._end("unauthorized")
                    return
                if not await self._accepted(integration):
                    return
                if stopping.done() and not ended:
                    await self._rest(integration)
                    await self._end("stopping", retry_after=RETRY_AFTER_SECONDS)
                    return
            await self._write([] if self._begun else [{"accepted_through": self._lines.number}], more=False)
        finally:
            stopping.cancel()
            if reading is not None:
                reading.cancel()

    async def _rest(self, integration: Integration | None) -> None:
        while integration is not None and self._lines.whole and await self._accepted(integration):
            pass

    async def _accepted(self, integration: Integration) -> bool:
        """Takes the next chunk, and says what became of it; False when that was the end."""
        chunk = self._lines.chunk()
        if not chunk:
            return True
        try:
            verdicts = await self._streams.accept([self._item(line) for _, line in chunk], integration)
        except TransientError:
            if not self._begun:
                await respond(self._send, unavailable("Kafka or Redis does not answer; nothing was accepted"))
                return False
            await self._end("unavailable", retry_after=RETRY_AFTER_SECONDS)
            return False
        told = [
            {"line": number, **item_of(verdict)}
            for (number, _), verdict in zip(chunk, verdicts, strict=True)
            if verdict.status in (Status.REJECTED, Status.PENDING)
        ]
        self._through = chunk[-1][0]
        await self._write([*told, {"accepted_through": self._through}])
        return True

    async def _end(self, error: str, **more: Any) -> None:
        await self._write([{"error": error, "accepted_through": self._through, **more}], more=False)

    async def _write(self, lines: Sequence[Mapping[str, Any]], *, more: bool = True) -> None:
        if not self._begun:
            self._begun = True
            # Closed afterwards: what a sender still writes behind an early end must not become the next request.
            fields = [(b"content-type", NDJSON.encode()), (b"connection", b"close"), *SECURITY]
            await self._send({"type": "http.response.start", "status": 200, "headers": fields})
        body = b"".join(to_json(line) + b"\n" for line in lines)
        await self._send({"type": "http.response.body", "body": body, "more_body": more})


async def _received(receive: Receive) -> Message:
    return await receive()
