"""What needs no decision any more: a post that is gone, and a revision that a newer one has overtaken.

A deleted post is withdrawn once; whatever comes of it later gets no decision. A revision that comes after a newer one
is counted and remembered, and withdrawn as `outdated`: the newer decision stands, and nothing is reopened.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from feuerwache.common.events.base import Event, derived_id
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import DecisionWithdrawn
from feuerwache.common.events.post import PostDeleted, PostEvent
from feuerwache.escalation.rules.author.entry import Draft, Position
from feuerwache.escalation.rules.judging.docket import Docket


def take_back(docket: Docket, event: Event[PostClassified], deleted: PostDeleted, position: Position) -> None:
    """The post was deleted."""
    docket.house(deleted.ref.community)
    journal = docket.journal(deleted.ref.community, deleted.author_id, event.time)
    cause = event.data.cause_id
    if docket.repeated(journal, cause):
        return
    docket.deliver(event, deleted)
    record = journal.post(deleted.ref.platform, deleted.ref.post_id)
    if not record.deleted and (record.current is not None or not journal.complete):
        # Without a current decision it was judged longer ago than the journal tells, or never: say it is gone.
        decision = record.current.decision_id if record.current is not None else None
        withdraw(docket, event, deleted, record.last_revision, cause=cause, decision=decision)
    draft = Draft(position, cause, deleted.ref, record.last_revision, event.time, "deleted")
    docket.enter(journal, draft.undecided())


def withdraw(
    docket: Docket,
    event: Event[PostClassified],
    received: PostEvent,
    revision: int,
    *,
    cause: UUID,
    decision: UUID | None = None,
    reason: Literal["deleted", "outdated"] = "deleted",
) -> None:
    """Says that this revision is not decided, or no longer."""
    withdrawn = DecisionWithdrawn(
        ref=received.ref,
        author_id=received.author_id,
        revision=revision,
        cause_id=event.data.cause_id,
        withdraws=decision,
        reason=reason,
        config_hash=docket.rules.config_hash,
        historic=received.historic,
        canary=received.canary,
    )
    docket.decide(event, derived_id("rules", "withdrawn", cause), withdrawn)
