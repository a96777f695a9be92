"""The fetcher over real redirects: each hop is judged anew, and credentials stay with whom they were meant for."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from feuerwache.common.http.client import Answer
from feuerwache.common.http.fetch import GuardedFetcher, RedirectError
from feuerwache.common.http.guard import LOOPBACK, AddressGuard, ForbiddenAddressError
from support.peers.wire import Reply, Request, answering, authority, listening

SECRETS = {"Authorization": "Bearer swordfish", "X-Api-Key": "swordfish", "Cookie": "s=swordfish"}


def moved(to: str, status: str = "302 Found") -> Reply:
    return Reply(status, {"Location": to})


class Site:
    """A server whose paths are answered by `pages`; `calls` is what came."""

    def __init__(self, pages: dict[str, Callable[[], Reply]]) -> None:
        self.pages = pages
        self.calls: list[Request] = []

    def answer(self, request: Request) -> Reply:
        self.calls.append(request)
        return self.pages[request.target]()


async def fetch(site: Site, path: str = "/", *, tls: bool = False, redirects: int = 3, **more: Any) -> Answer:
    server, client, _ = authority()
    async with (
        listening(answering(site.answer), server if tls else None) as port,
        GuardedFetcher(AddressGuard(LOOPBACK), tls=client, **more) as fetcher,
    ):
        url = f"{'https' if tls else 'http'}://localhost:{port}{path}"
        return await fetcher.fetch(url, {"Accept": "text/csv", **SECRETS}, redirects=redirects)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_on_the_same_origin_is_followed_with_its_credentials(status: str) -> None:
    site = Site({"/a/b": lambda: moved("../c?d=e", status), "/c?d=e": lambda: Reply(body=b"there")})
    assert asyncio.run(fetch(site, "/a/b", tls=True)).body == b"there"
    assert [call.target for call in site.calls] == ["/a/b", "/c?d=e"]
    assert site.calls[1].headers["authorization"] == "Bearer swordfish"


def test_credentials_do_not_go_to_another_origin() -> None:
    async def main() -> list[Request]:
        there = Site({"/": lambda: Reply(body=b"there")})
        async with listening(answering(there.answer)) as port:
            await fetch(Site({"/": lambda: moved(f"http://localhost:{port}/")}))
        return there.calls

    [call] = asyncio.run(main())
    assert call.headers["accept"] == "text/csv"
    assert "swordfish" not in str(call.headers)


@pytest.mark.parametrize(
    "to",
    [
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "http://169.254.169.254/",
        "//10.0.0.1/",
    ],
)
def test_a_redirect_to_an_address_that_is_not_public_is_refused(to: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        asyncio.run(fetch(Site({"/": lambda: moved(to)}), tls=True))


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://localhost/", "out of TLS"),
        ("ftp://localhost/", "out of TLS"),
        ("https://user:pass@localhost/", "password"),
        ("/", "circle"),
        ("/#again", "circle"),
    ],
)
def test_a_redirect_that_gives_up_what_was_proved_is_refused(to: str, reason: str) -> None:
    with pytest.raises(RedirectError, match=reason):
        asyncio.run(fetch(Site({"/": lambda: moved(to)}), tls=True))


def test_redirects_have_an_end() -> None:
    site = Site({f"/{n}": lambda n=n: moved(f"/{n + 1}") for n in range(9)})  # type: ignore[misc]  # n is bound at once
    with pytest.raises(RedirectError, match="too far"):
        asyncio.run(fetch(site, "/0", redirects=2))
    assert [call.target for call in site.calls] == ["/0", "/1", "/2"]


def test_http_reaches_only_what_the_operator_allows_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def public(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", public)

    async def main() -> None:
        async with GuardedFetcher(AddressGuard(LOOPBACK)) as fetcher:
            await fetcher.fetch("http://public.example/")

    with pytest.raises(ForbiddenAddressError):
        asyncio.run(main())


def test_a_name_that_leads_elsewhere_at_the_second_look_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding between two hops: the first answer is permitted, the next one is the metadata service."""
    look_up, seen = socket.getaddrinfo, 0

    def rebinding(host: str, port: int, *args: Any, **options: Any) -> Any:
        nonlocal seen
        if host == "localhost":
            seen += 1
            if seen > 1:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", port))]
        return look_up(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site = Site({"/": lambda: moved("/again")})
    with pytest.raises(ForbiddenAddressError):
        asyncio.run(fetch(site, tls=True))
    assert seen == 2
    assert len(site.calls) == 1


def test_all_hops_together_end_in_time() -> None:
    hops: list[int] = []

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hops.append(len(hops))
        await asyncio.sleep(0.2)
        await answering(lambda _: moved(f"/{len(hops)}"))(reader, writer)

    async def main() -> None:
        async with listening(late) as port, GuardedFetcher(AddressGuard(LOOPBACK), seconds=0.5) as fetcher:
            await fetcher.fetch(f"http://localhost:{port}/", redirects=1000)

    with pytest.raises(TimeoutError):
        asyncio.run(main())


def test_an_answer_that_is_no_redirect_is_the_answer() -> None:
    async def main(reply: Reply) -> Answer:
        return await fetch(Site({"/": lambda: reply}))

    assert asyncio.run(main(Reply("404 Not Found"))).status == 404
    assert asyncio.run(main(Reply("302 Found"))).status == 302, "without a Location there is nothing to follow"


def test_a_certificate_that_does_not_hold_ends_it() -> None:
    async def main() -> None:
        server, _, _ = authority()
        async with (
            listening(answering(lambda _: Reply()), server) as port,
            GuardedFetcher(AddressGuard(LOOPBACK), tls=ssl.create_default_context()) as fetcher,
        ):
            await fetcher.fetch(f"https://localhost:{port}/")

    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(main())
