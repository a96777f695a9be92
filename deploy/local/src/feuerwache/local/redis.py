"""A real Redis, embedded: append-only file in a folder, a port that survives a restart.

Where the binary comes from is `redis_binary`'s business. Ready when it answers PING, which it does not before the
append-only file has been read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from feuerwache.local import ports, redis_binary
from feuerwache.local.group import ProcessGroup
from feuerwache.local.progress import Reporter
from feuerwache.local.readiness import wait_until
from feuerwache.local.server import EmbeddedServer

READY_SECONDS = 30.0

CONFIGURATION = """\
bind {host}
port {port}
dir "{data}"
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
databases 16
"""


class EmbeddedRedis(EmbeddedServer):
    """`async with EmbeddedRedis(group, data, log, cache) as redis: … redis.url`."""

    def __init__(
        self, group: ProcessGroup, data: Path, log: Path, cache: Path, reporter: Reporter | None = None
    ) -> None:
        super().__init__(group, data, log, cache, reporter)
        self._port = 0

    @property
    def url(self) -> str:
        return f"redis://{ports.HOST}:{self._port}/0"

    async def start(self) -> Self:
        """Starts and waits until it answers; raises `DownloadFailed` or `NotReady`."""
        binary = await asyncio.to_thread(redis_binary.find, self._cache, self._reporter)
        self._data.mkdir(parents=True, exist_ok=True)
        self._port = ports.kept(self._data / "ports.json", ("redis",))["redis"]
        configuration = self._data / "redis.conf"
        configuration.write_text(CONFIGURATION.format(host=ports.HOST, port=self._port, data=self._data), "utf-8")
        self._child = self._group.spawn("redis", [str(binary), str(configuration)], self._log)
        await wait_until(self._child, self._answers, READY_SECONDS)
        return self

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(ports.HOST, self._port)
        except OSError:
            return False
        try:
            writer.write(b"PING\r\n")
            return (await reader.readline()).startswith(b"+PONG")
        except OSError:
            return False
        finally:
            writer.close()
