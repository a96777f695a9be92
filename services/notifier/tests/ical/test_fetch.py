"""Fetching a calendar from a real server on loopback: bounded, guarded at every hop, and its address never told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from feuerwache.common.http.guard import AddressGuard, networks
from feuerwache.notifier.ical.fetch import Unfetched, fetch

GUARD = AddressGuard(networks(["127.0.0.1/32"]))
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
Answering = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(answering: Answering) -> AsyncIterator[tuple[int, list[str]]]:
    """A server that answers as told; the requested paths are kept."""
    asked: list[str] = []
    talks: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode()
            asked.append(request.split(" ")[1])
            await answering(asked[-1], writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has heard enough
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1], asked
        finally:
            open_talks = [talk for talk in talks if talk is not None]
            for talk in open_talks:
                talk.cancel()
            await asyncio.gather(*open_talks, return_exceptions=True)


async def say(writer: asyncio.StreamWriter, status: str, body: bytes = b"", *headers: str) -> None:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    await writer.drain()


def got(answering: Answering, guard: AddressGuard = GUARD) -> bytes:
    async def main() -> bytes:
        async with peer(answering) as (port, _):
            return await fetch(f"http://127.0.0.1:{port}/secret-4711.ics", guard, seconds=2.0, limit=10_000)

    return asyncio.run(main())


def refused(answering: Answering, reason: str, *, guard: AddressGuard = GUARD) -> None:
    with pytest.raises(Unfetched, match=reason) as raised:
        got(answering, guard)
    assert "4711" not in str(raised.value), "the path is as good as a password"


async def well(_: str, writer: asyncio.StreamWriter) -> None:
    await say(writer, "200 OK", CALENDAR, "Content-Type: text/calendar")


def test_a_calendar_is_fetched_and_redirects_within_what_is_allowed_are_followed() -> None:
    async def moved(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/there":
            await well(path, writer)
        else:
            await say(writer, "302 Found", b"", "Location: /there")

    assert got(well) == CALENDAR
    assert got(moved) == CALENDAR


def test_an_address_inside_is_refused_before_anything_is_sent() -> None:
    async def main() -> None:
        async with peer(well) as (port, asked):
            for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "localhost"):
                with pytest.raises(Unfetched, match="inside of a network"):
                    await fetch(f"http://{host}:{port}/x", AddressGuard())
            assert asked == []

    asyncio.run(main())


def test_a_redirect_to_an_address_inside_is_refused() -> None:
    async def main() -> None:
        async with peer(well) as (inner, asked):

            async def moved(_: str, writer: asyncio.StreamWriter) -> None:
                # 127.0.0.2 is this machine too, and outside of what the guard allows
                await say(writer, "302 Found", b"", f"Location: http://127.0.0.2:{inner}/x")

            async with peer(moved) as (port, _):
                with pytest.raises(Unfetched, match="inside of a network"):
                    await fetch(f"http://127.0.0.1:{port}/x", GUARD)
            assert asked == []

    asyncio.run(main())


def test_redirects_have_an_end_and_lead_to_http_only() -> None:
    async def circle(_: str, writer: asyncio.StreamWriter) -> None:
        await say(writer, "301 Moved", b"", "Location: /round")

    async def elsewhere(_: str, writer: asyncio.StreamWriter) -> None:
        await say(writer, "301 Moved", b"", "Location: file:///etc/passwd")

    refused(circle, "redirects more than 3 times")
    refused(elsewhere, "not fetched")


def test_a_huge_calendar_is_not_read_to_its_end() -> None:
    async def huge(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"BEGIN:VEVENT\r\n" * 1000)
            await writer.drain()

    refused(huge, "more than 9 kB")


def test_a_silent_and_a_dripping_server_are_given_up() -> None:
    async def silent(_: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async def dripping(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"B")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def main(answering: Answering) -> None:
        async with peer(answering) as (port, _):
            with pytest.raises(Unfetched, match=r"does not answer within 0\.3 s"):
                await fetch(f"http://127.0.0.1:{port}/x", GUARD, seconds=0.3)

    for each in (silent, dripping):
        asyncio.run(main(each))


def test_errors_of_the_server_and_of_the_line_are_said() -> None:
    async def gone(_: str, writer: asyncio.StreamWriter) -> None:
        await say(writer, "404 Not Found", b"4711")

    async def cut(_: str, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def other(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        await writer.drain()

    refused(gone, "answers 404")
    refused(cut, "cannot be reached")
    refused(other, "cannot be reached: RemoteProtocolError")
    with pytest.raises(Unfetched, match="cannot be reached"):
        asyncio.run(fetch("https://[::1/x", GUARD))


def test_webcal_is_https() -> None:
    first: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first.append(await reader.read(1))
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(Unfetched, match="cannot be reached"):
                await fetch(f"webcal://127.0.0.1:{port}/x", GUARD, seconds=2.0)

    asyncio.run(main())
    assert first == [b"\x16"], "a TLS handshake (RFC 8446, 5.1: content type 22)"


def test_a_file_is_read_and_bounded(tmp_path: Path) -> None:
    file = tmp_path / "a.ics"
    file.write_bytes(CALENDAR)
    assert asyncio.run(fetch(str(file), GUARD)) == CALENDAR
    with pytest.raises(Unfetched, match="more than 0 kB"):
        asyncio.run(fetch(str(file), GUARD, limit=10))
    for path in (tmp_path / "none.ics", tmp_path):
        with pytest.raises(Unfetched, match="cannot be read"):
            asyncio.run(fetch(str(path), GUARD))
