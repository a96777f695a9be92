"""A decision as a platform gets it, the same over webhook and gRPC: what to do, why, and what the author may be told;
and where an appeal stands, with the answer for its author.

No text of the post, no evidence (it may hold words of it), and no name of a human of ours. Fields may be added later;
a reader ignores those it does not know. `docs/outbound.md` describes each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from feuerwache.common.events.decision import Action, AppealChanged, DecisionMade, Mode
from feuerwache.ingest.outbound.capability import Asked, Translation
from feuerwache.ingest.outbound.selection import severity

TYPE = "decision.made"
APPEAL_TYPE = "appeal.changed"
TEST_TYPE = "feuerwache.test"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A decision that was superseded before the platform took it, and that it never gets."""

    id: UUID
    actions: tuple[Action, ...]

    def as_json(self) -> dict[str, Any]:
        return {"id": str(self.id), "actions": [action.value for action in self.actions]}


def document(
    decision_id: UUID,
    decision: DecisionMade,
    translation: Translation,
    *,
    shadow: bool = False,
    skipped: Sequence[Skipped] = (),
) -> dict[str, Any]:
    """JSON, without what does not apply: no `null`s."""
    rules = [hit for hit in decision.rules if shadow or hit.mode is Mode.LIVE]
    level = severity(decision)
    data: dict[str, Any] = {
        "id": str(decision_id),
        "community": decision.ref.community,
        "platform": decision.ref.platform,
        "post_id": decision.ref.post_id,
        "author_id": decision.author_id,
        "revision": decision.revision,
        "cause": decision.cause,
        "actions": [_asked(asked, decision) for asked in translation.asked],
        "unsupported": [action.value for action in translation.unsupported],
        "decided": {"action": decision.action.value, "actions": [action.value for action in decision.actions]},
        "severity": None if level is None else level.value,
        "rules": [
            {
                "id": hit.rule_id,
                "title": hit.title,
                "mode": hit.mode.value,
                "decisive": hit.decisive,
                "actions": [action.value for action in hit.actions],
            }
            for hit in rules
        ],
        "statement": None if decision.statement is None else decision.statement.model_dump(mode="json"),
        "automated": decision.automated,
        "confidence": decision.confidence,
        "discipline": None if decision.discipline is None else decision.discipline.model_dump(mode="json"),
        "supersedes": None if decision.supersedes is None else str(decision.supersedes),
        "skipped": [one.as_json() for one in skipped] or None,
        "decided_at": decision.decided_at.isoformat(),
        "ruleset": decision.ruleset or None,
        "ruleset_version": decision.ruleset_version or None,
        "model_version": decision.model_version,
    }
    return {name: value for name, value in data.items() if value is not None}


def appeal_document(event_id: UUID, appeal: AppealChanged) -> dict[str, Any]:
    """JSON; every field is always there."""
    return {
        "id": str(event_id),
        "community": appeal.ref.community,
        "platform": appeal.ref.platform,
        "post_id": appeal.ref.post_id,
        "author_id": appeal.author_id,
        "decision_id": str(appeal.decision_id),
        "state": appeal.state.value,
        "language": appeal.language,
        "answer": appeal.answer,
        "at": appeal.at.isoformat(),
    }


def envelope(data: dict[str, Any], kind: str = TYPE) -> dict[str, Any]:
    """The body of a webhook, as Standard Webhooks recommends it. `kind` is one of the types above."""
    return {"type": kind, "timestamp": data["at" if kind == APPEAL_TYPE else "decided_at"], "data": data}


def _asked(asked: Asked, decision: DecisionMade) -> dict[str, Any]:
    found: dict[str, Any] = {"action": asked.action.value}
    if asked.instead_of is not None:
        found["instead_of"] = asked.instead_of.value
    if asked.action is Action.MOVE:
        to = next((hit.move_to for hit in decision.rules if hit.move_to and hit.mode is Mode.LIVE), None)
        if to is not None:
            found["to"] = to
    if asked.action is Action.RESTRICT and decision.discipline is not None and decision.discipline.until is not None:
        found["until"] = decision.discipline.until.isoformat()
    return found
