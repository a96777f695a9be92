"""Records become rows. Writing the same record twice writes the same row; an older state never replaces a newer one.

Everything about a batch, its rows and the positions behind it, goes into one SQL transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from feuerwache.common.events.base import Event
from feuerwache.common.events.classification import PostClassified
from feuerwache.common.events.decision import (
    AnswerAppeal,
    AppealChanged,
    AppealDecision,
    AppealState,
    DecideAuthor,
    DecisionMade,
    DecisionWithdrawn,
    ReviewDecision,
)
from feuerwache.common.events.incident import Incident, IncidentChanged, IncidentState
from feuerwache.common.events.page import PageReceipt
from feuerwache.common.events.post import PostCreated, PostDeleted, PostEdited, PostModerated, PostRef
from feuerwache.console.store import tables, timeline, waiting, words
from feuerwache.console.store.tables import appeals, decisions, incidents, positions, posts, receipts, timelines
from feuerwache.console.store.upsert import Row, insert, upsert
from feuerwache.console.store.waiting import PostKey

Position = tuple[str, int]


class Batch:
    """Rows gathered from records, in the order of the records; the last word about a row wins."""

    def __init__(self) -> None:
        self._incidents: dict[str, Row] = {}
        self._states: dict[str, list[Incident]] = {}
        self._receipts: dict[str, Row] = {}
        self._decisions: dict[str, Row] = {}
        self._appeals: dict[str, Row] = {}
        self._posts: dict[tuple[str, str], Row] = {}
        self._withdrawn: list[str] = []
        self._words: dict[str, Row] = {}
        #: Posts of which something was said that may end or begin their waiting for a human.
        self._touched: set[PostKey] = set()
        #: Posts that were decided without asking for anybody: their waiting ends if they did.
        self._settled: set[PostKey] = set()
        self._positions: dict[Position, int] = {}

    def moved(self, topic: str, partition: int, next_offset: int) -> None:
        self._positions[(topic, partition)] = next_offset

    def take(self, event: Event[Any], timestamp_ms: int) -> None:
        """One event of a record that the broker stamped so; what is of no use here is passed over."""
        match event.data:
            case IncidentChanged(incident=incident):
                ended = timestamp_ms if incident.state is IncidentState.RESOLVED else None
                key = str(incident.incident_id)
                self._states.setdefault(key, []).append(incident)
                before = self._incidents.get(key)
                if before is not None and before["ended_ms"] is not None and ended is not None:
                    ended = before["ended_ms"]
                self._incidents[key] = {
                    "incident_id": key,
                    "revision": incident.revision,
                    "ended_ms": ended,
                    "document": incident.model_dump_json(),
                }
            case PageReceipt(channel="drill"):
                pass  # a canary's, one every minute: it is about no incident
            case PageReceipt() as receipt:
                self._receipts[str(event.id)] = {
                    "event_id": str(event.id),
                    "incident_id": str(receipt.incident_id),
                    "document": receipt.model_dump_json(),
                }
            case DecisionMade(historic=False, canary=False) as decision:
                posts_of = self._touched if waiting.waits(decision) else self._settled
                posts_of.add((decision.ref.platform, decision.ref.post_id))
                self._decisions[str(event.id)] = {
                    "decision_id": str(event.id),
                    "platform": decision.ref.platform,
                    "post_id": decision.ref.post_id,
                    "written_ms": timestamp_ms,
                    "document": decision.model_dump_json(),
                }
            case AppealChanged(state=AppealState.OPEN | AppealState.UPHELD | AppealState.REPLACED) as appeal:
                self._touched.add((appeal.ref.platform, appeal.ref.post_id))
                self._appeals[str(appeal.decision_id)] = {
                    "decision_id": str(appeal.decision_id),
                    "platform": appeal.ref.platform,
                    "post_id": appeal.ref.post_id,
                    "open": appeal.state is AppealState.OPEN,
                    "written_ms": timestamp_ms,
                    "document": appeal.model_dump_json(),
                }
            case DecisionWithdrawn(withdraws=withdrawn, ref=ref) if withdrawn is not None:
                self._settled.add((ref.platform, ref.post_id))
                self._decisions.pop(str(withdrawn), None)
                self._withdrawn.append(str(withdrawn))
            case PostClassified(received=PostDeleted(ref=ref)):
                self._touched.add((ref.platform, ref.post_id))
                self._post(ref, timestamp_ms, None)
            case PostClassified(received=PostModerated(historic=False, canary=False) as moderated):
                self._word(words.of_platform(event.data.cause_id, moderated, timestamp_ms))
            case ReviewDecision() | AppealDecision() | AnswerAppeal() | DecideAuthor() as word:
                self._word(words.of_command(event, word, timestamp_ms))
            case PostClassified(received=PostCreated() | PostEdited() as received) as classified:
                before = self._posts.get((received.ref.platform, received.ref.post_id))
                if not (received.historic or received.canary or (before is not None and before["deleted"])):
                    self._post(received.ref, timestamp_ms, classified.model_dump_json())

    def _word(self, row: Row) -> None:
        self._words[row["event_id"]] = row
        if row["post_id"]:
            self._touched.add((row["platform"], row["post_id"]))

    def _post(self, ref: PostRef, timestamp_ms: int, document: str | None) -> None:
        self._posts[(ref.platform, ref.post_id)] = {
            "platform": ref.platform,
            "post_id": ref.post_id,
            "written_ms": timestamp_ms,
            "deleted": document is None,
            "document": document,
        }

    async def write(self, connection: AsyncConnection) -> None:
        await upsert(connection, timelines, await timeline.rows(connection, self._states))
        await self._write_incidents(connection)
        await upsert(connection, receipts, list(self._receipts.values()))
        await upsert(connection, decisions, list(self._decisions.values()))
        await upsert(connection, appeals, list(self._appeals.values()))
        if self._withdrawn:
            await connection.execute(delete(decisions).where(decisions.c.decision_id.in_(self._withdrawn)))
        await self._write_posts(connection)
        await upsert(connection, tables.words, list(self._words.values()))
        await waiting.refresh(connection, self._touched, self._settled)
        rows = [
            {"topic": topic, "partition": partition, "next_offset": offset}
            for (topic, partition), offset in self._positions.items()
        ]
        await upsert(connection, positions, rows)

    async def _write_incidents(self, connection: AsyncConnection) -> None:
        if not self._incidents:
            return
        statement = insert(connection, incidents)
        new = statement.excluded
        ended = case((new.ended_ms.is_(None), None), else_=func.coalesce(incidents.c.ended_ms, new.ended_ms))
        statement = statement.on_conflict_do_update(
            index_elements=["incident_id"],
            set_={"revision": new.revision, "document": new.document, "ended_ms": ended},
            where=new.revision > incidents.c.revision,
        )
        await connection.execute(statement, list(self._incidents.values()))

    async def _write_posts(self, connection: AsyncConnection) -> None:
        """What was deleted stays deleted, whatever comes late."""
        if not self._posts:
            return
        statement = insert(connection, posts)
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["platform", "post_id"],
            set_={"written_ms": new.written_ms, "deleted": new.deleted, "document": new.document},
            where=new.deleted | ~posts.c.deleted,
        )
        await connection.execute(statement, list(self._posts.values()))


async def read_positions(connection: AsyncConnection) -> Mapping[Position, int]:
    rows = await connection.execute(select(positions.c.topic, positions.c.partition, positions.c.next_offset))
    return {(topic, partition): offset for topic, partition, offset in rows}


async def forget_texts(connection: AsyncConnection, before_ms: int) -> int:
    """Deletes the posts whose text was written before; returns how many."""
    return (await connection.execute(delete(posts).where(posts.c.written_ms < before_ms))).rowcount
