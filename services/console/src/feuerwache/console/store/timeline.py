"""The whole timeline of an incident. The incident itself carries its newest lines; what it had to drop is kept here.

Only incidents that have reached that bound have a row of their own, joined from every state that was seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feuerwache.common.events.incident import MAX_TIMELINE, Incident, TimelineEntry
from feuerwache.console.store.database import transaction
from feuerwache.console.store.tables import incidents, timelines

Timeline = tuple[TimelineEntry, ...]
#: No incident is led in so many lines; a row stays below a megabyte or so.
MAX_LINES = 5000


def joined(before: Timeline, newer: Timeline) -> Timeline:
    """Both, in order, each line once. A state below the bound has dropped nothing and is the whole truth."""
    if len(newer) < MAX_TIMELINE:
        return newer
    kept = newer[1:]
    if kept[0] in before:
        older = before[: before.index(kept[0])]
    else:
        older = tuple(one for one in before if one.at <= kept[0].at and one not in kept)
        if older and older[-1].what == "alarm":  # counted on under another time while nobody looked
            older = older[:-1]
    return ((*older, *kept) if older else newer)[-MAX_LINES:]


async def rows(connection: AsyncConnection, seen: dict[str, list[Incident]]) -> list[dict[str, Any]]:
    """The rows for these states (by id, in order), joined with what SQL holds; call it before they are written."""
    long = {key for key, states in seen.items() if any(len(one.timeline) >= MAX_TIMELINE for one in states)}
    if not long:
        return []
    states = await connection.execute(
        select(incidents.c.incident_id, incidents.c.revision, incidents.c.document).where(
            incidents.c.incident_id.in_(long)
        )
    )
    known = {row.incident_id: row for row in states}
    lines = await connection.execute(select(timelines).where(timelines.c.incident_id.in_(long)))
    told = {row.incident_id: parsed(row.document) for row in lines}
    found = []
    for key in sorted(long):
        row = known.get(key)
        before = told.get(key) or (Incident.model_validate_json(row.document).timeline if row is not None else ())
        for state in seen[key]:
            if row is None or state.revision > row.revision:
                before = joined(before, state.timeline)
        found.append({"incident_id": key, "document": written(before)})
    return found


async def read_timeline(engine: AsyncEngine, incident: Incident) -> Timeline:
    """Every line that is known, the oldest first."""
    if len(incident.timeline) < MAX_TIMELINE:
        return incident.timeline
    async with transaction(engine) as connection:
        found = await connection.execute(
            select(timelines.c.document).where(timelines.c.incident_id == str(incident.incident_id))
        )
        document: str | None = found.scalar()
    return joined(parsed(document), incident.timeline) if document is not None else incident.timeline


def written(timeline: Iterable[TimelineEntry]) -> str:
    return json.dumps([one.model_dump(mode="json") for one in timeline], ensure_ascii=False)


def parsed(document: str) -> Timeline:
    return tuple(TimelineEntry.model_validate(one) for one in json.loads(document))
