"""Names a server answers to, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from fastapi import FastAPI

from feuerwache.common.errors import FatalError
from feuerwache.common.hosts import HostNames, host_of, known_hosts, only_for
from feuerwache.common.settings import CommonSettings
from feuerwache.common.web import listening, serve_http


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("wache.example", "wache.example"),
        ("Wache.Example.:8080", "wache.example"),
        ("127.0.0.1:80", "127.0.0.1"),
        ("[::1]:8080", "::1"),
        ("[::1]", "::1"),
        ("", None),
        (":80", None),
        ("a@wache.example", None),
        ("wache.example/x", None),
        ("wache.example:80:80", None),
        ("http://wache.example", None),
        ("::1", None),
    ],
)
def test_the_host_of_an_authority(authority: str, host: str | None) -> None:
    assert host_of(authority) == host


def test_known_are_the_given_urls_this_machine_and_what_is_added_but_no_wildcard_address() -> None:
    known = known_hosts("https://Wache.example/x", bound="0.0.0.0", more=("proxy:8080",))
    assert known == {"wache.example", "proxy", "localhost", "127.0.0.1", "::1"}
    assert "10.1.2.3" in known_hosts(bound="10.1.2.3")


async def status(port: int, hosts: Sequence[str]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = ["GET /i/secret HTTP/1.1", *(f"Host: {one}" for one in hosts), "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return int(answer.split(b" ")[1])


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (("wache.example",), 200),
        (("WACHE.example:443",), 200),
        (("localhost",), 200),
        (("[::1]:80",), 200),
        (("evil.example",), 421),
        (("wache.example.evil.example",), 421),
        (("evil.example:80@wache.example",), 421),
        (("wache.example", "evil.example"), (400, 421)),
        ((), (400, 421)),
    ],
)
def test_a_foreign_host_is_refused_before_anything_looks_at_the_request(
    hosts: tuple[str, ...], expected: int | tuple[int, ...]
) -> None:
    app, seen = FastAPI(), []

    @app.get("/i/{token}")
    async def page(token: str) -> str:
        seen.append(token)
        return "page"

    async def scene() -> None:
        stop = asyncio.Event()
        with listening("127.0.0.1", 0) as bound:
            guarded = only_for(known_hosts("https://wache.example"), app)
            serving = asyncio.create_task(serve_http(guarded, bound, stop, 1.0))
            try:
                answered = await status(bound.getsockname()[1], hosts)
            finally:
                stop.set()
                await serving
        assert answered == expected if isinstance(expected, int) else answered in expected
        assert bool(seen) is (answered == 200)

    asyncio.run(scene())


class Named(CommonSettings):
    http_hosts: HostNames = ()


def test_names_are_set_with_commas_and_what_is_no_name_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FEUERWACHE_HTTP_HOSTS", "wache.example, proxy:8080,")
    assert Named.from_environment().http_hosts == ("wache.example", "proxy:8080")
    monkeypatch.setenv("FEUERWACHE_HTTP_HOSTS", "https://wache.example/")
    with pytest.raises(FatalError, match=r"FEUERWACHE_HTTP_HOSTS.*without http://"):
        Named.from_environment()
