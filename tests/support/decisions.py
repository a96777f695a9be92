"""Decisions as the rules make them, for whatever hands them on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from feuerwache.common.events.actor import Actor, Via
from feuerwache.common.events.base import FEUERWACHE_NAMESPACE, Event
from feuerwache.common.events.decision import (
    Action,
    AppealChanged,
    AppealState,
    DecisionMade,
    DecisionWithdrawn,
    Evidence,
    Mode,
    RuleHit,
    Severity,
    StatementOfReasons,
)
from feuerwache.common.events.post import PostRef

WHEN = datetime(2026, 11, 14, 21, 0, tzinfo=UTC)
#: A human of ours, whose name goes to no platform.
HUMAN = Actor(person_id="moderatorin.nobody-knows", via=Via.LOGIN)
#: Words of a post, as evidence may hold them; they go nowhere.
QUOTED = "zitierte Worte aus dem Beitrag"


def hit(*actions: Action, severity: Severity | None = None, mode: Mode = Mode.LIVE, rule: str = "rule") -> RuleHit:
    return RuleHit(
        rule_id=rule,
        title={"de": "Regel", "en": "Rule"},
        actions=actions,
        mode=mode,
        decisive=mode is Mode.LIVE,
        severity=severity,
    )


def decision(
    *actions: Action, post: str = "p-1", community: str = "c", platform: str = "forum", **more: Any
) -> DecisionMade:
    """`actions` are what it asks for, the first one decides."""
    fields = {
        "ref": PostRef(community=community, platform=platform, post_id=post),
        "author_id": "a-1",
        "revision": 0,
        "cause": "post",
        "cause_id": uuid4(),
        "action": actions[0],
        "actions": actions,
        "rules": (hit(*actions),),
        "evidence": Evidence(matched={"terms": [QUOTED]}),
        "statement": StatementOfReasons(
            language="de", facts="Fakten", ground="Regel 3", automated=True, redress="Antwort"
        ),
        "decided_at": WHEN,
        "model_version": "m1",
        "config_hash": "h",
    }
    return DecisionMade.model_validate({**fields, **more})


def withdrawn(post: str = "p-1", reason: str = "deleted") -> DecisionWithdrawn:
    ref = PostRef(community="c", platform="forum", post_id=post)
    return DecisionWithdrawn(ref=ref, author_id="a-1", revision=0, cause_id=uuid4(), reason=reason)


def appealed(
    state: AppealState,
    decision_id: UUID,
    *,
    post: str = "p-1",
    community: str = "c",
    platform: str = "forum",
    **more: Any,
) -> AppealChanged:
    """Where the appeal against `decision_id` stands; a human of ours is named in it."""
    fields = {
        "ref": PostRef(community=community, platform=platform, post_id=post),
        "author_id": "a-1",
        "decision_id": decision_id,
        "cause_id": uuid4(),
        "state": state,
        "language": "de",
        "answer": "Ein Mensch hat sich das angesehen.",
        "actor": HUMAN,
        "at": WHEN,
        "config_hash": "h",
    }
    return AppealChanged.model_validate({**fields, **more})


def event(payload: DecisionMade | DecisionWithdrawn | AppealChanged, name: str | None = None) -> Event[Any]:
    """`name` gives it a stable id."""
    event_id: UUID = uuid4() if name is None else uuid5(FEUERWACHE_NAMESPACE, name)
    return Event(event_id, "/test/rules", WHEN, payload)
