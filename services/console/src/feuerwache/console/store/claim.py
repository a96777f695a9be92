"""Whose click on a post was first.

Two people who look at the same decision at the same time must not both act on it: who takes the row first gives their
word, the other is told who was faster. A claim of which nothing has come (a process died between the two) holds
nobody up for longer than `HOLDS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from feuerwache.console.store.database import transaction
from feuerwache.console.store.tables import claims as table
from feuerwache.console.store.upsert import CHUNK, insert
from feuerwache.console.store.waiting import among

#: Real time after which a click that has led to nothing no longer keeps others from deciding.
HOLDS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Claim:
    """`seen`: the decision, or the appeal's, that was looked at. `at`: real time."""

    platform: str
    post_id: str
    seen: str
    command_id: str
    person_id: str
    verdict: str
    at: datetime


async def take(engine: AsyncEngine, mine: Claim) -> Claim:
    """The claim that stands: `mine`, or that of whoever was faster. Raises `TransientError`."""
    async with transaction(engine) as connection:
        this = (table.c.platform == mine.platform, table.c.post_id == mine.post_id, table.c.seen == mine.seen)
        values = {
            "platform": mine.platform,
            "post_id": mine.post_id,
            "seen": mine.seen,
            "command_id": mine.command_id,
            "person_id": mine.person_id,
            "verdict": mine.verdict,
            "at_ms": _ms(mine.at),
        }
        await connection.execute(insert(connection, table).values(values).on_conflict_do_nothing())
        ended = table.c.at_ms < _ms(mine.at - HOLDS)
        await connection.execute(update(table).where(*this, ended).values(values))
        return _claim((await connection.execute(select(table).where(*this))).one())


async def give_back(engine: AsyncEngine, mine: Claim) -> None:
    """The word was not given. Raises `TransientError`."""
    async with transaction(engine) as connection:
        await connection.execute(delete(table).where(table.c.command_id == mine.command_id))


async def read(connection: AsyncConnection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], list[Claim]]:
    """By post, the oldest first."""
    found: dict[tuple[str, str], list[Claim]] = {}
    for start in range(0, len(keys), CHUNK):
        chunk = list(keys[start : start + CHUNK])
        for row in await connection.execute(select(table).where(among(table, chunk)).order_by(table.c.at_ms)):
            found.setdefault((row.platform, row.post_id), []).append(_claim(row))
    return found


async def forget(connection: AsyncConnection, before_ms: int) -> int:
    """Deletes the claims taken before; returns how many."""
    return (await connection.execute(delete(table).where(table.c.at_ms < before_ms))).rowcount


def _claim(one: Any) -> Claim:
    at = datetime.fromtimestamp(one.at_ms / 1000, UTC)
    return Claim(one.platform, one.post_id, one.seen, one.command_id, one.person_id, one.verdict, at)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
