"""The dead-man's switch: told by a real request, never in the way, never named."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from structlog.testing import capture_logs

from feuerwache.common.clock import SystemClock
from feuerwache.common.http.guard import LOOPBACK, AddressGuard
from feuerwache.notifier.deadman import ALIVE_FOR, DeadMan, Style, request
from support.kafka import until

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


@asynccontextmanager
async def outside(status: int, heard: list[bytes]) -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/s3cret"


def pings(outcome: str) -> float:
    return REGISTRY.get_sample_value("feuerwache_notifier_deadman_pings_total", {"outcome": outcome}) or 0.0


def deadman(url: str | None, guard: AddressGuard, style: Style = "ping") -> DeadMan:
    return DeadMan(None if url is None else SecretStr(url), style, guard, SystemClock(), seconds=5)


def told(url: Callable[[str], str | None], status: int, guard: AddressGuard) -> tuple[list[bytes], str]:
    """What the one outside heard of one canary, and what our own log says about it."""
    heard: list[bytes] = []

    async def run() -> None:
        async with outside(status, heard) as address:
            switch, before = deadman(url(address), guard), pings("ok") + pings("failed")
            switch.heard(1.5)
            if url(address) is not None:
                await until(lambda: _is_true(lambda: pings("ok") + pings("failed") > before), "the outcome", 10)
            await switch.close()

    with capture_logs() as logs:
        asyncio.run(run())
    return heard, json.dumps(logs)


async def _is_true(condition: Callable[[], bool]) -> bool:
    return condition()


def test_a_canary_at_home_is_told_outside() -> None:
    before = pings("ok")
    heard, log = told(lambda address: address, 200, AddressGuard(LOOPBACK))
    assert [head.split(b"\r\n")[0] for head in heard] == [b"POST /s3cret HTTP/1.1"]
    assert pings("ok") == before + 1
    assert "s3cret" not in log


@pytest.mark.parametrize(
    ("status", "guard", "reason"),
    [
        (500, AddressGuard(LOOPBACK), "HTTP 500"),
        (302, AddressGuard(LOOPBACK), "HTTP 302"),
        (200, AddressGuard(), "public"),
    ],
)
def test_what_goes_wrong_outside_is_counted_and_told_without_the_address(
    status: int, guard: AddressGuard, reason: str
) -> None:
    before = pings("failed")
    _, log = told(lambda address: address, status, guard)
    assert pings("failed") == before + 1
    assert reason in log
    assert "s3cret" not in log


def test_without_an_address_nobody_is_told_and_the_age_is_counted() -> None:
    name = "feuerwache_notifier_canary_age_seconds_count"
    before = REGISTRY.get_sample_value(name) or 0.0
    heard, _ = told(lambda _: None, 200, AddressGuard(LOOPBACK))
    assert heard == []
    assert REGISTRY.get_sample_value(name) == before + 1


def test_an_alertmanager_hears_an_alert_that_ends_by_itself() -> None:
    body, headers = request("alertmanager", NOW)
    (alert,) = json.loads(body)
    assert headers == {"Content-Type": "application/json"}
    assert alert["labels"]["alertname"] == "FeuerwacheIsAlive"
    assert datetime.fromisoformat(alert["endsAt"]) - NOW == ALIVE_FOR > timedelta(minutes=1)
