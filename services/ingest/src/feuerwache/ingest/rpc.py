"""The gRPC edge: `feuerwache.ingest.v1.IngestService` and `grpc.health.v1.Health`.

A message becomes the item that the same thing would be in JSON (fields that are not set are missing) and goes the way
of every other item, so HTTP and gRPC cannot disagree. Health asks the checks of the process, each time anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2_grpc

from feuerwache.common.clock import Clock
from feuerwache.common.errors import TransientError
from feuerwache.common.grpchealth import HealthService
from feuerwache.ingest.envelope import MAX_ITEMS, traceparent
from feuerwache.ingest.http import MAX_BODY, RETRY_AFTER_SECONDS
from feuerwache.ingest.intake import Intake
from feuerwache.ingest.integration import Gate
from feuerwache.ingest.item import Item
from feuerwache.ingest.metrics import Metrics
from feuerwache.ingest.submission import APPEAL
from feuerwache.ingest.v1 import ingest_pb2, ingest_pb2_grpc
from feuerwache.ingest.verdict import Verdict

WAY = "grpc"
SERVICE = "feuerwache.ingest.v1.IngestService"
#: What a PostEvent's oneof is called there → the item's `kind`.
_KINDS = {"deletion": "deleted", "report": "reported", "moderation": "moderated"}

Context = grpc.aio.ServicerContext[Any, Any]


class IngestService(ingest_pb2_grpc.IngestServiceServicer):  # type: ignore[misc]  # generated, without types
    def __init__(self, gate: Gate, intake: Intake, clock: Clock, metrics: Metrics) -> None:
        self._gate = gate
        self._intake = intake
        self._clock = clock
        self._metrics = metrics

    async def Publish(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        items = await self._take([Item(plain(post), "post") for post in request.posts], context)
        return ingest_pb2.PublishResponse(items=items)

    async def PublishEvents(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        items = await self._take([_event(event) for event in request.events], context)
        return ingest_pb2.PublishEventsResponse(items=items)

    async def Appeal(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        items = await self._take([Item(plain(appeal), APPEAL) for appeal in request.appeals], context)
        return ingest_pb2.AppealResponse(items=items)

    async def _take(self, items: Sequence[Item], context: Context) -> list[Any]:
        started = self._clock.monotonic()
        metadata = {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
        integration = self._gate.whose(metadata.get("authorization"))
        if integration is None:
            self._metrics.unauthorized.labels(WAY).inc()
            how = "send the integration's token as metadata: authorization: Bearer …"
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, how)
        if not items or len(items) > MAX_ITEMS:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"send 1 to {MAX_ITEMS} items, not {len(items)}")
        trace = traceparent(metadata.get("traceparent"))
        traced = [Item(item.data, item.kind, item.time, trace, item.problems) for item in items] if trace else items
        try:
            verdicts = await self._intake.accept(traced, integration, WAY)
        except TransientError:
            context.set_trailing_metadata((("retry-after", str(RETRY_AFTER_SECONDS)),))
            await context.abort(
                grpc.StatusCode.UNAVAILABLE,
                "Kafka or Redis does not answer; nothing was accepted, send everything again (repeats do no harm)",
            )
        self._metrics.request_seconds.labels(WAY).observe(self._clock.monotonic() - started)
        return [_answer(verdict) for verdict in verdicts]


def make_server(service: IngestService, health: HealthService) -> grpc.aio.Server:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", MAX_BODY), ("grpc.so_reuseport", 0)])
    ingest_pb2_grpc.add_IngestServiceServicer_to_server(service, server)
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    return server


def plain(message: Message) -> dict[str, Any]:
    """The message as the JSON item would be; what is not set is not in it."""
    return {field.name: _value(field, value) for field, value in message.ListFields()}


def _value(field: FieldDescriptor, value: Any) -> Any:
    if isinstance(value, Timestamp):
        return _instant(value)
    if isinstance(value, Message):
        return plain(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name.removeprefix(f"{field.enum_type.name.upper()}_").lower()
    return tuple(value) if field.is_repeated else value


def _instant(value: Timestamp) -> str:
    try:
        return value.ToJsonString()
    except ValueError:
        return "out of range"  # refused by the examination, as every text that is no time


def _event(event: Any) -> Item:
    fields = plain(event)
    what = event.WhichOneof("what")
    if what is None:
        return Item({**fields, "kind": None})
    inner = fields.pop(what, {})
    return Item({**fields, **inner}, _KINDS[what])


def _answer(verdict: Verdict) -> Any:
    return ingest_pb2.Item(
        post_id=verdict.post_id or "",
        status=f"STATUS_{verdict.status.name}",
        event_id=str(verdict.event_id or ""),
        problems=[ingest_pb2.Problem(**problem.as_json()) for problem in verdict.problems],
    )
