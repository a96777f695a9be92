"""The posts that wait for a human: on review, held back, or appealed against."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.events.decision import Action, AppealChanged, DecisionMade
from feuerwache.common.events.post import PostRef
from feuerwache.console.store.database import transaction
from feuerwache.console.store.tables import appeals, decisions, posts


@dataclass(frozen=True, slots=True)
class Waiting:
    """One post. `decision` is the one in force, None where it is older than was asked for; `since_ms` real time.

    `appealed`: its author has appealed, and no human has answered yet.
    """

    ref: PostRef
    since_ms: int
    decision_id: str
    decision: DecisionMade | None
    appealed: bool


async def read_queue(engine: AsyncEngine, since_ms: int, community: str | None = None) -> list[Waiting]:
    """Everything decided or appealed against since then that waits, the longest first. Raises `TransientError`."""
    async with transaction(engine) as connection:
        made = (await connection.execute(select(decisions).where(decisions.c.written_ms >= since_ms))).all()
        open_ones = (await connection.execute(select(appeals).where(appeals.c.open))).all()
        gone = await connection.execute(select(posts.c.platform, posts.c.post_id).where(posts.c.deleted))
        deleted = {(platform, post_id) for platform, post_id in gone}
    known = {row.decision_id: (row, DecisionMade.model_validate_json(row.document)) for row in made}
    superseded = {str(decision.supersedes) for _, decision in known.values() if decision.supersedes is not None}
    in_force = {
        (row.platform, row.post_id): (row, decision)
        for decision_id, (row, decision) in known.items()
        if decision_id not in superseded
    }
    waiting = {
        key: Waiting(decision.ref, row.written_ms, row.decision_id, decision, appealed=False)
        for key, (row, decision) in in_force.items()
        if waits(decision)
    }
    for row in open_ones:
        key = (row.platform, row.post_id)
        ref, decision = AppealChanged.model_validate_json(row.document).ref, in_force.get(key, (None, None))[1]
        waiting[key] = Waiting(ref, row.written_ms, row.decision_id, decision, appealed=True)
    chosen = [
        each
        for key, each in waiting.items()
        if key not in deleted and (community is None or each.ref.community == community)
    ]
    return sorted(chosen, key=lambda each: (each.since_ms, each.ref.platform, each.ref.post_id))


def waits(decision: DecisionMade) -> bool:
    """Whether somebody is to look: asked for, or held back by a machine."""
    return Action.REVIEW in decision.actions or (decision.automated and Action.HOLD in decision.actions)
