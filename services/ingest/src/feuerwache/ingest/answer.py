"""Verdicts as an HTTP answer: 202, 207, 403 or 422; errors as `application/problem+json` (RFC 9457). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feuerwache.ingest.verdict import Status, Verdict

PROBLEM = "application/problem+json"
_FOREIGN = {"foreign_community", "foreign_platform"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
    body = {"type": f"urn:feuerwache:problem:{title.lower().replace(' ', '-')}", "title": title, "status": status}
    return Answer(status, {**body, "detail": detail, **more}, PROBLEM, dict(headers or {}))


def answer(verdicts: Sequence[Verdict]) -> Answer:
    """202 when all are in (a repeat is in, too), 207 when some are, 403 or 422 when none is."""
    items = [item_of(verdict) for verdict in verdicts]
    refused = [verdict for verdict in verdicts if verdict.status is Status.REJECTED]
    if not refused:
        return Answer(202, {"items": items})
    if len(refused) < len(verdicts):
        return Answer(207, {"items": items})
    if all(problem.code in _FOREIGN for verdict in refused for problem in verdict.problems):
        return problem(403, "Not yours", "this token may not write there; see each item's problems", items=items)
    return problem(422, "Invalid items", "nothing was accepted; see each item's problems", items=items)


def item_of(verdict: Verdict) -> dict[str, Any]:
    """One verdict, as it stands in an answer."""
    item: dict[str, Any] = {"post_id": verdict.post_id, "status": verdict.status.value}
    if verdict.event_id is not None:
        item["event_id"] = str(verdict.event_id)
    if verdict.problems:
        item["problems"] = [problem.as_json() for problem in verdict.problems]
    return item
