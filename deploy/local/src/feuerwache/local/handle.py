"""The other end of the supervisor: starts one, waits for it, asks how the stack is, ends it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from feuerwache.common.errors import FeuerwacheError
from feuerwache.local import jars, ledger, redis_binary
from feuerwache.local.ledger import Ledger, Phase, Running
from feuerwache.local.places import Places
from feuerwache.local.plan import Plan
from feuerwache.local.progress import Reporter
from feuerwache.local.readiness import answering

#: The names a stack can go by; see `Places`.
NAMES = ("stack", "demo", "replay")
POLL_SECONDS = 0.1
STOP_SECONDS = 60.0
PROBE_SECONDS = 2.0
MEGABYTE = 1024 * 1024


class StackFailed(FeuerwacheError):  # noqa: N818 - reads as what it is
    """The stack did not come up, or is gone. The message says why and where its log lies."""


@dataclass(slots=True)
class Handle:
    """A launched supervisor. With a lifeline it ends when this process does; without, it goes on."""

    places: Places
    process: subprocess.Popen[bytes]

    def ledger(self) -> Ledger | None:
        """None until the supervisor has written its first."""
        known = ledger.read(self.places.home)
        return known if known is not None and known.supervisor.pid == self.process.pid else None

    def wait_ready(self, say: Callable[[str], None]) -> Ledger:
        """Blocks until every service is ready, passing on each message; raises `StackFailed`."""
        said = ""
        while True:
            ended = self.process.poll() is not None
            known = self.ledger()
            if known is not None and known.message != said and known.phase is not Phase.FAILED:
                said = known.message
                say(said)
            if known is not None and known.phase is Phase.READY:
                return known
            if ended:
                reason = known.message if known is not None else f"see {self.places.log('supervisor')}"
                raise StackFailed(f"The stack did not start: {reason}")
            time.sleep(POLL_SECONDS)

    def follow(self, say: Callable[[str], None]) -> None:
        """Passes on what happens until the supervisor ends; raises `StackFailed` if it did not end well."""
        said = known.message if (known := self.ledger()) is not None else ""
        while self.process.poll() is None:
            known = self.ledger()
            if known is not None and known.message != said:
                said = known.message
                say(said)
            time.sleep(POLL_SECONDS)
        if self.process.returncode:
            where = self.places.log("supervisor")
            raise StackFailed(f"The supervisor is gone (code {self.process.returncode}); see {where}")

    def stop(self) -> None:
        """Ends the stack in order and waits for it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(STOP_SECONDS)
        if self.process.stdin is not None:
            self.process.stdin.close()


def launch(plan: Plan, reporter: Reporter) -> Handle:
    """Fetches what is missing, with progress, and starts a supervisor. Raises `StackFailed` if one runs already."""
    places = plan.places
    known = ledger.read(places.home)
    if known is not None and known.alive():
        raise StackFailed(
            f"It runs already (process {known.supervisor.pid}): feuerwache status shows it, down ends it."
        )
    if plan.kafka is None:
        jars.fetch(jars.locked("kafka"), places.cache, reporter)
    if plan.redis is None:
        redis_binary.find(places.cache, reporter)
    plan.write()
    places.logs.mkdir(parents=True, exist_ok=True)
    with places.log("supervisor").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "feuerwache.local.supervise", str(places.home)],
            stdin=subprocess.PIPE if plan.lifeline else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Handle(places, process)


def end(places: Places) -> bool:
    """Ends a stack that somebody else launched; False when none runs."""
    known = ledger.read(places.home)
    supervisor = known.supervisor.process() if known is not None else None
    if supervisor is None:
        return False
    supervisor.terminate()
    try:
        supervisor.wait(STOP_SECONDS)
    except psutil.TimeoutExpired:
        supervisor.kill()  # its guardian ends the rest
        supervisor.wait(STOP_SECONDS)
    return True


@dataclass(frozen=True, slots=True)
class State:
    """How one process is now. `resident_mb` None when it does not run; `trouble` None when it is well.

    `notes` is what it says besides, by who says it: a rule that is out, for instance.
    """

    name: str
    pid: int
    address: str
    resident_mb: float | None
    restarts: int
    trouble: str | None
    log: Path
    notes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "pid": self.pid,
            "address": self.address,
            "resident_mb": self.resident_mb,
            "restarts": self.restarts,
            "healthy": self.trouble is None,
            "trouble": self.trouble,
            "notes": self.notes,
            "log": str(self.log),
        }


def states(known: Ledger) -> list[State]:
    """Looks at every process of the stack: does it run, how large is it, what does its health say."""
    with httpx.Client(timeout=PROBE_SECONDS) as client:
        return [_state(entry, client) for entry in (*known.processes, known.supervisor)]


def resident_mb(known: Ledger) -> float:
    """Resident memory of everything in the stack, the supervisor included."""
    total = 0.0
    for entry in (*known.processes, known.supervisor):
        process = entry.process()
        if process is not None:
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss / MEGABYTE
    return total


def _state(entry: Running, client: httpx.Client) -> State:
    process = entry.process()
    resident = None
    trouble: str | None = "does not run"
    notes: dict[str, str] = {}
    if entry.failed is not None:
        trouble = f"failed, is not started again: {entry.failed}"
    elif process is not None:
        resident = round(process.memory_info().rss / MEGABYTE, 1)
        trouble, notes = _health(entry, client)
    return State(entry.name, entry.pid, entry.address or "", resident, entry.restarts, trouble, entry.log, notes)


def _health(entry: Running, client: httpx.Client) -> tuple[str | None, dict[str, str]]:
    """What is wrong, if anything is, and what it says besides."""
    if entry.health is None:
        return None, {}
    try:
        answer = client.get(f"{entry.health}/readyz")
    except httpx.HTTPError as error:
        return f"does not answer: {type(error).__name__}", {}
    if (other := answering(answer)) != entry.pid:
        who = f"process {other} answers" if other is not None else "something else answers"
        return f"{who} on its port", {}
    notes: dict[str, str] = answer.json().get("notes", {})
    if answer.status_code == httpx.codes.OK:
        return None, notes
    checks: dict[str, str | None] = answer.json().get("checks", {})
    return "; ".join(f"{name}: {reason}" for name, reason in checks.items() if reason) or "not ready", notes
