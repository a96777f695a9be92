"""One process group per stack: whatever is started in it ends with whoever started it.

A small guardian process leads the group (see `guardian.py`). An orderly end stops the children one by one; a crash or
a kill -9 of the parent is noticed by the guardian, which ends the rest within seconds. Being in a group of their own,
the children do not see the terminal's Ctrl-C: the parent does, and decides the order.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from types import TracebackType

POLL_SECONDS = 0.05
QUOTED_LINES = 15


@dataclass(slots=True)
class Child:
    """A started process. Its output is appended to `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self.process.poll()

    async def wait(self, timeout: float) -> int | None:  # noqa: ASYNC109 - answers None instead of raising
        """The exit code, or None when it still runs after so many seconds."""
        deadline = time.monotonic() + timeout
        while (code := self.process.poll()) is None and time.monotonic() < deadline:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(POLL_SECONDS)
        return code

    async def stop(self, grace: float) -> None:
        """SIGTERM, then SIGKILL after the grace time (seconds)."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        if await self.wait(grace) is None:
            self.process.kill()
            await self.wait(grace)

    def last_lines(self, count: int = QUOTED_LINES) -> str:
        """The end of its log, for error messages."""
        try:
            lines = self.log.read_text("utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return "(no log)"
        return "\n".join(lines[-count:]) or "(empty log)"


class ProcessGroup:
    """Context manager; leaving it ends everything that is still in the group."""

    def __init__(self) -> None:
        self._guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ProcessGroup:
        self._start_guardian()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def _start_guardian(self) -> subprocess.Popen[bytes]:
        with as_file(files("feuerwache.local").joinpath("guardian.py")) as script:
            self._guardian = subprocess.Popen(
                [sys.executable, "-I", "-S", str(script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )
        return self._guardian

    @property
    def guardian_pid(self) -> int | None:
        """The guardian's process id, which is also the group's."""
        return self._guardian.pid if self._guardian is not None else None

    def spawn(self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> Child:
        """Starts a process in the group, with its output appended to `log`."""
        guardian = self._guardian
        if guardian is None or guardian.poll() is not None:
            guardian = self._start_guardian()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(os.environ if env is None else env),
                process_group=guardian.pid,
            )
        return Child(name, process, log)

    def end(self) -> None:
        """Lets go of the guardian, which ends what still runs."""
        guardian, self._guardian = self._guardian, None
        if guardian is not None and guardian.stdin is not None:
            guardian.stdin.close()
            guardian.wait()
