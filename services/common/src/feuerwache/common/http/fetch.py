"""A GET to an address that others chose, over redirects, each of which is judged as if it were the first address.

Guarantees, besides those of `client.OutboundClient`: https, or http to networks that the operator allows by name; every
hop is resolved anew and refused when it is not public; no hop from https to http, none to an address that was visited,
none beyond `redirects`; what proves who we are (`Authorization`, cookies, keys) goes only to the scheme, host and port
that it was meant for; everything together ends within `seconds`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.http.guard import AddressGuard, ForbiddenAddressError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers that may go along to another origin; everything else could be a credential.
HARMLESS = frozenset({"accept", "accept-language", "if-none-match", "if-modified-since"})
PORTS = {"https": 443, "http": 80}


class RedirectError(ForbiddenAddressError):
    """A redirect leads where none may lead. The message names no address."""


class GuardedFetcher:
    """Async context manager. `fetch` raises what `OutboundClient` raises, and `RedirectError`; `failure.failure` gives
    words for all of them."""

    def __init__(
        self, guard: AddressGuard, *, seconds: float = 10.0, limit: int = 1_000_000, tls: ssl.SSLContext | None = None
    ) -> None:
        self._guard = guard
        self._seconds = seconds
        self._client = OutboundClient(guard, seconds=seconds, limit=limit, tls=tls)

    async def __aenter__(self) -> GuardedFetcher:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None, *, redirects: int = 3) -> Answer:
        """The first answer that is no redirect."""
        given = dict(headers or {})
        at = httpx.URL(url)
        visited = {str(at)}
        async with asyncio.timeout(self._seconds):
            while True:
                await self._judge(at)
                answer = await self._client.get(str(at), given)
                if answer.status not in REDIRECTS or "location" not in answer.headers:
                    return answer
                to = _joined(at, answer.headers["location"])
                if str(to) in visited or len(visited) > redirects:
                    raise RedirectError("the redirects lead in a circle or too far")
                if at.scheme == "https" and to.scheme != "https":
                    raise RedirectError("a redirect leads out of TLS")
                if _origin(at) != _origin(to):
                    given = {name: value for name, value in given.items() if name.lower() in HARMLESS}
                visited.add(str(to))
                at = to

    async def _judge(self, url: httpx.URL) -> None:
        """Https leads where the client's guard permits. Http only to what is allowed by name: nobody proves there who
        answers."""
        if url.scheme == "https":
            return
        if url.scheme != "http" or not url.host:
            raise RedirectError("only https can be fetched")
        # The address is looked up once more for the call itself, by the guard that permits public ones, too: a name
        # that says something else then is public at worst.
        await _OnlyAllowed(self._guard.allow).resolve(url.host, url.port or PORTS["http"])


class _OnlyAllowed(AddressGuard):
    """Without the public addresses."""

    def permits(self, address: Any) -> bool:
        return any(address.version == network.version and address in network for network in self.allow)


def _joined(base: httpx.URL, location: str) -> httpx.URL:
    """Where it leads; userinfo in it would be a credential that somebody else chose."""
    to = base.join(location).copy_with(fragment=None)
    if to.userinfo:
        raise RedirectError("a redirect brings a password along")
    return to


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or PORTS.get(url.scheme)
