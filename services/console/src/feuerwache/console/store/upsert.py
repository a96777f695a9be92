"""Rows that may be there already: both databases spell an INSERT that says what happens then the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Row = dict[str, Any]
Insert = sqlite.Insert | postgresql.Insert
#: So many keys stand in one question: two variables each, well below what either database takes.
CHUNK = 500


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """An INSERT that can say what happens on conflict."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


async def upsert(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    """Writes the rows; one whose key is there already is replaced."""
    if not rows:
        return
    statement = insert(connection, table)
    keys = [column.name for column in table.primary_key]
    others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)
