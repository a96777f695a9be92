"""What both embedded servers have in common: a child in the stack's process group that is started and stopped."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from feuerwache.local.group import Child, ProcessGroup
from feuerwache.local.progress import Reporter, Silent

STOP_SECONDS = 10.0


class EmbeddedServer(ABC):
    """An async context manager. `data` holds everything it keeps, `cache` the downloads it starts from."""

    def __init__(
        self, group: ProcessGroup, data: Path, log: Path, cache: Path, reporter: Reporter | None = None
    ) -> None:
        self._group = group
        self._data = data.absolute()
        self._log = log
        self._cache = cache
        self._reporter = reporter or Silent()
        self._child: Child | None = None

    @property
    def child(self) -> Child | None:
        """The running process, if there is one."""
        return self._child

    @abstractmethod
    async def start(self) -> Self:
        """Starts and waits until it answers; raises `DownloadFailed` or `NotReady`."""

    async def stop(self) -> None:
        """An orderly end: what is open is written out."""
        if self._child is not None:
            await self._child.stop(STOP_SECONDS)
            self._child = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
