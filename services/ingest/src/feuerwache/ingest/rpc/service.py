"""`IngestService`: the calls with one answer, and the server with everything that is asked of one.

The same examination, quotas and answers as over HTTP. Health asks the checks of the process, each time anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.grpchealth import HealthService
from feuerwache.ingest.http import MAX_BODY
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate, May
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.rpc.answer import item_of
from feuerwache.ingest.rpc.caller import WAY, Context, Door, refuse, trace_of, unavailable
from feuerwache.ingest.rpc.message import appeal_item, event_item, post_item
from feuerwache.ingest.rpc.readable import ReadableMessages
from feuerwache.ingest.rpc.stream import Publishing
from feuerwache.ingest.security.quota import Quota, retry_after
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc

SERVICE = "feuerwache.ingest.v1.IngestService"

#: What one caller can take of the process: metadata, calls on one connection, connections that say nothing.
OPTIONS = (
    ("grpc.max_receive_message_length", MAX_BODY),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.max_concurrent_streams", 100),
    ("grpc.max_connection_idle_ms", 300_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.so_reuseport", 0),
)


class IngestService(ingest_pb2_grpc.IngestServiceServicer):  # type: ignore[misc]  # generated, without types
    def __init__(
        self, gate: Gate, intake: Intake, quota: Quota, clock: Clock, metrics: Metrics, *, stop: asyncio.Event
    ) -> None:
        self._door = Door(gate, metrics)
        self._intake = intake
        self._quota = quota
        self._clock = clock
        self._metrics = metrics
        self._stop = stop

    async def Publish(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        items = await self._take(request.posts, post_item, context, "posts")
        return ingest_pb2.PublishResponse(items=items)

    async def PublishEvents(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        items = await self._take(request.events, event_item, context, "events")
        return ingest_pb2.PublishEventsResponse(items=items)

    async def Appeal(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        items = await self._take(request.appeals, appeal_item, context, "appeals")
        return ingest_pb2.AppealResponse(items=items)

    async def PublishStream(self, _: Any, context: Context) -> None:  # noqa: N802 - the name in the proto
        # Read and written by hand: an iterator would read on for as long as somebody sends.
        publishing = Publishing(
            self._door, self._intake, self._quota, self._clock, self._metrics, stop=self._stop, context=context
        )
        await publishing.run()

    async def _take(
        self, sent: Sequence[Any], item: Callable[[Any, str | None], Item], context: Context, may: May
    ) -> list[Any]:
        started = self._clock.monotonic()
        integration = await self._door.admitted(context, [may])
        most = integration.limits.items
        if not 0 < len(sent) <= most:
            await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, f"send 1 to {most} items, not {len(sent)}")
        wait = await self._quota.take(integration, len(sent), WAY)
        if wait:
            context.set_trailing_metadata((("retry-after", retry_after(wait)),))
            why = "this integration has sent more than its limits say; nothing was accepted, wait and send it again"
            await refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, why)
        trace = trace_of(context)
        try:
            verdicts = await self._intake.accept([item(one, trace) for one in sent], integration, WAY)
        except TransientError:
            why = "Kafka or Redis does not answer; nothing was accepted, send everything again (repeats do no harm)"
            await unavailable(context, why)
        self._metrics.request_seconds.labels(WAY).observe(self._clock.monotonic() - started)
        return [item_of(verdict) for verdict in verdicts]


def make_server(service: IngestService, ill: HealthService) -> grpc.aio.Server:
    server = grpc.aio.server(options=OPTIONS, interceptors=[ReadableMessages(SERVICE)])
    ingest_pb2_grpc.add_IngestServiceServicer_to_server(service, server)
    health_pb2_grpc.add_HealthServicer_to_server(ill, server)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return server
