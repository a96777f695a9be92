"""Under which names a server answers: a request to any other host is refused before anything looks at it.

A page that a browser loaded from elsewhere can make its own name resolve to this machine and then ask us (DNS
rebinding); such a request carries the foreign name in `Host`. Pure ASGI, no framework: names are compared whole and
without case, the port does not count. What a proxy says in `X-Forwarded-Host` is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: What a socket is bound to that listens everywhere: no name that anybody calls.
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
AUTHORITY = re.compile(r"(?:\[(?P<literal>[0-9a-f:.]+)\]|(?P<name>[^\s:/@\[\]]+))(?::[0-9]{0,5})?")
#: Misdirected Request, RFC 9110 section 15.5.20.
MISDIRECTED = 421

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def host_of(authority: str) -> str | None:
    """The host of a `Host` header: in small letters, without port, brackets and the dot of the root; None for what is
    none."""
    found = AUTHORITY.fullmatch(authority.strip().lower())
    return (found["literal"] or found["name"].rstrip(".")) if found is not None else None


def _by_comma(value: Any) -> Any:
    """Names as a person wrote them, `host` or `host:port`. Raises `ValueError` for what no `Host` header can be."""
    if not isinstance(value, str):
        return value
    names = tuple(one.strip() for one in value.split(",") if one.strip())
    for name in names:
        if host_of(name) is None:
            raise ValueError(f"{name!r} is no host; write names without http:// and without a path")
    return names


#: A setting of host names, separated by commas.
HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_by_comma)]


def known_hosts(*addresses: str, bound: str = "", more: Iterable[str] = ()) -> frozenset[str]:
    """The hosts of these URLs, where the socket is bound, `more` as a person wrote them, and this machine itself."""
    named = {(urlsplit(address).hostname or "").rstrip(".") for address in addresses}
    named |= {host_of(one) or "" for one in more} | {bound.lower()}
    return frozenset((named | LOOPBACK) - EVERYWHERE)


def only_for(hosts: frozenset[str], app: Application) -> Application:
    """The application, asked only under these names; else the answer is 421, which says what to set."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _meant(scope, hosts):
            await _refuse(send)
        else:
            await app(scope, receive, send)

    return guarded


def _meant(scope: Scope, hosts: frozenset[str]) -> bool:
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    return len(named) == 1 and host_of(named[0]) in hosts


async def _refuse(send: Send) -> None:
    body = b"This server does not answer under that name. Its operator adds names by FEUERWACHE_HTTP_HOSTS.\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": MISDIRECTED, "headers": headers})
    await send({"type": "http.response.body", "body": body})
