"""One bounded request to an address that others chose.

Guarantees: only addresses the guard permits, the one that was checked is the one connected to (the host name stays in
`Host` and in TLS), no redirect is followed, no proxy or credential from the environment is used, the whole exchange
ends within `seconds`, and no more than `limit` bytes of the answer are read. Each request has a connection of its own:
connections are told apart by address, so one that was proven to belong to one host name must not serve another. No
address is logged: it may hold a token, and httpx would write each of them at INFO.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import ssl
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import httpx

from feuerwache.common.http.guard import AddressGuard

# httpcore imports `sniffio` at every lock it takes. Where that is not installed Python searches its whole path each
# time, which was a third of what a call cost; this says once and for all that it is not there.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # how Python writes down "there is none"

Method = Literal["GET", "POST", "PUT", "DELETE"]

#: These say where a request went and what came back, word by word.
TALKATIVE = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy", "httpcore.socks")

#: Names that one client looks up at once; a name server that hangs holds up nobody else.
LOOK_UPS = 8
#: The share of the whole time that the connection may take, and the TLS handshake after it. Both together end before
#: the whole does: a handshake that is cancelled from outside leaves its socket open until it is collected.
CONNECTING = 3.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have lower-case names. `body` is at most `limit` bytes as sent; `cut` says that there was more."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    cut: bool


class GuardedTransport(httpx.AsyncBaseTransport):
    """Asks the guard where to connect, then connects there and nowhere else."""

    def __init__(self, guard: AddressGuard, inner: httpx.AsyncBaseTransport) -> None:
        self._guard = guard
        self._inner = inner
        self._threads = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look up")

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host, request.url.port
        if port is not None and not 0 < port < 65536:
            raise httpx.InvalidURL("there is no such port")
        address = await self._guard.resolve(host, port or 443, self._threads)
        request.headers["Host"] = request.url.netloc.decode("ascii")
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self._inner.aclose()


class OutboundClient:
    """Async context manager. `get` and `post` raise `httpx.TransportError` (no answer), `httpx.InvalidURL`, `OSError`
    (also `TimeoutError`: the whole took too long), `ValueError` (a header that cannot be written) or
    `ForbiddenAddressError`. Their texts may hold the address: none of them belongs in a log or a record.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        seconds: float = 10.0,
        limit: int = 64 * 1024,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._seconds = seconds
        self._limit = limit
        inner = httpx.AsyncHTTPTransport(
            verify=tls or ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(guard, inner),
            timeout=httpx.Timeout(seconds, connect=seconds / CONNECTING),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "feuerwache", "Accept-Encoding": "identity"},
        )
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(_only_warnings)

    async def __aenter__(self) -> OutboundClient:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.request("GET", url, b"", headers or {})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return await self.request("POST", url, body, headers)

    async def request(self, method: Method, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Sends `body`, which a GET has none of, and reads the bounded answer."""
        content = None if method == "GET" else body
        async with (
            asyncio.timeout(self._seconds),
            self._client.stream(method, url, content=content, headers=dict(headers)) as response,
        ):
            read = bytearray()
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) > self._limit:
                    break
            cut = len(read) > self._limit
            return Answer(response.status_code, dict(response.headers), bytes(read[: self._limit]), cut)


def _only_warnings(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
