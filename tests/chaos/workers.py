"""A handful of worker processes that can be started, ended, killed, and stopped in mid-flight."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1]
LAST_WORDS = ("fatal", "failed", "crashed")


@dataclass(slots=True)
class Workers:
    """`environment` is added to our own. Logs go to `folder`, one file per process, JSON lines."""

    folder: Path
    environment: Mapping[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    started: int = 0

    def join(self, extra: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        self.started += 1
        environment = {**os.environ, **self.environment, **(extra or {}), "PYTHONPATH": str(TESTS)}
        with (self.folder / f"worker-{self.started}.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", "chaos.worker"], env=environment, stderr=log, stdout=log)
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL: no goodbye; the group notices after its session time-out."""
        self.running.remove(process)
        process.kill()
        process.wait()

    async def end(self, process: subprocess.Popen[bytes], seconds: float = 40.0) -> None:
        """SIGTERM: it finishes its transactions and leaves the group (or never began, while Python still started)."""
        self.running.remove(process)
        process.terminate()
        code = await asyncio.to_thread(process.wait, seconds)
        assert code in (0, -signal.SIGTERM), f"a worker that was asked to stop ended with {code}"

    async def freeze(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """SIGSTOP, and SIGCONT after a while: past the session time-out it wakes up as a former owner."""
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            process.send_signal(signal.SIGCONT)

    def died(self) -> list[str]:
        """The last words of workers that ended though nobody asked them to."""
        codes = {process.pid: code for process in self.running if (code := process.poll()) is not None}
        return [
            f"exit code {codes[line['pid']]}: {line.get('reason') or line.get('exception')}"
            for line in self.log_lines()
            if line.get("pid") in codes and line["event"] in LAST_WORDS
        ] or [f"exit code {code}" for code in codes.values()]

    def close(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()

    def log_lines(self) -> Iterator[dict[str, Any]]:
        """Every complete JSON line that any of them has logged so far."""
        for path in sorted(self.folder.glob("worker-*.log")):
            for line in path.read_text("utf-8", errors="replace").splitlines():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue  # the last line of a killed process

    def generations(self, stage: str) -> int:
        """How many generations the group of a stage has gone through, that is: rebalances completed."""
        return max(
            (line["generation"] for line in self.log_lines() if "generation" in line and line["stage"] == stage),
            default=0,
        )
