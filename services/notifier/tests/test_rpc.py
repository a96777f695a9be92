"""WhoIsOnCall over real gRPC: the notifier's surfaces as they are served, a client, health and reflection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from pydantic import SecretStr

from feuerwache.common.clock import ManualClock
from feuerwache.common.errors import FatalError
from feuerwache.common.events.oncall import OnCallOverridden
from feuerwache.common.health import Health
from feuerwache.common.process import Process
from feuerwache.notifier.apitoken import hash_of, new_token, whose
from feuerwache.notifier.ical.web import calendar_router
from feuerwache.notifier.rpc import SERVICE, Source
from feuerwache.notifier.schedule.oncall import who
from feuerwache.notifier.settings import NotifierSettings
from feuerwache.notifier.surfaces import serve_surfaces
from feuerwache.notifier.v1 import oncall_pb2, oncall_pb2_grpc
from support.watchroom import SECRET, berlin, house, take_over

NOW = berlin(2026, 10, 24, 20)
TOKEN = new_token()


def stamp(moment: datetime) -> Timestamp:
    said = Timestamp()
    said.FromDatetime(moment.astimezone(UTC).replace(tzinfo=None))
    return said


class Answering:
    """The notifier's surfaces in this process, with what they read, and a client's stubs."""

    def __init__(self, folder: Path) -> None:
        self.overrides: tuple[OnCallOverridden, ...] = ()
        self.stale: str | None = None
        self.ill: str | None = None
        self.stop = asyncio.Event()
        (folder / "tokens.json").write_text(json.dumps({"status-page": hash_of(TOKEN)}))
        self.settings = NotifierSettings(
            link_secret=SecretStr(SECRET.decode()),
            http_port=0,
            grpc_port=0,
            api_tokens_file=folder / "tokens.json",
            ports_file=folder / "ports.json",
            drain_seconds=0.5,
        )
        self.directory = house()
        self.source = Source(lambda: self.directory, lambda: self.overrides, lambda: self.stale, ManualClock(NOW))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[grpc.aio.Channel]:
        health = Health()
        health.add("runner", lambda: self.ill)
        process = Process("notifier", self.settings, self.source.clock, health, self.stop)
        routers = (calendar_router(self.source, self.settings),)
        serving = asyncio.create_task(serve_surfaces(process, self.settings, self.source, routers, self.stop))
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{(await self.ports(serving))['grpc']}") as channel:
                yield channel
        finally:
            self.stop.set()
            await serving

    async def ports(self, serving: asyncio.Task[None]) -> dict[str, int]:
        file = self.settings.ports_file
        assert file is not None
        async with asyncio.timeout(10):
            while not file.exists():
                assert not serving.done(), serving
                await asyncio.sleep(0.01)
        ports: dict[str, int] = json.loads(file.read_text())
        return ports


def stub(channel: grpc.aio.Channel) -> Any:
    return oncall_pb2_grpc.OnCallServiceStub(channel)


CREDENTIALS = (("authorization", f"Bearer {TOKEN}"),)


async def code_of(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code(), str(raised.value.details())


def test_it_says_who_is_on_call_now_or_then_and_until_when(tmp_path: Path) -> None:
    async def main() -> None:
        world = Answering(tmp_path)
        (schedule,) = world.directory.schedules.schedules
        async with world.served() as channel:
            answer = await stub(channel).WhoIsOnCall(oncall_pb2.WhoIsOnCallRequest(), metadata=CREDENTIALS)
            assert answer.at.ToDatetime(tzinfo=UTC) == NOW
            assert answer.overrides_read
            first, deputy = answer.layers
            assert [first.schedule, first.layer] == ["wache", "first"]
            assert tuple(person.id for person in first.people) == who(schedule, "first", NOW)
            # 18:00 after the night with 25 hours
            assert first.until.ToDatetime(tzinfo=UTC) == datetime(2026, 10, 25, 17, tzinfo=UTC)
            assert [(one.id, one.name, one.language, one.timezone) for one in deputy.people] == [
                ("cy", "Cy Roth", "de", "Europe/Berlin")
            ]
            assert not deputy.HasField("until")
            world.overrides = (take_over(NOW, berlin(2026, 10, 24, 22), "cy"),)
            world.stale = "Kafka is away"
            request = oncall_pb2.WhoIsOnCallRequest(schedule="wache", layer="first", at=stamp(berlin(2026, 10, 24, 21)))
            answer = await stub(channel).WhoIsOnCall(request, metadata=CREDENTIALS)
            assert [[person.id for person in layer.people] for layer in answer.layers] == [["cy"]]
            assert not answer.overrides_read
            early = oncall_pb2.WhoIsOnCallRequest(at=stamp(berlin(2020, 1, 1)))
            answer = await stub(channel).WhoIsOnCall(early, metadata=CREDENTIALS)
            assert [list(layer.people) for layer in answer.layers] == [[], []], "a hole is said"

    asyncio.run(main())


def test_a_span_is_given_turn_by_turn_with_its_long_night(tmp_path: Path) -> None:
    async def main() -> None:
        world = Answering(tmp_path)
        async with world.served() as channel:
            span: dict[str, Any] = {"start": stamp(berlin(2026, 10, 23, 18)), "end": stamp(berlin(2026, 10, 26, 18))}
            request = oncall_pb2.GetCalendarRequest(schedule="wache", layer="first", **span)
            turns = (await stub(channel).GetCalendar(request, metadata=CREDENTIALS)).turns
            lengths = [turn.end.seconds - turn.start.seconds for turn in turns]
            assert [seconds / 3600 for seconds in lengths] == [24, 25, 24]
            assert {turn.people[0].id for turn in turns} == {"ada", "bo", "cy"}
            request = oncall_pb2.GetCalendarRequest(person_id="cy", **span)
            mine = (await stub(channel).GetCalendar(request, metadata=CREDENTIALS)).turns
            assert [turn.layer for turn in mine] == ["first", "deputy"]

    asyncio.run(main())


def test_without_a_token_nothing_is_said_and_wrong_requests_say_what_is_wrong(tmp_path: Path) -> None:
    async def main() -> None:
        world = Answering(tmp_path)
        async with world.served() as channel:
            ask = stub(channel)
            for metadata in ((), (("authorization", "Bearer nope"),), (("authorization", f"Basic {TOKEN}"),)):
                for call in (
                    ask.WhoIsOnCall(oncall_pb2.WhoIsOnCallRequest(schedule="none"), metadata=metadata),
                    ask.GetCalendar(oncall_pb2.GetCalendarRequest(), metadata=metadata),
                ):
                    assert (await code_of(call))[0] is grpc.StatusCode.UNAUTHENTICATED
            wrong: list[tuple[dict[str, Any], grpc.StatusCode, str]] = [
                ({"schedule": "none"}, grpc.StatusCode.NOT_FOUND, "there is: wache"),
                ({"schedule": "wache", "layer": "x"}, grpc.StatusCode.NOT_FOUND, "there is: first, deputy"),
                ({"layer": "first"}, grpc.StatusCode.INVALID_ARGUMENT, "needs its schedule"),
                ({"at": Timestamp(seconds=10**17)}, grpc.StatusCode.INVALID_ARGUMENT, "between 1970 and 2200"),
            ]
            for fields, code, reason in wrong:
                call = ask.WhoIsOnCall(oncall_pb2.WhoIsOnCallRequest(**fields), metadata=CREDENTIALS)
                found, said = await code_of(call)
                assert found is code and reason in said, (fields, said)
            start = stamp(berlin(2026, 1, 1))
            spans: tuple[dict[str, Any], ...] = (
                {"start": start},
                {"start": start, "end": start},
                {"start": start, "end": stamp(berlin(2027, 6, 1))},
            )
            for fields in spans:
                call = ask.GetCalendar(oncall_pb2.GetCalendarRequest(**fields), metadata=CREDENTIALS)
                assert (await code_of(call))[0] is grpc.StatusCode.INVALID_ARGUMENT
            call = ask.GetCalendar(oncall_pb2.GetCalendarRequest(person_id="eve"), metadata=CREDENTIALS)
            assert (await code_of(call))[0] is grpc.StatusCode.NOT_FOUND

    asyncio.run(main())


def test_health_is_that_of_the_process_and_reflection_names_the_service(tmp_path: Path) -> None:
    async def main() -> None:
        world = Answering(tmp_path)
        async with world.served() as channel:
            health = health_pb2_grpc.HealthStub(channel)
            check = health_pb2.HealthCheckRequest(service=SERVICE)
            assert (await health.Check(check)).status == health_pb2.HealthCheckResponse.SERVING
            world.ill = "stalled"
            assert (await health.Check(check)).status == health_pb2.HealthCheckResponse.NOT_SERVING
            assert (await code_of(health.Check(health_pb2.HealthCheckRequest(service="x"))))[
                0
            ] is grpc.StatusCode.NOT_FOUND
            watched = health.Watch(health_pb2.HealthCheckRequest())
            assert (await watched.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
            watched.cancel()
            talk = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
                iter([reflection_pb2.ServerReflectionRequest(list_services="")])
            )
            listed = [each.name for each in (await talk.read()).list_services_response.service]
            assert SERVICE in listed and "grpc.health.v1.Health" in listed
            talk.cancel()

    asyncio.run(main())


def test_both_surfaces_are_served_and_end_when_told(tmp_path: Path) -> None:
    async def main() -> None:
        world = Answering(tmp_path)
        async with world.served():
            assert world.settings.ports_file is not None
            ports = json.loads(world.settings.ports_file.read_text())
            async with httpx.AsyncClient(trust_env=False) as client:
                assert (await client.get(f"http://127.0.0.1:{ports['http']}/calendar/x/me.ics")).status_code == 404
        for port in ports.values():
            with pytest.raises(OSError, match=r"[Cc]onnect"):
                await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(main())


def test_nothing_is_served_unless_a_port_is_given_and_grpc_never_without_tokens(tmp_path: Path) -> None:
    async def main(settings: NotifierSettings) -> None:
        world = Answering(tmp_path)
        process = Process("notifier", settings, world.source.clock, Health(), world.stop)
        async with asyncio.timeout(5):
            await serve_surfaces(process, settings, world.source, (), world.stop)

    asyncio.run(main(NotifierSettings()))
    with pytest.raises(FatalError, match="FEUERWACHE_API_TOKENS_FILE"):
        asyncio.run(main(NotifierSettings(grpc_port=0)))
    for text, reason in (("{}", "JSON object"), ("nope", "cannot be read"), (f'{{"a": "{TOKEN}"}}', "never the token")):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(FatalError, match=reason) as raised:
            asyncio.run(main(NotifierSettings(grpc_port=0, api_tokens_file=tmp_path / "bad.json")))
        assert TOKEN not in str(raised.value)


def test_a_token_is_known_by_its_hash_alone() -> None:
    known = {"a": hash_of(TOKEN), "b": hash_of("x")}
    assert whose(f"Bearer {TOKEN}", known) == "a"
    assert whose(f"bearer {TOKEN} ", known) == "a"
    for wrong in (None, "", "Bearer", f"Bearer {hash_of(TOKEN)}", f"Bearer {TOKEN}x", TOKEN):
        assert whose(wrong, known) is None
