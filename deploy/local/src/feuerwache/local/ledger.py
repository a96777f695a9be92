"""What is known about a running stack: written by its supervisor after every change, read by everybody else.

The file may outlive its writer (kill -9). A process named in it counts as running only if its id still belongs to a
process that was started at the same moment: process ids are used again.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

import psutil
from pydantic import AwareDatetime, BaseModel, ConfigDict

FILE = "ledger.json"


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


class Running(BaseModel):
    """One process: `created` is its start as the system counts it (seconds since 1970).

    `failed` says why it ended and is not started again.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    pid: int
    created: float
    log: Path
    address: str | None = None
    health: str | None = None
    ready: bool = False
    restarts: int = 0
    failed: str | None = None

    @classmethod
    def here(cls, name: str, pid: int, log: Path) -> Running:
        """For a process that has just been started, or for this one."""
        try:
            created = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            created = 0.0
        return cls(name=name, pid=pid, created=created, log=log)

    def process(self) -> psutil.Process | None:
        """The process, if it is still the same one and no zombie."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if same else None


class Ledger(BaseModel):
    """Everything a reader needs: addresses, processes, the phase, and why it failed if it did."""

    model_config = ConfigDict(frozen=True)

    supervisor: Running
    phase: Phase = Phase.STARTING
    message: str = ""
    kafka: str = ""
    redis: str = ""
    ingest: str = ""
    ingest_grpc: str = ""
    decisions_grpc: str = ""
    notifier: str = ""
    notifier_grpc: str = ""
    console: str = ""
    smtp: str = ""
    mail: Path | None = None
    clock_epoch: AwareDatetime | None = None
    processes: tuple[Running, ...] = ()

    def alive(self) -> bool:
        return self.supervisor.process() is not None

    def write(self, home: Path) -> None:
        """Replaces the file as a whole, so that nobody reads half of it."""
        partial = home / f"{FILE}.{os.getpid()}"
        partial.write_text(self.model_dump_json(indent=1), "utf-8")
        partial.replace(home / FILE)


def read(home: Path) -> Ledger | None:
    """The last ledger of this stack; None when there never was one."""
    try:
        return Ledger.model_validate_json((home / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
