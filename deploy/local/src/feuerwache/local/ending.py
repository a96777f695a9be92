"""Ends of a service that no new start mends: its own word says why.

A service leaves with one of these codes when somebody has to look first. Started again it would do the same again, and
past the dead-letter limit it would do harm: every start would put aside another hundred records.
"""

from __future__ import annotations

import json
from typing import Any

from feuerwache.local.group import Child

#: What is wrong, by exit code (those of sysexits.h).
LASTING = {
    65: "too many dead letters",
    77: "not authorised",
    78: "configuration",
}


def lasting(child: Child, code: int) -> str | None:
    """Why there is no point in another start, in one line; None when there is."""
    if code not in LASTING:
        return None
    return f"{LASTING[code]} (exit code {code}): {_reason(child)}"


def _reason(child: Child) -> str:
    """The reason of the last fatal line this process wrote; the log's last line if it wrote none."""
    lines = [line for line in _lines(child) if line.strip()]
    for line in reversed(lines):
        said = _said(line)
        if said.get("event") == "fatal" and said.get("pid") == child.pid:
            return " ".join(str(said.get("reason", "")).split())
    return lines[-1].strip() if lines else f"{child.log} says nothing"


def _lines(child: Child) -> list[str]:
    try:
        return child.log.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _said(line: str) -> dict[str, Any]:
    """A line of a structured log; empty for any other."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
