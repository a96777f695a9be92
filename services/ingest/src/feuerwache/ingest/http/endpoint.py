"""`POST /v1/posts`, `/v1/events` and `/v1/appeals`: reads bytes, asks the gate and the intake, answers.

Every error is `application/problem+json`. Bodies are bounded while they are read, and only then taken apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.types import Receive, Scope, Send

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.ingest.answer import Answer, answer, problem
from feuerwache.ingest.envelope import Unreadable, items_in
from feuerwache.ingest.http.body import Incomplete, read_body, unpacked
from feuerwache.ingest.http.response import headers_of, respond, unavailable
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate, Integration
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.submission import APPEAL

WAY = "http"


@dataclass(frozen=True, slots=True)
class Collection:
    """One of the ways in. `name` is the list of a plain batch, `kind` what plain items are (None: they say so)."""

    name: Literal["posts", "events", "appeals"]
    kind: str | None


COLLECTIONS: Mapping[str, Collection] = {
    "/v1/posts": Collection("posts", "post"),
    "/v1/events": Collection("events", None),
    "/v1/appeals": Collection("appeals", APPEAL),
}


class Endpoint:
    def __init__(self, gate: Gate, intake: Intake, clock: Clock, metrics: Metrics) -> None:
        self._gate = gate
        self._intake = intake
        self._clock = clock
        self._metrics = metrics
        self._seconds = metrics.request_seconds.labels(WAY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, collection: Collection) -> None:
        started = self._clock.monotonic()
        result = await self._take(headers_of(scope), receive, collection)
        self._seconds.observe(self._clock.monotonic() - started)
        await respond(send, result)

    async def _take(self, headers: Mapping[str, str], receive: Receive, collection: Collection) -> Answer:
        integration = self._gate.whose(headers.get("authorization"))
        if integration is None:
            self._metrics.unauthorized.labels(WAY).inc()
            return unauthorized()
        try:
            return await self._accept(headers, receive, collection, integration)
        except Unreadable as error:
            return problem(error.status, error.title, error.detail)
        except Incomplete as error:
            return problem(400, "Incomplete", str(error))
        except TransientError:
            why = "Kafka or Redis does not answer; nothing was accepted, send everything again (repeats do no harm)"
            return unavailable(why)

    async def _accept(
        self, headers: Mapping[str, str], receive: Receive, collection: Collection, integration: Integration
    ) -> Answer:
        limit = integration.limits.body_bytes
        body = unpacked(await read_body(receive, headers, limit), headers.get("content-encoding", ""), limit)
        items = items_in(body, headers, collection.name, collection.kind)
        if len(items) > integration.limits.items:
            raise Unreadable(413, "Too many items", f"{len(items)} items; send at most {integration.limits.items}")
        return answer(await self._intake.accept(items, integration, WAY))


def unauthorized() -> Answer:
    how = {"WWW-Authenticate": 'Bearer realm="feuerwache"'}
    return problem(401, "Unauthorized", "send the integration's token: Authorization: Bearer …", how)
