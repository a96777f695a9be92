"""TCP servers that behave: one answer as written, or one of the ways in which the other side misbehaves."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

import trustme

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@cache
def authority() -> tuple[ssl.SSLContext, ssl.SSLContext, bytes]:
    """Server and client contexts of a certificate authority that nobody else knows, and its certificate in PEM."""
    ca = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(server)
    ca.configure_trust(client)
    return server, client, ca.cert_pem.bytes()


@asynccontextmanager
async def listening(conversation: Conversation, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A TCP server on a free port that holds each conversation as told. Ends those still held."""
    held: set[asyncio.Task[None]] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        held.add(task)
        try:
            await conversation(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the channel hung up, which is what it should do to some of these peers; or the test is over
        finally:
            writer.close()
            held.discard(task)

    server = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in held.copy():
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)


async def closed_port() -> int:
    """A port on which nobody listens."""
    async with listening(silence) as port:
        return port


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def drip(head: bytes, line: bytes, pause: float) -> Conversation:
    """`head` at once, then one byte of `line` at a time, each in time, the whole never."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            for byte in line:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(pause)

    return conversation


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked; `headers` by their names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def read_request(reader: asyncio.StreamReader) -> Request:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return Request(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def answering(reply: Callable[[Request], Reply]) -> Conversation:
    """HTTP/1.1, one request per connection."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said = reply(await read_request(reader))
        headers = {"Content-Length": str(len(said.body)), "Connection": "close", **said.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {said.status}\r\n{head}\r\n".encode() + said.body)
        await writer.drain()

    return conversation
