"""Who calls over gRPC, and how a call that cannot be served ends."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

import grpc

from feuerwache.ingest.envelope import traceparent
from feuerwache.ingest.http import RETRY_AFTER_SECONDS
from feuerwache.ingest.integration import Gate, Integration, May
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.security.certificate import names_of

WAY = "grpc"
Context = grpc.aio.ServicerContext[Any, Any]


def metadata_of(context: Context) -> dict[str, str]:
    """The texts among the call's metadata."""
    return {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}


def trace_of(context: Context) -> str | None:
    """The caller's `traceparent`, as far as it is one."""
    return traceparent(metadata_of(context).get("traceparent"))


class Door:
    """Asked anew for every request and every group of a stream, so what is taken away is gone at once."""

    def __init__(self, gate: Gate, metrics: Metrics) -> None:
        self._gate = gate
        self._metrics = metrics

    async def admitted(self, context: Context, wanted: Iterable[May]) -> Integration:
        """Ends the call for whoever may not do all of that."""
        authorization = metadata_of(context).get("authorization")
        admission = self._gate.admit(authorization, names_of(context.auth_context()))
        if admission is None:
            self._metrics.unauthorized.labels(WAY).inc()
            how = "send the integration's token as metadata: authorization: Bearer …"
            await refuse(context, grpc.StatusCode.UNAUTHENTICATED, how)
        for may in wanted:
            if not admission.may(may):
                why = f"this token may not send {may} (`may` in config/integrations.yaml)"
                await refuse(context, grpc.StatusCode.PERMISSION_DENIED, why)
        signed = admission.integration.signed
        if signed is not None and signed.required:
            why = "this integration signs its calls (`signed` in config/integrations.yaml): a signature needs HTTP"
            await refuse(context, grpc.StatusCode.PERMISSION_DENIED, why)
        return admission.integration


async def unavailable(context: Context, why: str, seconds: str = str(RETRY_AFTER_SECONDS)) -> NoReturn:
    """Try again, in so many seconds."""
    context.set_trailing_metadata((("retry-after", seconds),))
    await refuse(context, grpc.StatusCode.UNAVAILABLE, why)


async def refuse(context: Context, code: grpc.StatusCode, why: str) -> NoReturn:
    await context.abort(code, why)
    raise AssertionError("abort raises")
