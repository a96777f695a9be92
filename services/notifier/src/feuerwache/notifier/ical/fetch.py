"""A calendar file, or one at an address of somebody else's: bounded in time and size, never from inside our network.

Redirects are followed, at most `HOPS`, each as guarded as the first one, and never from https down to http. The address
is as good as a password, so no error names more of it than the host.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from feuerwache.common.errors import FeuerwacheError
from feuerwache.common.http.client import Answer, OutboundClient
from feuerwache.common.http.guard import AddressGuard, ForbiddenAddressError

LIMIT = 2 * 1024 * 1024
HOPS = 3
ACCEPT = {"Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1"}


class Unfetched(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The calendar could not be fetched; the message says why, without the address."""


def is_address(source: str) -> bool:
    return source.startswith(("http://", "https://", "webcal://", "webcals://"))


async def fetch(source: str, guard: AddressGuard, *, seconds: float = 20.0, limit: int = LIMIT) -> bytes:
    """The calendar's bytes. Raises `Unfetched`."""
    if not is_address(source):
        return _file(Path(source), limit)
    url = source.replace("webcals://", "https://", 1).replace("webcal://", "https://", 1)
    async with OutboundClient(guard, seconds=seconds, limit=limit) as client:
        for _ in range(HOPS + 1):
            answer = await _get(client, url, seconds)
            if answer.status in (301, 302, 303, 307, 308):
                url = _next(url, answer)
                continue
            if answer.status != 200:
                raise Unfetched(f"{_host(url)} answers {answer.status}")
            if answer.cut:
                raise Unfetched(f"{_host(url)} sends more than {limit // 1024} kB; that is no calendar of a person")
            return answer.body
    raise Unfetched(f"{_host(source)} redirects more than {HOPS} times")


async def _get(client: OutboundClient, url: str, seconds: float) -> Answer:
    try:
        return await client.get(url, ACCEPT)
    except ForbiddenAddressError as error:
        raise Unfetched(
            f"{_host(url)} leads to an address inside of a network; allow it with FEUERWACHE_HTTP_ALLOW if it is meant"
        ) from error
    except TimeoutError as error:
        raise Unfetched(f"{_host(url)} does not answer within {seconds:g} s") from error
    except (httpx.TransportError, httpx.InvalidURL, OSError, ValueError) as error:
        raise Unfetched(f"{_host(url)} cannot be reached: {type(error).__name__}") from error


def _next(url: str, answer: Answer) -> str:
    target = urljoin(url, answer.headers.get("location", ""))
    scheme = urlsplit(target).scheme
    if scheme not in ("http", "https") or (scheme == "http" and url.startswith("https://")):
        raise Unfetched(f"{_host(url)} redirects to something that is not fetched")
    return target


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"


def _file(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise Unfetched(f"{path} has more than {limit // 1024} kB; that is no calendar of a person")
        return path.read_bytes()
    except OSError as error:
        raise Unfetched(f"{path} cannot be read: {error.strerror}") from error
