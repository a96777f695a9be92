"""The posts that wait for a human, as rows: kept up to date in the transaction that writes what they follow from.

So a page of the queue costs what it shows, however many decisions there are. A row that nobody waits for any more is
taken away; written twice it is the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from feuerwache.common.events.decision import Action, AppealChanged, AppealState, DecisionMade
from feuerwache.console.review.urgency import pressing
from feuerwache.console.store.tables import appeals, decisions, posts, versions, waiting, words
from feuerwache.console.store.upsert import CHUNK, Row, upsert

PostKey = tuple[str, str]
#: Raised when rows are derived in another way: databases from before are filled anew.
VERSION = 1


def waits(decision: DecisionMade) -> bool:
    """Whether somebody is to look: asked for, or held back by a machine."""
    return Action.REVIEW in decision.actions or (decision.automated and Action.HOLD in decision.actions)


async def refresh(connection: AsyncConnection, touched: Iterable[PostKey], settled: Iterable[PostKey] = ()) -> None:
    """Brings the rows of these posts in line. `settled` ones have one only if they have one already."""
    keys = set(touched)
    for chunk in chunks(sorted(set(settled) - keys)):
        there = await connection.execute(select(waiting.c.platform, waiting.c.post_id).where(among(waiting, chunk)))
        keys |= {(row.platform, row.post_id) for row in there}
    for chunk in chunks(sorted(keys)):
        await _refresh(connection, chunk)


async def catch_up(connection: AsyncConnection) -> None:
    """Fills the table of a database that was written before there was one, or by an older version of this module."""
    known = await connection.execute(select(versions.c.version).where(versions.c.name == waiting.name))
    if known.scalar() == VERSION:
        return
    # What says neither word waits for nobody; what says one may.
    asking = or_(decisions.c.document.contains('"review"'), decisions.c.document.contains('"hold"'))
    keys: set[PostKey] = set()
    for table, condition in ((decisions, asking), (appeals, appeals.c.open)):
        found = await connection.execute(select(table.c.platform, table.c.post_id).where(condition).distinct())
        keys |= {(platform, post_id) for platform, post_id in found}
    await connection.execute(delete(waiting))
    await refresh(connection, keys)
    await upsert(connection, versions, [{"name": waiting.name, "version": VERSION}])


def standing(made: Sequence[tuple[str, DecisionMade]]) -> tuple[str, DecisionMade] | None:
    """The decision in force of one post's, given with their ids and the oldest first."""
    superseded = {str(decision.supersedes) for _, decision in made if decision.supersedes is not None}
    return next((one for one in reversed(made) if one[0] not in superseded), None)


def judged(made: Sequence[tuple[str, DecisionMade]]) -> DecisionMade | None:
    """The newest decision that says what the rules saw: a human's word has no scores of its own."""
    return next((one for _, one in reversed(made) if one.rules or one.evidence.labels or one.evidence.author), None)


async def _refresh(connection: AsyncConnection, keys: list[PostKey]) -> None:
    made: dict[PostKey, list[Any]] = {}
    for row in await connection.execute(
        select(decisions).where(among(decisions, keys)).order_by(decisions.c.written_ms)
    ):
        made.setdefault((row.platform, row.post_id), []).append(row)
    complaints: dict[PostKey, list[Any]] = {}
    for row in await connection.execute(select(appeals).where(among(appeals, keys)).order_by(appeals.c.written_ms)):
        complaints.setdefault((row.platform, row.post_id), []).append(row)
    gone = await connection.execute(
        select(posts.c.platform, posts.c.post_id).where(among(posts, keys), posts.c.deleted)
    )
    deleted = {(platform, post_id) for platform, post_id in gone}
    rows: list[Row] = []
    for key in keys:
        due = None if key in deleted else row_of(key, made.get(key, []), complaints.get(key, []))
        if due is not None:
            rows.append(due)
    kept = {(due["platform"], due["post_id"]) for due in rows}
    over = [key for key in keys if key not in kept]
    if over:
        await connection.execute(delete(waiting).where(among(waiting, over)))
    if deleted:  # what people wrote about a post goes with its text
        await connection.execute(delete(words).where(among(words, sorted(deleted))))
    await upsert(connection, waiting, rows)


def row_of(key: PostKey, made: Sequence[Any], complaints: Sequence[Any]) -> Row | None:
    """The post's row out of its decisions and appeals, each the oldest first; None when it waits for nobody."""
    told = [(row.decision_id, DecisionMade.model_validate_json(row.document)) for row in made]
    force, seen = standing(told), judged(told)
    open_one = next((row for row in complaints if row.open), None)
    # An appeal that was refused has made the decision a human's.
    upheld = {
        str(appeal.decision_id)
        for appeal in (AppealChanged.model_validate_json(row.document) for row in complaints if not row.open)
        if appeal.state is AppealState.UPHELD
    }
    if force is not None and (force[0] in upheld or not waits(force[1])):
        asked, held = False, False
    else:
        asked = force is not None and Action.REVIEW in force[1].actions
        held = force is not None and force[1].automated and Action.HOLD in force[1].actions
    if open_one is None and not asked and not held:
        return None
    newest = force[0] if force is not None else ""
    begun = open_one or next(row for row in made if row.decision_id == newest)
    ref = force[1].ref if force is not None else AppealChanged.model_validate_json(begun.document).ref
    reported = asked and force is not None and "reports" in force[1].evidence.matched
    return {
        "platform": key[0],
        "post_id": key[1],
        "community": ref.community,
        "decision_id": force[0] if force is not None else None,
        "appeal_id": open_one.decision_id if open_one is not None else None,
        "held": held,
        "reported": reported,
        "asked": asked,
        "urgency": pressing(seen, appealed=open_one is not None, held=held, reported=reported).urgency,
        "since_ms": begun.written_ms,
    }


def among(table: Any, keys: Sequence[PostKey]) -> Any:
    """The condition that a row is about one of these posts."""
    return tuple_(table.c.platform, table.c.post_id).in_(keys)


def chunks(keys: list[PostKey]) -> Iterator[list[PostKey]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
