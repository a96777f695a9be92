"""The gRPC edge of outbound: `feuerwache.ingest.v1.DecisionService`, health and reflection.

Decisions go out as a stream, and what the platform did with them comes back by a call of its own (`report.py`).

A stream reads Kafka for itself from its own cursor, so a reader that is slow holds up nobody, and no process has to
remember it. What a decision looks like and which ones are sent is the same as for a webhook; what a webhook skips
(superseded before it was delivered) a stream has in its order.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn

import grpc
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from feuerwache.common.clock import Clock
from feuerwache.common.errors import FatalError, InvalidRecord, TransientError
from feuerwache.common.events.decision import Action, AppealChanged, DecisionMade, Severity
from feuerwache.common.grpchealth import HealthService
from feuerwache.common.kafka.record import Record
from feuerwache.common.logging import logger
from feuerwache.ingest.integration import Gate, Integration
from feuerwache.ingest.outbound.capability import INTERNAL, translate
from feuerwache.ingest.outbound.cursor import BadCursor, encode_place
from feuerwache.ingest.outbound.document import appeal_document, document
from feuerwache.ingest.outbound.metrics import Metrics
from feuerwache.ingest.outbound.outlet import CAUSES
from feuerwache.ingest.outbound.reading import Expired, Reading
from feuerwache.ingest.outbound.report import MOST, Report, Reports
from feuerwache.ingest.outbound.selection import Selection
from feuerwache.ingest.outbound.settings import OutboundSettings
from feuerwache.ingest.security.certificate import names_of
from feuerwache.ingest.v1 import decisions_pb2, decisions_pb2_grpc

SERVICE = "feuerwache.ingest.v1.DecisionService"
MAX_REQUEST = 64 * 1024

Context = grpc.aio.ServicerContext[Any, Any]

log = logger(__name__)


class DecisionService(decisions_pb2_grpc.DecisionServiceServicer):  # type: ignore[misc]  # generated, without types
    def __init__(
        self,
        gate: Gate,
        reports: Reports,
        settings: OutboundSettings,
        clock: Clock,
        metrics: Metrics,
        *,
        stop: asyncio.Event,
    ) -> None:
        self._gate = gate
        self._reports = reports
        self._settings = settings
        self._clock = clock
        self._metrics = metrics
        self._stop = stop
        self._open: Counter[str] = Counter()
        self._reporting: Counter[str] = Counter()

    async def StreamDecisions(self, request: Any, context: Context) -> None:  # noqa: N802 - the name in the proto
        # Written, not yielded: a generator that nobody reads any more is closed by chance, and its reader with it.
        integration = await self._admitted(context)
        narrow = await _narrowing(request.filter, context)
        since = await _instant(request, context)
        if self._open[integration.id] >= self._settings.streams_per_integration:
            await _refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "this integration has too many streams open")
        self._count(integration.id, 1)
        reading = Reading(self._settings)
        try:
            await reading.open(request.cursor, since)
            await self._write_all(reading, narrow, context)
        except BadCursor as error:
            await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except Expired as error:
            await _refuse(context, grpc.StatusCode.OUT_OF_RANGE, f"{error}; begin without a cursor, or with `since`")
        except (TransientError, FatalError) as error:
            log.warning("a stream ended: Kafka does not answer", integration=integration.id, error=str(error))
            await _refuse(context, grpc.StatusCode.UNAVAILABLE, "Kafka does not answer; try again with the same cursor")
        finally:
            self._count(integration.id, -1)
            await reading.close()
        await _refuse(context, grpc.StatusCode.UNAVAILABLE, "the service is stopping; try again with the same cursor")

    async def ReportActions(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        integration = await self._admitted(context)
        if not 0 < len(request.reports) <= MOST:
            why = f"send 1 to {MOST} reports, not {len(request.reports)}"
            await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, why)
        if self._reporting[integration.id] >= self._settings.streams_per_integration:
            await _refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "this integration has too many calls open")
        self._reporting[integration.id] += 1
        try:
            problems = await self._reports.take([_report(one) for one in request.reports], integration)
        except (TransientError, FatalError) as error:
            log.warning("reports are not on record", integration=integration.id, error=str(error))
            why = "Kafka does not answer; nothing counts, send everything again (repeats do no harm)"
            await _refuse(context, grpc.StatusCode.UNAVAILABLE, why)
        finally:
            self._reporting[integration.id] -= 1
        results = []
        for one, problem in zip(request.reports, problems, strict=True):
            self._metrics.reported.labels(integration.id, "rejected" if problem else "accepted").inc()
            results.append(
                decisions_pb2.ReportResult(decision_id=one.decision_id, accepted=not problem, problem=problem or "")
            )
        return decisions_pb2.ReportActionsResponse(results=results)

    async def _write_all(self, reading: Reading, narrow: Callable[[Selection], Selection], context: Context) -> None:
        """Until told to stop. `write` waits for a reader that is slow."""
        await context.write(self._heartbeat(reading))
        heard = self._clock.monotonic()
        while not self._stop.is_set():
            records = await reading.next()
            # Asked anew each time: a token that is taken away, or a community, counts from now on.
            integration = await self._admitted(context)
            for record in records:
                told = self._told(record, integration, narrow)
                if told is not None:
                    told.cursor = reading.cursor
                    await context.write(told)
                    self._metrics.streamed.labels(integration.id).inc()
                    heard = self._clock.monotonic()
            if self._clock.monotonic() - heard >= self._settings.stream_heartbeat_seconds:
                await reading.caught_up()
                await context.write(self._heartbeat(reading))
                heard = self._clock.monotonic()

    def _told(self, record: Record, integration: Integration, narrow: Callable[[Selection], Selection]) -> Any:
        """The message that the reader gets, still without a cursor; None when it is not meant for it."""
        outlet = integration.outbound
        assert outlet is not None, "it was admitted"
        try:
            event = record.event()
        except InvalidRecord:
            return None  # the first consumer that commits makes a dead letter of it
        selection = narrow(Selection.of(integration.platform, integration.communities, outlet))
        match event.data:
            case DecisionMade() as decision if selection.takes(decision):
                translation = translate(decision.actions or (decision.action,), outlet.can, outlet.instead)
                told = document(event.id, decision, translation, shadow=outlet.shadow)
                data = {"decision": {**told, "place": encode_place(record.partition, record.offset)}}
            case AppealChanged() as appeal if selection.tells(appeal):
                data = {"appeal": appeal_document(event.id, appeal)}
            case _:
                return None
        return json_format.ParseDict(data, decisions_pb2.StreamDecisionsResponse(), ignore_unknown_fields=True)

    async def _admitted(self, context: Context) -> Integration:
        metadata = {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
        admission = self._gate.admit(metadata.get("authorization"), names_of(context.auth_context()))
        if admission is None:
            self._metrics.unauthorized.inc()
            how = "send the integration's token as metadata: authorization: Bearer …"
            await _refuse(context, grpc.StatusCode.UNAUTHENTICATED, how)
        integration = admission.integration
        if not admission.may("decisions"):
            why = "this token may not read decisions (`may` in config/integrations.yaml)"
            await _refuse(context, grpc.StatusCode.PERMISSION_DENIED, why)
        if integration.outbound is None:
            why = "this integration has no `outbound` in config/integrations.yaml"
            await _refuse(context, grpc.StatusCode.PERMISSION_DENIED, why)
        return integration

    def _heartbeat(self, reading: Reading) -> Any:
        at = Timestamp()
        at.FromDatetime(self._clock.real_now().replace(tzinfo=None))
        return decisions_pb2.StreamDecisionsResponse(cursor=reading.cursor, heartbeat=decisions_pb2.Heartbeat(at=at))

    def _count(self, integration: str, by: int) -> None:
        self._open[integration] += by
        self._metrics.streams.labels(integration).set(self._open[integration])


def make_server(service: DecisionService, ill: HealthService) -> grpc.aio.Server:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", MAX_REQUEST), ("grpc.so_reuseport", 0)])
    decisions_pb2_grpc.add_DecisionServiceServicer_to_server(service, server)
    health_pb2_grpc.add_HealthServicer_to_server(ill, server)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return server


def _report(sent: Any) -> Report:
    words = {name: (word.status, word.reason) for name, word in sent.actions.items()}
    return Report(sent.place, sent.decision_id, (sent.status, sent.reason), words)


async def _narrowing(wanted: Any, context: Context) -> Callable[[Selection], Selection]:
    """The reader's own choice; unknown names are refused, for a filter that never fits is a mistake."""
    outward = [action.value for action in Action if action not in INTERNAL]
    severities = [severity.value for severity in Severity]
    for field, given, known in (
        ("actions", wanted.actions, outward),
        ("causes", wanted.causes, list(CAUSES)),
        ("min_severity", [wanted.min_severity] if wanted.min_severity else [], severities),
    ):
        unknown = next((name for name in given if name not in known), None)
        if unknown is not None:
            why = f"filter.{field}: {unknown[:40]!r} is unknown; there is: {', '.join(known)}"
            await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, why)
    communities, causes = frozenset(wanted.communities), frozenset(wanted.causes)
    actions = frozenset(map(Action, wanted.actions))
    severity = Severity(wanted.min_severity) if wanted.min_severity else None
    return lambda selection: selection.narrowed(communities, actions, causes, severity)


async def _instant(request: Any, context: Context) -> datetime | None:
    if not request.HasField("since"):
        return None
    try:
        moment: datetime = request.since.ToDatetime(tzinfo=UTC)
        if not 1970 <= moment.year < 2200:
            raise ValueError("far away")
    except (ValueError, OverflowError):
        await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "since: a time between 1970 and 2200")
    return moment


async def _refuse(context: Context, code: grpc.StatusCode, reason: str) -> NoReturn:
    await context.abort(code, reason)
    raise AssertionError("abort raises")
