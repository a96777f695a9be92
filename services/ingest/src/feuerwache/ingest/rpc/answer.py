"""A verdict as it is told over gRPC. Pure."""

from __future__ import annotations

from typing import Any

from feuerwache.ingest.v1 import ingest_pb2
from feuerwache.ingest.verdict import Status, Verdict

_STATUS = {status: f"STATUS_{status.name}" for status in Status}


def item_of(verdict: Verdict) -> Any:
    """An `Item`."""
    return ingest_pb2.Item(
        post_id=verdict.post_id or "",
        status=_STATUS[verdict.status],
        event_id=str(verdict.event_id or ""),
        problems=[ingest_pb2.Problem(**problem.as_json()) for problem in verdict.problems],
    )
