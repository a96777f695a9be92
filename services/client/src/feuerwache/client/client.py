"""The synchronous client."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from feuerwache.client.answer import Answer, Unavailable
from feuerwache.client.batch import Batch, Told
from feuerwache.client.call import Kind, body_of, encoded, pause
from feuerwache.client.connection import Connection, not_taken, taken


class Client:
    """Sends posts, events and appeals. Tries again while Feuerwache is busy or away; repeats do no harm.

    `url`: where ingest listens, without a path. `timeout`: seconds for one attempt. `tries`: attempts before
    `Unavailable`. `secret`: where the integration signs its calls. Not for several threads at once.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        timeout: float = 10.0,
        tries: int = 8,
        secret: str | None = None,
        certificate: tuple[str, str] | None = None,
        ca: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = Connection(url.rstrip("/"), token, timeout, tries, secret, certificate, ca)
        self._sleep = sleep
        self._http = httpx.Client(timeout=timeout, verify=self._connection.tls())

    def send(self, *items: Mapping[str, Any], kind: Kind = "posts") -> Answer:
        """One call with all of them (at most 1,000 and 1 MB). Raises `Refused` and `Unavailable`.

        Items that are wrong are in the answer (`rejected`); the others count all the same.
        """
        return self.deliver([encoded(item) for item in items], kind)

    def batch(
        self, *, kind: Kind = "posts", size: int = 100, seconds: float = 0.5, on_rejected: Told | None = None
    ) -> Batch:
        """Collects what is added: `with client.batch() as batch: batch.add(post)`. See `Batch`."""
        return Batch(self.deliver, kind=kind, size=size, seconds=seconds, on_rejected=on_rejected)

    def deliver(self, items: Sequence[bytes], kind: Kind) -> Answer:
        """What `send` does, for items that are JSON already."""
        body, tries = body_of(items), self._connection.tries
        failure = ""
        for attempt in range(tries):
            retry_after = None
            try:
                headers = self._connection.headers(body)
                response = self._http.post(f"{self._connection.url}/v1/{kind}", content=body, headers=headers)
            except httpx.TransportError as error:
                failure = type(error).__name__
            else:
                answer = taken(response)
                if answer is not None:
                    return answer
                failure, retry_after = str(response.status_code), response.headers.get("retry-after")
            if attempt + 1 < tries:
                self._sleep(pause(attempt, retry_after, random.random()))
        raise Unavailable(not_taken(tries, failure, items))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
