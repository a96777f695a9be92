"""Decisions: what is to happen to a post, why, and on whose word. They name the post and carry no text of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from feuerwache.common.events.actor import Actor
from feuerwache.common.events.base import AwareDatetime, Model, Payload
from feuerwache.common.events.post import Name, PostRef


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
    """What the author may be told (EU Digital Services Act, Article 17), in `language`.

    `illegal`: the ground is a law, not the house rules. `means` says in words what machines did in finding the post and
    in deciding about it; `automated`, whether the decision itself was a machine's.
    """

    language: str
    facts: str
    ground: str
    automated: bool
    redress: str
    illegal: bool = False
    means: str = ""


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
    community: dict[str, Any] = {}
    time: dict[str, Any] = {}


class Step(StrEnum):
    """The steps of progressive discipline, mildest first. A ban is only ever proposed: a human decides."""

    HINT = "hint"
    WARNING = "warning"
    RESTRICTION = "restriction"
    BAN_PROPOSAL = "ban_proposal"


class Discipline(Model):
    """What this post costs its author on the ladder of the community. `points` are those in force with this one.

    `until` ends a restriction, in UTC; None for every other step.
    """

    ladder: str
    step: Step
    points: float
    until: AwareDatetime | None = None


class Forwarded(Model):
    """Passed on to a department (`config/departments.yaml`), which is to have answered by `due` (UTC)."""

    department: str
    due: AwareDatetime


class DecisionMade(Payload):
    """One decision about one revision of a post. The event's id is the decision's id.

    `cause` says what it answers: the post itself, a report, a human, the answer to an appeal, or that nobody of the
    department it was passed on to has answered in time. There is exactly one with cause `post` per (post, revision);
    later causes supersede by `supersedes`. `actions` lists everything that is to be done, `action` the one that decides
    the post's visibility. `config_hash` is the content hash of the configuration that judged, `ruleset` and
    `ruleset_version` name the rules and the content hash of their files.

    `dry_run`: the community is only watched; no platform may act on it, nobody is told.
    """

    TYPE: ClassVar[str] = "feuerwache.decision.made.v1"
    ref: PostRef
    author_id: str
    revision: int
    cause: Literal["post", "report", "human", "appeal", "overdue"]
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
    ruleset: str = ""
    ruleset_version: str = ""
    discipline: Discipline | None = None
    forwarded: tuple[Forwarded, ...] = ()
    dry_run: bool = False
    historic: bool = False
    canary: bool = False


class DecisionWithdrawn(Payload):
    """This revision needs no decision any more. If it had been decided, `withdraws` names that; else it never will be.

    `reason`: `deleted` (the post is gone) or `outdated` (it came after a newer revision, whose decision stands).
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
    """The author disagrees with a decision; `decision_id` None: with the one in force about the post."""

    TYPE: ClassVar[str] = "feuerwache.decision.appeal.v1"
    command: Literal["appeal"] = "appeal"
    ref: PostRef
    author_id: str
    decision_id: UUID | None = None
    actor: Actor
    text: str = ""


class AppealState(StrEnum):
    """`open` waits for a human. `repeated`: it was open or answered already. `late`: more than six months after the
    decision. `unknown`: no such decision about this post. `upheld` and `replaced` are a human's answers."""

    OPEN = "open"
    REPEATED = "repeated"
    LATE = "late"
    UNKNOWN = "unknown"
    UPHELD = "upheld"
    REPLACED = "replaced"


class AppealChanged(Payload):
    """Where the appeal against `decision_id` stands, after each appeal and each answer to one (Article 20 DSA).

    `answer` is what the author is told, in `language`; `actor` the human who answered. The post stays as it is until a
    human replaces the decision: that is a `DecisionMade` of its own, with cause `appeal`.
    """

    TYPE: ClassVar[str] = "feuerwache.decision.appeal-changed.v1"
    ref: PostRef
    author_id: str
    decision_id: UUID
    cause_id: UUID
    state: AppealState
    language: str
    answer: str
    actor: Actor | None = None
    at: AwareDatetime
    config_hash: str
    dry_run: bool = False


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


class Standing(StrEnum):
    """What a human has decided about an author. `normal` takes every earlier word back."""

    TRUSTED = "trusted"
    NORMAL = "normal"
    RESTRICTED = "restricted"
    BANNED = "banned"


class DecideAuthor(Payload):
    """A human decides about an author: it stands until a human changes it, or until `until` (UTC)."""

    TYPE: ClassVar[str] = "feuerwache.decision.author.v1"
    command: Literal["author"] = "author"
    community: Name
    author_id: Name
    standing: Standing
    until: AwareDatetime | None = None
    actor: Actor
    note: str = ""


class AnswerForward(Payload):
    """Somebody of the department answered what was passed on to it, or says that no answer is needed."""

    TYPE: ClassVar[str] = "feuerwache.decision.answer-forward.v1"
    command: Literal["answer_forward"] = "answer_forward"
    ref: PostRef
    author_id: Name
    department: str
    actor: Actor
    note: str = ""


class ForwardOverdue(Payload):
    """The rules tell themselves that a department has not answered by `due`: the post shows up again for review."""

    TYPE: ClassVar[str] = "feuerwache.decision.forward-overdue.v1"
    command: Literal["forward_overdue"] = "forward_overdue"
    ref: PostRef
    author_id: Name
    department: str
    due: AwareDatetime


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


DecisionCommand = Annotated[
    ReviewDecision | AppealDecision | AnswerAppeal | DecideAuthor | AnswerForward | ForwardOverdue,
    Field(discriminator="command"),
]
