"""Redis may be away: bounded waits, and an error that the runner knows what to do with."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest
import trustme

from feuerwache.common.errors import TransientError
from feuerwache.common.redis import connect, transient_errors
from feuerwache.common.settings import CommonSettings


def test_speaks_to_a_redis_that_is_there(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        client = connect(CommonSettings.model_validate({"redis_url": redis_url}))
        try:
            async with transient_errors("counting"):
                assert await client.incr(f"{topic_prefix}counter") == 1
        finally:
            await client.aclose()

    asyncio.run(scenario())


def test_one_that_is_away_is_a_transient_error_in_bounded_time() -> None:
    async def scenario() -> None:
        client = connect(CommonSettings.model_validate({"redis_url": "redis://127.0.0.1:1/0"}))
        began = monotonic()
        try:
            with pytest.raises(TransientError, match="Redis, counting"):
                async with transient_errors("counting"):
                    await client.incr("counter")
        finally:
            await client.aclose()
        assert monotonic() - began < 10

    asyncio.run(scenario())


def test_a_bug_is_not_taken_for_an_outage() -> None:
    async def scenario() -> None:
        with pytest.raises(KeyError):
            async with transient_errors("counting"):
                raise KeyError("a bug")

    asyncio.run(scenario())


@pytest.mark.parametrize("with_certificate", [True, False])
def test_tls_with_an_authority_and_a_certificate_of_its_own(
    redis_url: str, topic_prefix: str, tmp_path: Path, with_certificate: bool
) -> None:
    authority = trustme.CA()
    ca, certificate, key = tmp_path / "ca.pem", tmp_path / "client.pem", tmp_path / "client.key"
    authority.cert_pem.write_to_path(ca)
    client = authority.issue_cert("client.example")
    client.cert_chain_pems[0].write_to_path(certificate)
    client.private_key_pem.write_to_path(key)
    files = {"redis_ca_file": ca} | (
        {"redis_cert_file": certificate, "redis_key_file": key} if with_certificate else {}
    )

    async def scenario() -> None:
        async with behind_tls(redis_url, authority, ask_for_certificate=with_certificate) as url:
            assert await counted(url, topic_prefix, files) == 1

    asyncio.run(scenario())


def test_tls_trusts_nobody_unknown(redis_url: str, topic_prefix: str) -> None:
    async def scenario() -> None:
        async with behind_tls(redis_url, trustme.CA()) as url:
            with pytest.raises(TransientError, match="certificate verify failed"):
                await counted(url, topic_prefix, {})

    asyncio.run(scenario())


def test_tls_checks_the_servers_name(redis_url: str, topic_prefix: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    async def scenario() -> None:
        async with behind_tls(redis_url, authority, name="other.example") as url:
            with pytest.raises(TransientError, match="mismatch"):
                await counted(url, topic_prefix, {"redis_ca_file": tmp_path / "ca.pem"})

    asyncio.run(scenario())


async def counted(url: str, prefix: str, files: dict[str, Path]) -> int:
    client = connect(CommonSettings.model_validate({"redis_url": url, **files}))
    try:
        async with transient_errors("counting"):
            return int(await client.incr(f"{prefix}counter"))
    finally:
        await client.aclose()


@asynccontextmanager
async def behind_tls(
    redis_url: str, authority: trustme.CA, name: str = "127.0.0.1", ask_for_certificate: bool = False
) -> AsyncIterator[str]:
    """A TLS front, as stunnel would be one, before the Redis that is there: embedded ones are built without TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    if ask_for_certificate:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    redis = urlsplit(redis_url)
    open_connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_connections.add(task)
        inner_reader, inner_writer = await asyncio.open_connection(redis.hostname, redis.port)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield f"rediss://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    finally:
        server.close()
        if open_connections:
            _, late = await asyncio.wait(open_connections, timeout=10)
            assert not late


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one end closes."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()
