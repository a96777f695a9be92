"""What a page about one incident needs, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import DecisionMade
from feuerwache.common.events.incident import Incident
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.events.post import PostRef
from feuerwache.console.store.database import transaction
from feuerwache.console.store.tables import appeals, decisions, incidents, posts, receipts


@dataclass(frozen=True, slots=True)
class ExamplePost:
    """One example of an incident. `post` None: deleted, or its text is no longer (or not yet) here.

    `appealed`: its author has appealed against a decision about it, and no human has answered yet.
    """

    ref: PostRef
    post: PostClassified | None = None
    decision: DecisionMade | None = None
    deleted: bool = False
    appealed: bool = False


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything known about one incident. `ended_ms`: real time of its resolution, while it is resolved."""

    incident: Incident
    ended_ms: int | None
    receipts: tuple[PageReceipt, ...]
    examples: tuple[ExamplePost, ...]


async def read_dossier(engine: AsyncEngine, incident_id: UUID) -> Dossier | None:
    """None when no such incident has arrived here (yet). Raises `TransientError`."""
    async with transaction(engine) as connection:
        found = await connection.execute(
            select(incidents.c.document, incidents.c.ended_ms).where(incidents.c.incident_id == str(incident_id))
        )
        row = found.first()
        if row is None:
            return None
        incident = Incident.model_validate_json(row.document)
        told = await connection.execute(select(receipts.c.document).where(receipts.c.incident_id == str(incident_id)))
        refs = tuple(dict.fromkeys((*(mark.ref for mark in incident.highlights), *incident.examples)))
        named = [(ref.platform, ref.post_id) for ref in refs]
        texts = await connection.execute(select(posts).where(tuple_(posts.c.platform, posts.c.post_id).in_(named)))
        judged = await connection.execute(
            select(decisions)
            .where(tuple_(decisions.c.platform, decisions.c.post_id).in_(named))
            .order_by(decisions.c.written_ms)
        )
        waiting = await connection.execute(
            select(appeals.c.platform, appeals.c.post_id).where(
                appeals.c.open, tuple_(appeals.c.platform, appeals.c.post_id).in_(named)
            )
        )
        appealed = {(platform, post_id) for platform, post_id in waiting}
        text_of = {(text.platform, text.post_id): text for text in texts}
        decision_of = {(one.platform, one.post_id): DecisionMade.model_validate_json(one.document) for one in judged}
    examples = []
    for ref in refs:
        text = text_of.get((ref.platform, ref.post_id))
        examples.append(
            ExamplePost(
                ref=ref,
                post=PostClassified.model_validate_json(text.document) if text and text.document else None,
                decision=decision_of.get((ref.platform, ref.post_id)),
                deleted=bool(text and text.deleted),
                appealed=(ref.platform, ref.post_id) in appealed,
            )
        )
    return Dossier(
        incident=incident,
        ended_ms=row.ended_ms,
        receipts=tuple(PageReceipt.model_validate_json(document) for (document,) in told),
        examples=tuple(examples),
    )


async def read_burning(engine: AsyncEngine, most: int) -> list[Incident]:
    """Incidents that are not resolved, at most so many, the one opened last first."""
    async with transaction(engine) as connection:
        found = await connection.execute(select(incidents.c.document).where(incidents.c.ended_ms.is_(None)).limit(most))
        burning = [Incident.model_validate_json(document) for (document,) in found]
    return sorted(burning, key=lambda incident: incident.opened_at, reverse=True)


async def read_incident_ids(engine: AsyncEngine, beginning: str) -> list[UUID]:
    """The ids that begin like this, at most three."""
    async with transaction(engine) as connection:
        pattern = incidents.c.incident_id.startswith(beginning.lower(), autoescape=True)
        found = await connection.execute(select(incidents.c.incident_id).where(pattern).limit(3))
        return [UUID(incident_id) for (incident_id,) in found]
