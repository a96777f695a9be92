"""What a human's word on a post is about: the decision in force and the appeals against it, out of SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.events.decision import AppealChanged, DecisionMade
from feuerwache.console.store.database import transaction
from feuerwache.console.store.tables import appeals, decisions, posts


@dataclass(frozen=True, slots=True)
class InForce:
    """`decision_id` is that of `decision`."""

    decision_id: str
    decision: DecisionMade


@dataclass(frozen=True, slots=True)
class Subject:
    """One post as the console knows it. `appeals`: where each appeal against its decisions stands, the oldest first."""

    in_force: InForce | None
    appeals: tuple[AppealChanged, ...]
    deleted: bool


async def read_subject(engine: AsyncEngine, platform: str, post_id: str) -> Subject:
    """What is known of this post; an empty one where nothing is. Raises `TransientError`."""
    tables = (decisions, appeals, posts)
    found = []
    async with transaction(engine) as connection:
        for table in tables:
            this = select(table).where(table.c.platform == platform, table.c.post_id == post_id)
            found.append((await connection.execute(this.order_by(table.c.written_ms))).all())
    made = {row.decision_id: DecisionMade.model_validate_json(row.document) for row in found[0]}
    superseded = {str(decision.supersedes) for decision in made.values()}
    standing = [InForce(key, decision) for key, decision in made.items() if key not in superseded]
    return Subject(
        standing[-1] if standing else None,
        tuple(AppealChanged.model_validate_json(row.document) for row in found[1]),
        any(row.deleted for row in found[2]),
    )
