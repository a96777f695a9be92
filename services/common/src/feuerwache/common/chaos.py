"""Named points in the code at which a chaos run kills the process, to prove that nothing depends on surviving them.

`FEUERWACHE_CHAOS=classifier.after_send@/path/marker` kills the process with SIGKILL the first time it comes by the
point, once: the marker file is made in the same moment, says that the kill hit, and keeps a restarted process alive.
Without the variable a point costs one comparison. Points are named `<stage>.<place>`.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "FEUERWACHE_CHAOS"


@dataclass(slots=True)
class _Trigger:
    name: str
    marker: Path


_armed: _Trigger | None = None


def arm(spec: str | None) -> None:
    """Takes the variable's value: `POINT@MARKER`, or None to disarm."""
    global _armed  # noqa: PLW0603 - one process, one trigger; it has to be reachable without being passed around
    if not spec:
        _armed = None
        return
    name, _, marker = spec.partition("@")
    if not marker:
        raise ValueError(f"{VARIABLE} must read POINT@MARKER, not {spec!r}")
    _armed = _Trigger(name, Path(marker))


def point(name: str) -> None:
    """Here the process dies if this point is armed and was not hit before."""
    if _armed is None or _armed.name != name:
        return
    try:
        _armed.marker.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
