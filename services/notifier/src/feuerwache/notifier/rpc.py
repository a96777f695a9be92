"""The gRPC edge of the notifier: `feuerwache.notifier.v1.OnCallService`, health and reflection.

Off unless a port is given. It answers by the configuration and the overrides that the pages go by, and from nothing
else, so it also answers while Kafka is away; `overrides_read` says then that it is not up to date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from feuerwache.common.clock import Clock
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.grpchealth import HealthService
from feuerwache.notifier.apitoken import whose
from feuerwache.notifier.delivery.directory import Directory
from feuerwache.notifier.duty import Duty, duties, until
from feuerwache.notifier.schedule.model import Schedule
from feuerwache.notifier.schedule.oncall import who
from feuerwache.notifier.v1 import oncall_pb2, oncall_pb2_grpc

SERVICE = "feuerwache.notifier.v1.OnCallService"
LONGEST_SPAN = timedelta(days=400)
MAX_REQUEST = 16 * 1024

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """What the answers are made of. `stale`: why the overrides are not up to date, None when they are."""

    directory: Callable[[], Directory]
    overrides: Callable[[], Sequence[OnCallOverridden]]
    stale: Callable[[], str | None]
    clock: Clock


class OnCallService(oncall_pb2_grpc.OnCallServiceServicer):  # type: ignore[misc]  # generated, without types
    def __init__(self, source: Source, tokens: Mapping[str, str]) -> None:
        self._source = source
        self._tokens = tokens

    async def WhoIsOnCall(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        await self._admit(context)
        directory, overrides = self._source.directory(), self._source.overrides()
        schedules = await _wanted(directory, request.schedule, request.layer, context)
        at = await _instant(request, "at", context) or self._source.clock.now()
        layers = []
        for schedule in schedules:
            for layer in schedule.layers:
                if request.layer in ("", layer.id):
                    change = await asyncio.to_thread(until, schedule, layer.id, at, overrides)
                    layers.append(
                        oncall_pb2.LayerOnCall(
                            schedule=schedule.id,
                            layer=layer.id,
                            people=_people(directory, who(schedule, layer.id, at, overrides)),
                            until=_timestamp(change) if change is not None else None,
                        )
                    )
        return oncall_pb2.WhoIsOnCallResponse(
            at=_timestamp(at), layers=layers, overrides_read=self._source.stale() is None
        )

    async def GetCalendar(self, request: Any, context: Context) -> Any:  # noqa: N802 - the name in the proto
        await self._admit(context)
        directory, overrides = self._source.directory(), self._source.overrides()
        schedules = await _wanted(directory, request.schedule, request.layer, context)
        if request.person_id and directory.people.person(request.person_id) is None:
            await _refuse(context, grpc.StatusCode.NOT_FOUND, f"no person {request.person_id!r} in people.yaml")
        start, end = await _instant(request, "start", context), await _instant(request, "end", context)
        if start is None or end is None or not timedelta(0) < end - start <= LONGEST_SPAN:
            wanted = f"set start and a later end, at most {LONGEST_SPAN.days} days apart"
            await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, wanted)

        def found() -> list[Duty]:
            every = duties(schedules, start, end, overrides, request.layer or None)
            return [duty for duty in every if not request.person_id or request.person_id in duty.people]

        turns = [
            oncall_pb2.Turn(
                schedule=duty.schedule,
                layer=duty.layer,
                start=_timestamp(duty.start),
                end=_timestamp(duty.end),
                people=_people(directory, duty.people),
            )
            for duty in await asyncio.to_thread(found)
        ]
        return oncall_pb2.GetCalendarResponse(turns=turns, overrides_read=self._source.stale() is None)

    async def _admit(self, context: Context) -> None:
        metadata = {name: value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
        if whose(metadata.get("authorization"), self._tokens) is None:
            how = "send an API token as metadata: authorization: Bearer …"
            await _refuse(context, grpc.StatusCode.UNAUTHENTICATED, how)


def make_server(service: OnCallService, ill: HealthService) -> grpc.aio.Server:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", MAX_REQUEST), ("grpc.so_reuseport", 0)])
    oncall_pb2_grpc.add_OnCallServiceServicer_to_server(service, server)
    health_pb2_grpc.add_HealthServicer_to_server(ill, server)
    reflection.enable_server_reflection((SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
    return server


async def _wanted(directory: Directory, schedule_id: str, layer_id: str, context: Context) -> tuple[Schedule, ...]:
    if not schedule_id:
        if layer_id:
            await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "a layer needs its schedule")
        return directory.schedules.schedules
    schedule = directory.schedules.get(schedule_id)
    if schedule is None:
        known = ", ".join(one.id for one in directory.schedules.schedules)
        await _refuse(context, grpc.StatusCode.NOT_FOUND, f"no schedule {schedule_id!r}; there is: {known}")
    if layer_id and schedule.layer(layer_id) is None:
        known = ", ".join(layer.id for layer in schedule.layers)
        await _refuse(context, grpc.StatusCode.NOT_FOUND, f"no layer {layer_id!r} in {schedule_id}; there is: {known}")
    return (schedule,)


async def _instant(request: Any, field: str, context: Context) -> datetime | None:
    if not request.HasField(field):
        return None
    try:
        moment: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
        if not 1970 <= moment.year < 2200:
            raise ValueError("far away")
    except (ValueError, OverflowError):
        await _refuse(context, grpc.StatusCode.INVALID_ARGUMENT, f"{field}: a time between 1970 and 2200")
    return moment


async def _refuse(context: Context, code: grpc.StatusCode, reason: str) -> NoReturn:
    await context.abort(code, reason)
    raise AssertionError("abort raises")


def _people(directory: Directory, ids: Sequence[str]) -> list[Any]:
    known = (directory.people.person(person_id) for person_id in ids)
    return [
        oncall_pb2.Person(id=person.id, name=person.name, language=person.language, timezone=person.timezone)
        for person in known
        if person is not None
    ]


def _timestamp(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment.astimezone(UTC).replace(tzinfo=None))
    return stamp
