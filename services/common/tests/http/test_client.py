"""The bounded client against real servers: what it connects to, what it keeps to itself, when it stops reading."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
from typing import Any

import httpx
import pytest

from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import LOOPBACK, AddressGuard, ForbiddenAddressError
from support.peers.wire import Conversation, Reply, Request, answering, drip, listening, silence


@pytest.mark.parametrize("size", [1000, 1001, 5_000_000])
def test_no_more_is_read_than_was_bargained_for(size: int) -> None:
    async def main() -> tuple[int, bool]:
        async with (
            listening(answering(lambda _: Reply(body=b"x" * size))) as port,
            OutboundClient(AddressGuard(LOOPBACK), limit=1000) as client,
        ):
            answer = await client.get(f"http://localhost:{port}/calendar.ics")
            return len(answer.body), answer.cut

    assert asyncio.run(main()) == (1000, size > 1000)


def test_a_get_has_no_body_and_asks_for_bytes_as_they_are() -> None:
    seen: list[Request] = []

    def reply(request: Request) -> Reply:
        seen.append(request)
        return Reply(body=b"BEGIN:VCALENDAR", headers={"ETag": '"7"'})

    async def main() -> None:
        async with listening(answering(reply)) as port, OutboundClient(AddressGuard(LOOPBACK)) as client:
            answer = await client.get(f"http://localhost:{port}/a?b=c", {"If-None-Match": '"6"'})
            assert answer.headers["etag"] == '"7"'
            assert answer.body == b"BEGIN:VCALENDAR"

    asyncio.run(main())
    assert (seen[0].method, seen[0].target, seen[0].body) == ("GET", "/a?b=c", b"")
    assert seen[0].headers["accept-encoding"] == "identity"
    assert seen[0].headers["if-none-match"] == '"6"'
    assert seen[0].headers["host"].startswith("localhost:")


def test_the_whole_exchange_ends_in_time_however_slowly_the_bytes_come() -> None:
    slow: Conversation = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b"x", 0.02)

    async def main() -> None:
        async with (
            listening(slow) as port,
            OutboundClient(AddressGuard(LOOPBACK), seconds=0.3) as client,
            asyncio.timeout(20),
        ):
            with pytest.raises(TimeoutError):
                await client.get(f"http://localhost:{port}/")

    asyncio.run(main())


def test_a_name_server_that_hangs_holds_up_no_other_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty look-ups hang: more than the threads that all of asyncio shares."""
    answered, look_up = threading.Event(), socket.getaddrinfo

    def slow(host: str, *args: Any, **options: Any) -> Any:
        if host == "stuck.example":
            answered.wait(60)
            raise OSError("no such name")
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)

    async def main() -> None:
        async with (
            listening(answering(lambda _: Reply())) as port,
            OutboundClient(AddressGuard(LOOPBACK), seconds=60) as stuck,
            OutboundClient(AddressGuard(LOOPBACK), seconds=60) as well,
            asyncio.timeout(30),
        ):
            hanging = [asyncio.create_task(stuck.get("http://stuck.example/")) for _ in range(20)]
            await asyncio.sleep(0)
            assert (await well.get(f"http://localhost:{port}/")).status == 200
            assert not any(task.done() for task in hanging)
            answered.set()
            ended = await asyncio.gather(*hanging, return_exceptions=True)
            assert all(isinstance(error, OSError) for error in ended)

    asyncio.run(main())


def test_a_handshake_that_never_comes_ends_by_itself_and_leaves_no_socket_behind() -> None:
    async def main() -> None:
        async with (
            listening(silence) as port,
            OutboundClient(AddressGuard(LOOPBACK), seconds=0.9) as client,
            asyncio.timeout(30),
        ):
            with pytest.raises(httpx.ConnectTimeout):
                await client.get(f"https://localhost:{port}/")
        gc.collect()  # an open transport would warn, and warnings are errors

    asyncio.run(main())


def test_an_internal_address_is_refused_before_anything_is_sent() -> None:
    seen: list[Request] = []

    def reply(request: Request) -> Reply:
        seen.append(request)
        return Reply()

    async def main() -> None:
        async with listening(answering(reply)) as port, OutboundClient(AddressGuard()) as client:
            with pytest.raises(ForbiddenAddressError):
                await client.get(f"http://localhost:{port}/")

    asyncio.run(main())
    assert seen == []


def test_a_connection_proven_for_one_name_serves_no_other() -> None:
    """Both names lead to one address. Over a kept connection the second would go unproven."""
    connections: list[object] = []
    once = answering(lambda _: Reply(headers={"Connection": "keep-alive"}))

    async def keeping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername"))
        while True:
            await once(reader, writer)

    async def main() -> None:
        async with listening(keeping) as port, OutboundClient(AddressGuard(LOOPBACK)) as client:
            await client.get(f"http://localhost:{port}/")
            await client.get(f"http://127.0.0.1:{port}/")
            await client.get(f"http://localhost:{port}/")

    asyncio.run(main())
    assert len(set(connections)) == 3


def test_no_address_is_logged_even_when_everything_else_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)

    async def main() -> None:
        async with listening(answering(lambda _: Reply())) as port, OutboundClient(AddressGuard(LOOPBACK)) as client:
            await client.get(f"http://localhost:{port}/bot123:token-in-a-path")

    asyncio.run(main())
    assert "token-in-a-path" not in caplog.text
