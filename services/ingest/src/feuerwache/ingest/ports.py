"""Says on which ports a process of ingest listens, and ends its gRPC server in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feuerwache.common.logging import logger

log = logger(__name__)


def announce(ports_file: Path | None, health_port: int, ports: Mapping[str, int]) -> None:
    """In the log, and in `ports_file` as a whole: `{"http": 8081, "grpc": 8082}`, `"health"` when it is a fixed one."""
    log.info("listening", **ports)
    if ports_file is not None:
        known = {**ports, **({"health": health_port} if health_port else {})}
        unfinished = ports_file.with_suffix(".part")
        unfinished.write_text(json.dumps(known))
        unfinished.replace(ports_file)


async def drain_grpc(server: Any, stop: asyncio.Event, drain_seconds: float) -> None:
    """At the stop, gives open calls that long to finish."""
    await stop.wait()
    await server.stop(grace=drain_seconds)
