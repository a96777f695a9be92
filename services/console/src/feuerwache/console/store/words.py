"""What humans said of a post or an author, and what an author said of a decision: rows out of the commands.

A note may quote the post, and an appeal is its author's own text: both go when the post is deleted, and after a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from feuerwache.common.events.base import Event
from feuerwache.common.events.decision import AnswerAppeal, AppealDecision, DecideAuthor, ReviewDecision
from feuerwache.common.events.post import PostModerated
from feuerwache.console.store.tables import words as table
from feuerwache.console.store.upsert import Row

#: `platform`: done there by a moderator, not asked for here.
Kind = Literal["review", "appeal", "answer", "author", "platform"]
UPHELD = "upheld"


@dataclass(frozen=True, slots=True)
class Word:
    """`verdict`: an action, `upheld`, or a standing; empty for an appeal. `said`: the note, or the appeal's text."""

    event_id: str
    kind: Kind
    verdict: str
    person_id: str
    said: str
    at: datetime
    until: datetime | None = None
    decision_id: str | None = None


def of_command(
    event: Event[Any], word: ReviewDecision | AppealDecision | AnswerAppeal | DecideAuthor, timestamp_ms: int
) -> Row:
    ref = None if isinstance(word, DecideAuthor) else word.ref
    row: Row = {
        "event_id": str(event.id),
        "platform": ref.platform if ref is not None else "",
        "post_id": ref.post_id if ref is not None else "",
        "community": word.community if isinstance(word, DecideAuthor) else word.ref.community,
        "author_id": word.author_id,
        "decision_id": None,
        "person_id": word.actor.person_id,
        "at_ms": _ms(event.time),
        "until_ms": None,
        "written_ms": timestamp_ms,
    }
    match word:
        case ReviewDecision():
            return {**row, "kind": "review", "verdict": word.action.value, "said": word.note}
        case AppealDecision():
            against = str(word.decision_id) if word.decision_id else None
            return {**row, "kind": "appeal", "verdict": "", "said": word.text, "decision_id": against}
        case AnswerAppeal():
            verdict = UPHELD if word.upheld or word.action is None else word.action.value
            decision = str(word.decision_id)
            return {**row, "kind": "answer", "verdict": verdict, "said": word.note, "decision_id": decision}
        case DecideAuthor():
            until = _ms(word.until) if word.until is not None else None
            return {**row, "kind": "author", "verdict": word.standing.value, "said": word.note, "until_ms": until}


def of_platform(cause_id: UUID, moderated: PostModerated, timestamp_ms: int) -> Row:
    """A moderator's act over there; the decision that follows from it has this cause."""
    return {
        "event_id": str(cause_id),
        "kind": "platform",
        "platform": moderated.ref.platform,
        "post_id": moderated.ref.post_id,
        "community": moderated.ref.community,
        "author_id": moderated.author_id,
        "decision_id": None,
        "verdict": moderated.action[:40],
        "person_id": moderated.moderator_id or moderated.integration,
        "said": moderated.note,
        "at_ms": _ms(moderated.moderated_at),
        "until_ms": None,
        "written_ms": timestamp_ms,
    }


def word_of(row: Any) -> Word:
    return Word(
        event_id=row.event_id,
        kind=cast(Kind, row.kind),
        verdict=row.verdict,
        person_id=row.person_id,
        said=row.said,
        at=_time(row.at_ms),
        until=_time(row.until_ms) if row.until_ms is not None else None,
        decision_id=row.decision_id,
    )


async def forget_words(connection: AsyncConnection, before_ms: int) -> int:
    """Deletes what was written before; returns how many."""
    return (await connection.execute(delete(table).where(table.c.written_ms < before_ms))).rowcount


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
