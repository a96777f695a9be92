"""The shell of every service: it says how it is, stops when told, and leaves with the code that its end deserves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, Popen

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from feuerwache.common.health import Health, HealthServer

SERVICE = """
import asyncio, sys
from feuerwache.common.errors import FatalError
from feuerwache.common.logging import logger
from feuerwache.common.process import Process, run
from feuerwache.common.settings import CommonSettings

async def main(process: Process) -> None:
    {body}

run("sample", CommonSettings(), main)
"""


def service(body: str) -> Popen[str]:
    return Popen([sys.executable, "-c", SERVICE.format(body=body)], stderr=PIPE, text=True, env={**os.environ})


def lines(process: Popen[str]) -> list[dict[str, object]]:
    _, errors = process.communicate(timeout=30)
    return [json.loads(line) for line in errors.splitlines()]


@pytest.mark.parametrize(
    ("body", "code", "event"),
    [
        ("return", 0, "stopped"),
        ("raise FatalError('no model', 42)", 42, "fatal"),
        ("1 / 0", 1, "crashed"),
    ],
)
def test_the_exit_code_says_how_it_ended(body: str, code: int, event: str) -> None:
    process = service(body)
    logged = lines(process)
    assert process.returncode == code
    assert event in [line["event"] for line in logged]
    assert all(line["service"] == "sample" and line["level"] and line["time"] for line in logged)


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_it_finishes_what_it_has_begun_when_told_to_stop(signum: signal.Signals) -> None:
    process = service("await process.stop.wait(); logger('x').info('finished')")
    assert process.stderr is not None
    assert json.loads(process.stderr.readline())["event"] == "started"
    process.send_signal(signum)
    assert [line["event"] for line in lines(process)] == ["finished", "stopped"]
    assert process.returncode == 0


def test_libraries_cannot_log_what_passes_through_them() -> None:
    """aiokafka writes keys and values at its debug level."""
    body = "import logging; logging.getLogger('aiokafka.producer').debug('Sending (value=secret)')"
    process = Popen(
        [sys.executable, "-c", SERVICE.format(body=body)],
        stderr=PIPE,
        text=True,
        env={**os.environ, "FEUERWACHE_LOG_LEVEL": "debug"},
    )
    assert "secret" not in process.communicate(timeout=30)[1]


async def _ask(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


def test_ready_only_while_every_check_is_silent() -> None:
    reason: str | None = "partition 3 has made no progress for 40 s"
    checks: dict[str, Callable[[], str | None]] = {"runner": lambda: reason, "redis": lambda: None}

    async def scenario() -> None:
        nonlocal reason
        health, registry = Health(), CollectorRegistry()
        Counter("sample_total", "A figure", registry=registry).inc(3)
        for name, check in checks.items():
            health.add(name, check)
        async with HealthServer(health, "127.0.0.1", 0, registry, service="sample") as server:
            who = {"service": "sample", "pid": os.getpid()}
            assert json.loads((await _ask(f"{server.address}/healthz"))[1]) == {**who, "alive": True}
            status, body = await _ask(f"{server.address}/readyz")
            assert status == 503
            assert json.loads(body) == {**who, "ready": False, "checks": {"runner": reason, "redis": None}, "notes": {}}
            reason = None
            health.note("rules", lambda: "not asked for a while: spam")
            health.note("quiet", lambda: None)
            status, body = await _ask(f"{server.address}/readyz")
            assert status == 200, "a note is no trouble"
            assert json.loads(body)["notes"] == {"rules": "not asked for a while: spam"}
            assert "sample_total 3.0" in (await _ask(f"{server.address}/metrics"))[1]

    asyncio.run(scenario())


def test_a_check_is_never_replaced_unseen() -> None:
    health = Health()
    health.add("runner", lambda: None)
    with pytest.raises(ValueError, match="already"):
        health.add("runner", lambda: "hidden")


def test_the_service_imports_nothing_at_the_cost_of_a_connection(tmp_path: Path) -> None:
    """Importing the shared parts reads no environment and opens nothing: a broken environment breaks only `main`."""
    code = "import feuerwache.common.process, feuerwache.common.kafka.runner, feuerwache.common.commands"
    process = Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code],
        stderr=PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "FEUERWACHE_POST_PARTITIONS": "many", "FEUERWACHE_KAFKA_BOOTSTRAP": "nowhere:1"},
    )
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0
