"""The dead-man's switch: each canary that comes home is told to somebody outside, who gives the alarm when none does.

`ping`: a POST without a body, as Healthchecks (https://healthchecks.io/docs/http_api/) and most others take it.
`alertmanager`: an alert that is fired anew each time and ends by itself after `ALIVE_FOR`
(https://prometheus.io/docs/alerting/latest/alerts_api/), for a route to a dead-man service.

The address is a secret: whoever knows it can keep the alarm silent. It stands in no log, metric or error.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from typing import Literal

import httpx
from pydantic import SecretStr

from feuerwache.common.clock import Clock
from feuerwache.common.http.client import OutboundClient
from feuerwache.common.http.guard import AddressGuard, ForbiddenAddressError
from feuerwache.common.http.retry import Verdict, verdict
from feuerwache.common.logging import logger
from feuerwache.notifier import metrics

Style = Literal["ping", "alertmanager"]
#: Five canaries that do not come home in a row.
ALIVE_FOR = timedelta(minutes=5)

log = logger(__name__)


class DeadMan:
    """`url` None: canaries are counted and nobody outside is told. Make and use it in the event loop."""

    def __init__(
        self, url: SecretStr | None, style: Style, guard: AddressGuard, clock: Clock, *, seconds: float = 10.0
    ) -> None:
        self._url = url
        self._style = style
        self._clock = clock
        self._client = OutboundClient(guard, seconds=seconds)
        self._task: asyncio.Task[None] | None = None

    def heard(self, age: float) -> None:
        """A canary is home, `age` seconds (event time) after it was written. Never waits for the one outside."""
        metrics.CANARY_AGE.observe(max(0.0, age))
        metrics.CANARY_HOME.set(self._clock.real_now().timestamp())
        if self._url is None or (self._task is not None and not self._task.done()):
            return  # the ping that is still under way says the same
        self._task = asyncio.create_task(self._ping(self._url.get_secret_value()), name="dead-man ping")

    async def _ping(self, url: str) -> None:
        try:
            answer = await self._client.post(url, *request(self._style, self._clock.real_now()))
            outcome = "ok" if verdict(answer.status) is Verdict.DONE else f"HTTP {answer.status}"
        except ForbiddenAddressError:
            outcome = "the address is not public and not in FEUERWACHE_HTTP_ALLOW"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            outcome = type(error).__name__
        metrics.DEADMAN_PINGS.labels("ok" if outcome == "ok" else "failed").inc()
        if outcome != "ok":
            log.warning("the dead-man's switch could not be told", reason=outcome)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._client.__aexit__()


def request(style: Style, real_now: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers."""
    if style == "ping":
        return b"", {}
    alert = {
        "labels": {"alertname": "FeuerwacheIsAlive", "severity": "none"},
        "annotations": {"summary": "A canary travelled through all of Feuerwache; silence would be the alarm."},
        "startsAt": real_now.isoformat(),
        "endsAt": (real_now + ALIVE_FOR).isoformat(),
    }
    return json.dumps([alert]).encode(), {"Content-Type": "application/json"}
