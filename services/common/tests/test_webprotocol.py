"""What a caller may take before anybody knows who it is, on a raw socket: bytes, fields, connections and time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from feuerwache.common.web import listening, serve_http
from feuerwache.common.webprotocol import ENDLESS, WebLimits

QUICK = WebLimits(
    connections=4,
    header_seconds=0.3,
    body_seconds=1.5,
    body_grace_seconds=0.2,
    body_rate=1_000,
    read_seconds=0.3,
)
DEADLINE = 10.0


@dataclass
class App:
    """Reads the body, and answers its length; `/large` gives more than a socket holds, `/endless` waits for all."""

    seen: list[dict[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    running: int = 0
    answered: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.seen.append({name.decode(): value.decode() for name, value in scope["headers"]})
        self.running += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self.running -= 1

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        path, size, more = scope["path"], 0, True
        if path == "/endless":
            scope["extensions"][ENDLESS]()
        while more and path != "/early":
            message = await receive()
            if message["type"] == "http.disconnect":
                self.broken.append(path)
                return
            size, more = size + len(message["body"]), message["more_body"]
        self.answered += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if path == "/large":
            for _ in range(400):
                await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        await send({"type": "http.response.body", "body": str(size).encode()})


@asynccontextmanager
async def serving(app: App, limits: WebLimits = QUICK) -> AsyncIterator[int]:
    stop = asyncio.Event()
    with listening("127.0.0.1", 0) as bound:
        work = asyncio.create_task(serve_http(app, bound, stop, 1.0, limits=limits))
        try:
            yield bound.getsockname()[1]
        finally:
            stop.set()
            await asyncio.wait_for(work, DEADLINE)


async def said(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Everything that is answered to these pieces until the server closes; reads while it writes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = bytearray()

    async def listen() -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(4096):
                heard.extend(piece)

    hearing = asyncio.create_task(listen())
    try:
        for at, piece in enumerate(pieces):
            if at and pause:
                await asyncio.sleep(pause)
            if hearing.done():
                break
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass  # the server hung up, as is looked at below
    try:
        await asyncio.wait_for(hearing, DEADLINE)
    finally:
        writer.close()
    return bytes(heard)


def head(path: str = "/", *fields: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *fields, "", ""]).encode()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


FLOODS = frozenset({"trailers for ever", "extensions for ever", "empty lines for ever", "a field that never ends"})
LENGTH, CHUNKED, CLOSE = "Content-Length: 5", "Transfer-Encoding: chunked", "Connection: close"


@pytest.mark.parametrize(
    ("name", "pieces", "expected"),
    [
        ("usual", (head("/", LENGTH, CLOSE), b"hallo"), 200),
        ("in pieces", tuple(bytes([each]) for each in head("/", LENGTH, CLOSE) + b"hallo"), 200),
        ("chunked", (head("/", CHUNKED, CLOSE), b"5\r\nhallo\r\n0\r\n\r\n"), 200),
        ("many fields", (head("/", *(f"X-{n}: 1" for n in range(101))),), 431),
        ("a long field", (head("/", f"X: {'x' * 40_000}"),), 431),
        ("a field that never ends", (b"POST / HTTP/1.1\r\nX: ", *[b"x" * 16_000] * 5), 431),
        ("a name that never ends", (b"POST / HTTP/1.1\r\n", *[b"x" * 16_000] * 5), 431),
        ("many long fields", (head("/", *(f"X-{n}: {'x' * 1_000}" for n in range(60))),), 431),
        ("a long address", (head("/" + "x" * 9_000),), 414),
        ("empty lines for ever", tuple([b"\r\n" * 8_000] * 5), 431),
        ("two lengths", (head("/", LENGTH, "Content-Length: 6"), b"hallo!"), 400),
        ("two equal lengths", (head("/", LENGTH, LENGTH), b"hallo"), 400),
        ("a length and chunks", (head("/", LENGTH, CHUNKED), b"0\r\n\r\n"), 400),
        ("chunks and a length", (head("/", CHUNKED, LENGTH), b"0\r\n\r\n"), 400),
        ("a length with a sign", (head("/", "Content-Length: +5"), b"hallo"), 400),
        ("chunks, hidden", (head("/", "Transfer-Encoding: xchunked"), b"0\r\n\r\n"), 400),
        ("chunked in another way as well", (head("/", "Transfer-Encoding: chunked, gzip"), b"0\r\n\r\n"), 400),
        ("a space before the colon", (head("/", "Content-Length : 5"), b"hallo"), 400),
        ("a folded field", (head("/", "X: 1\r\n  2"),), 400),
        ("a line feed alone", (b"POST / HTTP/1.1\nHost: x\nContent-Length: 5\n\nhallo",), 400),
        ("a zero byte", (head("/", "X: a\0b"),), 400),
        ("another protocol", (b"\x16\x03\x01\x02\x00\x01",), 400),
        ("HTTP/2", (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",), 400),
        ("chunk sizes out of range", (head("/", CHUNKED), b"fffffffffffffffff\r\n"), 400),
        ("trailers for ever", (head("/", CHUNKED), b"1\r\nx\r\n0\r\n", *[b"x: " + b"y" * 20_000 + b"\r\n"] * 50), 400),
        ("extensions for ever", (head("/", CHUNKED), b"1;", *[b"x" * 20_000] * 50), 400),
    ],
)
def test_heads_and_frames_that_are_too_much_or_can_be_read_in_two_ways_are_refused(
    name: str, pieces: tuple[bytes, ...], expected: int
) -> None:
    async def scenario() -> None:
        app = App()
        async with serving(app, WebLimits(body_grace_seconds=0.2, body_seconds=1.0, header_seconds=1.0)) as port:
            # Who goes on sending after the answer may be reset before it has read it.
            found = status(await said(port, *pieces))
            assert found == expected or (found == 0 and name in FLOODS), name
        assert not app.running
        assert expected == 200 or not app.answered

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "pieces", "pause", "expected"),
    [
        ("nothing", (), 0.0, 0),
        ("half a head", (b"POST / HT",), 0.0, 408),
        ("a head, slowly", tuple(bytes([each]) for each in head()), 0.05, 408),
        ("no body", (head("/", LENGTH),), 0.0, 408),
        ("a body, slowly", (head("/", "Content-Length: 50"), *[b"x"] * 50), 0.1, 408),
        ("a fast body without end", (head("/", "Content-Length: 999999"), *[b"x" * 400] * 40), 0.1, 408),
        ("the next head, slowly", (head("/", "Content-Length: 0"), b"POST"), 0.2, 408),
    ],
)
def test_who_is_slow_is_not_waited_for(name: str, pieces: tuple[bytes, ...], pause: float, expected: int) -> None:
    async def scenario() -> None:
        app = App()
        async with serving(app) as port:
            answer = await said(port, *pieces, pause=pause)
            last = answer[answer.rindex(b"HTTP/1.1 ") :] if answer else b""
            assert status(last) == expected, (name, answer)
        assert not app.running

    asyncio.run(scenario())


def test_a_stream_may_take_its_time_when_the_application_says_so() -> None:
    async def scenario() -> None:
        app = App()
        async with serving(app) as port:
            answer = await said(port, head("/endless", LENGTH, CLOSE), b"ha", b"llo", pause=QUICK.body_seconds / 2)
            assert status(answer) == 200

    asyncio.run(scenario())


def test_a_body_that_goes_on_after_its_answer_ends_the_connection() -> None:
    async def scenario() -> None:
        app = App()
        async with serving(app) as port:
            answer = await said(port, head("/early", "Content-Length: 50"), *[b"x"] * 50, pause=0.1)
            assert answer.count(b"HTTP/1.1") == 1

    asyncio.run(scenario())


def test_who_does_not_read_the_answer_is_hung_up_on() -> None:
    async def scenario() -> None:
        app = App()
        async with serving(app) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            reader._transport.pause_reading()  # type: ignore[attr-defined]  # a reader that does not read
            writer.write(head("/large", "Content-Length: 0"))
            async with asyncio.timeout(DEADLINE):
                while not app.seen or app.running:  # noqa: ASYNC110 - the server's own tasks, looked at from outside
                    await asyncio.sleep(0.05)
            writer.close()

    asyncio.run(scenario())


def test_only_so_many_connections_are_taken_and_the_next_one_is_told_when_to_come_back() -> None:
    async def scenario() -> None:
        limits = WebLimits(connections=4, header_seconds=DEADLINE)
        async with serving(App(), limits) as port:
            held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(limits.connections)]
            answer = await said(port)
            assert status(answer) == 503
            assert b"retry-after: 5" in answer.lower()
            held.pop()[1].close()
            async with asyncio.timeout(DEADLINE):
                while status(await said(port, head("/", "Content-Length: 0", CLOSE))) != 200:
                    pass
            for _, writer in held:
                writer.close()

    asyncio.run(scenario())


def test_a_trailer_is_no_header_and_a_large_body_does_not_count_as_the_next_head() -> None:
    async def scenario() -> None:
        app = App()
        async with serving(app) as port:
            trailed = head("/", CHUNKED) + b"1\r\nx\r\n0\r\nAuthorization: Bearer x\r\n\r\n"
            after = head("/", "Content-Length: 60000") + b"x" * 60_000 + head("/", "Content-Length: 0", CLOSE)
            answer = await said(port, trailed, after)
            assert answer.count(b"HTTP/1.1 200") == 3
            assert not any("authorization" in headers for headers in app.seen)

    asyncio.run(scenario())


def test_nothing_of_what_strangers_send_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(App()) as port:
            for odd in (b"SECRET SECRET SECRET\r\n\r\n", head("/SECRET", "SECRET"), b"POST /SECRET HTTP/1.1\r\nSECR"):
                await said(port, odd)

    with caplog.at_level(logging.DEBUG):
        asyncio.run(scenario())
    assert "SECRET" not in caplog.text
