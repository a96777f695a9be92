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
from feuerwache.common.logging import logger
from feuerwache.common.webprotocol import certificate_names
from feuerwache.ingest.answer import Answer, answer, problem
from feuerwache.ingest.envelope import NDJSON, Unreadable, items_in, media_type
from feuerwache.ingest.http.body import read_body, unpacked
from feuerwache.ingest.http.ndjson import Streams
from feuerwache.ingest.http.response import headers_of, respond, unavailable
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Admission, Gate
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.security.keyring import MissingSecret
from feuerwache.ingest.security.quota import Quota, retry_after
from feuerwache.ingest.security.signedcall import WORDS, SignedCallCheck
from feuerwache.ingest.submission import APPEAL

WAY = "http"
AWAY = "Kafka or Redis does not answer; nothing was accepted, send everything again (repeats do no harm)"

log = logger(__name__)


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
    def __init__(
        self,
        gate: Gate,
        intake: Intake,
        clock: Clock,
        metrics: Metrics,
        *,
        quota: Quota,
        signed: SignedCallCheck,
        streams: Streams,
    ) -> None:
        self._gate = gate
        self._intake = intake
        self._clock = clock
        self._metrics = metrics
        self._quota = quota
        self._signed = signed
        self._streams = streams
        self._seconds = metrics.request_seconds.labels(WAY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send, collection: Collection) -> None:
        started = self._clock.monotonic()
        headers = headers_of(scope)
        admission = self._gate.admit(headers.get("authorization"), certificate_names(scope))
        if isinstance(admission, Admission) and _is_stream(headers, collection) and admission.may(collection.name):
            await self._streams.run(
                scope,
                receive,
                send,
                integration=admission.integration,
                headers=headers,
                collection=collection.name,
            )
            return
        result = await self._take(admission, headers, receive, collection)
        self._seconds.observe(self._clock.monotonic() - started)
        await respond(send, result)

    async def _take(
        self, admission: Admission | None, headers: Mapping[str, str], receive: Receive, collection: Collection
    ) -> Answer:
        if admission is None:
            self._metrics.unauthorized.labels(WAY).inc()
            return unauthorized("send the integration's token: Authorization: Bearer …")
        if not admission.may(collection.name):
            return problem(403, "Not yours", f"this token may not send {collection.name}")
        try:
            return await self._accept(headers, receive, collection, admission)
        except Unreadable as error:
            return problem(error.status, error.title, error.detail)
        except MissingSecret as error:
            log.error("signed calls without their secret", integration=admission.integration.id, reason=str(error))
            return unavailable("the signature cannot be checked now")
        except TransientError:
            return unavailable(AWAY)

    async def _accept(
        self, headers: Mapping[str, str], receive: Receive, collection: Collection, admission: Admission
    ) -> Answer:
        integration, limits = admission.integration, admission.integration.limits
        body = await read_body(receive, headers, limits.body_bytes)
        if integration.signed is not None:
            refusal = await self._signed.refusal(integration, body, headers, self._clock.real_now())
            if refusal is not None:
                self._metrics.unauthorized.labels(WAY).inc()
                return unauthorized(WORDS[refusal])
        body = unpacked(body, headers.get("content-encoding", ""), limits.body_bytes)
        items = items_in(body, headers, collection.name, collection.kind)
        if len(items) > limits.items:
            raise Unreadable(413, "Too many items", f"{len(items)} items; send at most {limits.items} in one request")
        wait = await self._quota.take(integration, len(items), WAY)
        if wait > 0:
            return too_much(wait)
        return answer(await self._intake.accept(items, integration, WAY))


def _is_stream(headers: Mapping[str, str], collection: Collection) -> bool:
    return collection.kind != APPEAL and media_type(headers) == NDJSON


def unauthorized(detail: str) -> Answer:
    return problem(401, "Unauthorized", detail, {"WWW-Authenticate": 'Bearer realm="feuerwache"'})


def too_much(seconds: float) -> Answer:
    why = "more than this integration may send; nothing was accepted, send it again after Retry-After"
    return problem(429, "Too much", why, {"Retry-After": retry_after(seconds)})
