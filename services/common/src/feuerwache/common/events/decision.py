"""Decisions: what is to happen to a post, why, and on whose word. They name the post and carry no text of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import AwareDatetime, Model, Payload
from feuerwache.common.events.post import PostRef


class Action(StrEnum):
    """What a rule can ask for. The order here is the order of precedence: the first one that fired decides."""

    REMOVE = "remove"
    HIDE = "hide"
    HOLD = "hold"
    RESTRICT = "restrict"
    REVIEW = "review"
    WARN = "warn"
    MOVE = "move"
    FORWARD = "forward"
    ESCALATE = "escalate"
    WELCOME = "welcome"
    APPROVE = "approve"


class Severity(StrEnum):
    LOW = "low"
    HIGH = "high"
    CRITICAL = "critical"


class Mode(StrEnum):
    LIVE = "live"
    SHADOW = "shadow"


class RuleHit(Model):
    """A rule whose condition held. `decisive` marks the one that gave the action; shadow rules never do."""

    rule_id: str
    title: dict[str, str]
    actions: tuple[Action, ...]
    mode: Mode = Mode.LIVE
    decisive: bool = False
    severity: Severity | None = None
    forward_to: str | None = None
    move_to: str | None = None


class StatementOfReasons(Model):
    """What the author may be told (EU Digital Services Act, Article 17), in `language`."""

    language: str
    facts: str
    ground: str
    automated: bool
    redress: str


class Evidence(Model):
    """The values the rules saw, as of this post, so that a replay can be held against them; no text of the post.

    `spans` are (start, end, label) of the matched words.
    """

    labels: dict[str, float] = {}
    language: str = "und"
    spans: tuple[tuple[int, int, str], ...] = ()
    author: dict[str, Any] = {}
    thread: dict[str, Any] = {}
    matched: dict[str, Any] = {}


class DecisionMade(Payload):
    """One decision about one revision of a post. The event's id is the decision's id.

    `cause` says what it answers: the post itself, a report, or a human. There is exactly one with cause `post` per
    (post, revision); later causes supersede by `supersedes`. `actions` lists everything that is to be done, `action`
    the one that decides the post's visibility. `config_hash` is the content hash of the configuration that judged.
    """

    TYPE: ClassVar[str] = "feuerwache.decision.made.v1"
    ref: PostRef
    author_id: str
    revision: int
    cause: Literal["post", "report", "human"]
    cause_id: UUID
    action: Action
    actions: tuple[Action, ...]
    rules: tuple[RuleHit, ...] = ()
    evidence: Evidence = Evidence()
    confidence: float = 1.0
    automated: bool = True
    actor: Actor | None = None
    statement: StatementOfReasons | None = None
    supersedes: UUID | None = None
    decided_at: AwareDatetime
    model_version: str
    config_hash: str
    historic: bool = False
    canary: bool = False


class DecisionWithdrawn(Payload):
    """The post is gone. If it had been decided, `withdraws` names that decision; else it never will be.

    `config_hash` is the content hash of the configuration in force then; empty in events from before it was recorded.
    """

    TYPE: ClassVar[str] = "feuerwache.decision.withdrawn.v1"
    ref: PostRef
    author_id: str
    revision: int
    cause_id: UUID
    withdraws: UUID | None = None
    reason: str
    config_hash: str = ""
    historic: bool = False
    canary: bool = False


class ReviewDecision(Payload):
    """A human looked at a post and says what is to happen to it."""

    TYPE: ClassVar[str] = "feuerwache.decision.review.v1"
    command: Literal["review"] = "review"
    ref: PostRef
    author_id: str
    revision: int
    action: Action
    actor: Actor
    note: str = ""


class AppealDecision(Payload):
    """The author disagrees with a decision."""

    TYPE: ClassVar[str] = "feuerwache.decision.appeal.v1"
    command: Literal["appeal"] = "appeal"
    ref: PostRef
    author_id: str
    decision_id: UUID
    actor: Actor
    text: str = ""


class AnswerAppeal(Payload):
    """A human's answer to an appeal: `upheld` keeps the decision, else `action` replaces it."""

    TYPE: ClassVar[str] = "feuerwache.decision.answer-appeal.v1"
    command: Literal["answer_appeal"] = "answer_appeal"
    ref: PostRef
    author_id: str
    decision_id: UUID
    upheld: bool
    action: Action | None = None
    actor: Actor
    note: str = ""


class ActionReceipt(Payload):
    """What the platform did with a decision."""

    TYPE: ClassVar[str] = "feuerwache.action.receipted.v1"
    decision_id: UUID
    ref: PostRef
    integration: str
    action: Action
    status: Literal["done", "refused", "failed", "not_supported"]
    at: AwareDatetime
    reason: str = ""


DecisionCommand = Annotated[ReviewDecision | AppealDecision | AnswerAppeal, Field(discriminator="command")]
